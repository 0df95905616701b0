"""From a rule's result to a sent notice, in virtual time."""

import asyncio
import io

import pytest
from alerts_builders import T0, Counts, Notebook, tally, vector

from alerts.channels import NotDelivered, StdoutChannel
from alerts.dispatch import Dispatcher
from alerts.evaluator import Evaluator
from alerts.incident import Status
from alerts.ledger import Ledger, LedgerError
from alerts.pager import Pager
from alerts.past import SETTLE
from alerts.rule import load_rules
from alerts.settings import AlertSettings
from drawdown.clock import LoopClock, run_virtually
from drawdown.document import load_document
from drawdown.outcome import Origin

RULES = """
groups:
  - name: g
    rules:
      - alert: Failing
        expr: failing
        for: 2s
        labels: {severity: page, reason: gateway_timeout, origin: borrower}
"""
FAILING = vector(({"journey": "app", "channel": "alpha"}, 0.5))


class Witness:
    def tally(self, **_question):
        return tally(96, 300, borrowers=90)


class Room:
    """The room with a scripted engine; `failing` says what the rule returns."""

    def __init__(self, url="sqlite://", **settings):
        self.clock, self.counts, self.stream = LoopClock(T0), Counts(), io.StringIO()
        self.failing = vector()
        self.ledger = Ledger(url)
        groups = load_rules(load_document(RULES, source="rules.yaml"), catalogue=None)
        notebook = Notebook()
        evaluator = Evaluator(
            groups,
            source=notebook,
            sink=notebook,
            instruments=self.counts,
            clock=self.clock,
            evaluate=lambda *_: self.failing,
        )
        self.pager = Pager(
            evaluator,
            self.ledger,
            Witness(),
            AlertSettings.model_validate(settings),
            journeys={Origin.BORROWER: ("app",), Origin.PROBE: ()},
            console="https://console.test",
            instruments=self.counts,
            wake=lambda: self.dispatcher.wake(),  # noqa: PLW0108 - the two call each other
        )
        self.dispatcher = self.dispatcher_to(StdoutChannel(self.stream))

    def dispatcher_to(self, channel):
        return Dispatcher(
            self.ledger,
            {"stdout": channel},
            clock=self.clock,
            instruments=self.counts,
            report=self.pager.delivered,
        )

    async def run(self, seconds, *, dispatch=True):
        """Tick each second, with the dispatcher beside it."""
        task = asyncio.create_task(self.dispatcher.run()) if dispatch else None
        for _ in range(seconds):
            await self.pager.tick(self.clock.now())
            await asyncio.sleep(1)
        if task:
            task.cancel()

    def titles(self):
        return [text.splitlines()[0] for text in self.stream.getvalue().split("\n\n") if text]


def test_a_fault_is_told_once_when_it_opens_and_once_when_it_ends():
    async def scene():
        room = Room()
        await room.pager.resume(T0)
        await room.run(5)
        room.failing = FAILING
        await room.run(10)
        (one,) = room.pager.incidents()
        assert (one.started_at, one.opened_at, one.impact.since.borrowers) == (T0 + 5, T0 + 7, 90)
        assert room.counts.gauges[("drawdown_incidents_open", "gateway_timeout")] == 1
        room.failing = vector()
        await room.run(5)
        (one,) = room.pager.incidents()
        assert (one.status, one.resolved_at) == (Status.RESOLVED, T0 + 15)
        assert [event.kind for event in one.timeline] == ["opened", "notified", "resolved", "notified"]
        assert room.counts.gauges[("drawdown_incidents_open", "gateway_timeout")] == 0
        assert room.titles() == [
            "PAGE: payment channel times out, journey app.",
            "Resolved: payment channel times out, journey app.",
        ]

    run_virtually(scene())


def test_in_peace_nothing_is_written():
    async def scene():
        room = Room()
        await room.pager.resume(T0)
        room.failing = FAILING
        await room.run(5)
        room.ledger.commit = None
        await room.run(5)

    run_virtually(scene())


def test_a_fault_outlives_a_restart_and_is_not_told_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    async def before():
        room = Room(url)
        await room.pager.resume(room.clock.now())
        room.failing = FAILING
        await room.run(5)
        room.ledger.close()
        return room.pager.incidents()[0]

    async def after():
        room = Room(url)
        await asyncio.sleep(10)
        await room.pager.resume(room.clock.now())
        await room.run(5)
        room.failing = FAILING
        await room.run(round(SETTLE))
        (one,) = room.pager.incidents()
        assert room.titles() == []
        room.failing = vector()
        await room.run(5)
        room.ledger.close()
        assert room.titles() == ["Resolved: payment channel times out, journey app."]
        return one

    old, new = run_virtually(before()), run_virtually(after())
    assert (new.id, new.started_at, new.status) == (old.id, old.started_at, Status.OPEN)


def test_a_notice_that_was_owed_when_the_monitor_died_is_sent_by_the_next_one(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    async def dies():
        room = Room(url)
        room.failing = FAILING
        await room.run(5, dispatch=False)
        room.ledger.close()

    async def lives():
        room = Room(url)
        await room.pager.resume(room.clock.now())
        await room.run(2)
        room.ledger.close()
        return room.titles()

    run_virtually(dies())
    assert run_virtually(lives()) == ["PAGE: payment channel times out, journey app."]


def test_nothing_is_seen_before_it_is_written_and_the_next_tick_finds_it_again():
    async def scene():
        room = Room()
        room.failing = FAILING
        await room.run(2)
        commit, room.ledger.commit = room.ledger.commit, _broken
        with pytest.raises(LedgerError):
            await room.run(1)
        assert room.pager.incidents() == ()
        room.ledger.commit = commit
        await room.run(2)
        assert [one.status for one in room.pager.incidents()] == [Status.OPEN]
        assert len(room.titles()) == 1

    run_virtually(scene())


def _broken(_entry):
    raise LedgerError("the disk is full")


def test_a_channel_that_fails_stands_on_the_timeline_once():
    class Deaf:
        async def send(self, _owed):
            raise NotDelivered("no answer")

    async def scene():
        room = Room()
        room.dispatcher = room.dispatcher_to(Deaf())
        room.failing = FAILING
        await room.run(30)
        (one,) = room.pager.incidents()
        assert [event.kind for event in one.timeline] == ["opened", "failed_notice"]
        assert one.timeline[1].text == "stdout could not be told (opened): no answer"
        assert room.counts.counters[("drawdown_notices_total", "stdout", "failed")] > 3

    run_virtually(scene())


def test_notices_speak_the_language_of_the_settings():
    async def scene():
        room = Room(language="zh", timezone="Asia/Shanghai")
        room.failing = FAILING
        await room.run(5)
        assert room.titles() == ["紧急:支付通道超时,流程 app。"]
        assert "2023-11-15T06:13:20+08:00(2 秒前)" in room.stream.getvalue()

    run_virtually(scene())
