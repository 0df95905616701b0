"""From a silent Prometheus to a notice, in virtual time; and what a restart makes of open incidents."""

import io
from contextlib import asynccontextmanager

import numpy as np
from alerts_builders import T0
from remote_world import DOWN, Site, Theirs

from alerts.channels import StdoutChannel
from alerts.dispatch import Dispatcher
from alerts.ledger import Ledger
from alerts.pager import Pager
from alerts.remote.watch import WATCH
from alerts.settings import AlertSettings
from drawdown.clock import run_virtually
from drawdown.outcome import Origin
from drawdown.series import NAME, Labels
from drawdown.tally import Tally

RULES = (
    WATCH.read_text(encoding="utf-8")
    + """
  - name: theirs
    rules:
      - alert: Failing
        expr: sum by (journey) (failures) > 10
        for: 2s
        labels: {severity: page, reason: gateway_timeout, origin: borrower}
"""
)


class Nobody:
    """A witness who knows of no attempt."""

    def tally(self, **_question):
        return Tally()


class House:
    """A site with a pager, whose ledger is a file."""

    def __init__(self, folder, theirs):
        self.site, self.stream = Site(theirs, RULES), io.StringIO()
        self.ledger = Ledger(f"sqlite:///{folder / 'ledger.sqlite'}")

    @asynccontextmanager
    async def open(self):
        site, counts = self.site, self.site.counts
        async with site.open():
            self.pager = Pager(
                site.evaluator,
                self.ledger,
                Nobody(),
                AlertSettings(),
                journeys={Origin.BORROWER: ("app",), Origin.PROBE: ()},
                console="https://console.test",
                instruments=counts,
            )
            self.dispatcher = Dispatcher(
                self.ledger,
                {"stdout": StdoutChannel(self.stream)},
                clock=site.clock,
                instruments=counts,
                report=self.pager.delivered,
            )
            await self.pager.resume(site.clock.now())
            yield self
        self.ledger.close()

    async def live(self, seconds):
        """Beat: sample what is counted, evaluate, and tell."""
        for _ in range(seconds):
            now = round(self.site.clock.now())
            self._sample(now)
            await self.pager.tick(now)
            await self.dispatcher.flush()
            await self.site.clock.sleep_until(now + 1 - T0)

    def _sample(self, now):
        counts = self.site.counts
        failures = {name[1]: count for name, count in counts.counters.items() if name[0].endswith("failures_total")}
        labels = [Labels({NAME: "drawdown_evaluation_failures_total", "rule": rule}) for rule in failures]
        self.site.ours.append(now, labels, np.array([*failures.values()], np.float64))
        silence = counts.gauges["drawdown_source_silence_seconds",]
        self.site.ours.append(now, [Labels({NAME: "drawdown_source_silence_seconds"})], np.array([silence]))

    def titles(self):
        return [text.splitlines()[0] for text in self.stream.getvalue().split("\n\n") if text]

    def incidents(self):
        return [(one.reason.value, one.open) for one in self.pager.incidents()]


def test_a_prometheus_that_is_silent_for_half_a_minute_is_an_incident_of_the_monitors_own(tmp_path):
    async def story():
        theirs = Theirs()
        async with House(tmp_path, theirs).open() as house:
            await house.live(20)
            theirs.error = DOWN
            await house.live(30)
            assert house.titles() == []
            await house.live(5)
            assert house.titles() == ["PAGE: the monitor could not see."]
            theirs.error = None
            await house.live(20)
            assert house.titles()[1:] == ["Resolved: the monitor could not see."]
            assert house.incidents() == [("monitor_fault", False)]

    run_virtually(story())


def test_a_prometheus_that_hangs_is_noticed_as_soon(tmp_path):
    async def story():
        theirs = Theirs()
        async with House(tmp_path, theirs).open() as house:
            await house.live(20)
            theirs.after = 3600.0
            await house.live(35)
            assert house.incidents() == [("monitor_fault", True)]

    run_virtually(story())


def test_an_incident_outlives_both_the_silence_of_their_side_and_a_restart(tmp_path):
    theirs = Theirs()

    async def dies():
        async with House(tmp_path, theirs).open() as house:
            for second in range(6):
                theirs.write(T0 + second, failures=50)
                await house.live(1)
            theirs.error = DOWN
            await house.live(5)
            return house.incidents(), house.titles()

    async def lives():
        async with House(tmp_path, theirs).open() as house:
            await house.live(50)
            silent = house.incidents()
            theirs.error = None
            theirs.write(house.site.clock.now(), failures=50)
            await house.live(20)
            back = house.incidents()
            theirs.write(house.site.clock.now(), failures=0)
            await house.live(3)
            return silent, back, house.incidents(), house.titles()

    opened, told = run_virtually(dies())
    silent, back, end, titles = run_virtually(lives())
    assert opened == [("gateway_timeout", True)]
    assert told == ["PAGE: payment channel times out."]
    assert sorted(silent) == [("gateway_timeout", True), ("monitor_fault", True)]
    assert sorted(back) == [("gateway_timeout", True), ("monitor_fault", False)]
    assert sorted(end) == [("gateway_timeout", False), ("monitor_fault", False)]
    assert titles[-1] == "Resolved: payment channel times out."
    assert titles.count("PAGE: payment channel times out.") == 0
