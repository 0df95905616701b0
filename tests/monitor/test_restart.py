"""The monitor stops and comes back, in virtual time: it forgets nothing."""

import math
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitor_house import EPOCH, JOURNEY, House, fault

from alerts.evaluator import Evaluator
from alerts.incident import Status
from alerts.ledger import Ledger
from alerts.pager import Pager
from alerts.promql import evaluate, parse
from alerts.rule import load_rules
from alerts.settings import AlertSettings
from collector.recorder import Recorder
from collector.report import JSON, Receipt
from collector.store import Store
from collector.vocabulary import Vocabulary
from drawdown.clock import LoopClock, run_virtually
from drawdown.document import load_document
from drawdown.outcome import Origin
from drawdown.series import NAME, Labels, Matcher, Op
from drawdown.tally import Tally
from monitor.archive import archived, take_up
from sandbox import FaultKind


def value(store, text, at):
    """The only element of an expression at second `at` of the test; not a number where there is none."""
    values = evaluate(parse(text), store, EPOCH + at).values
    return float(values[0]) if len(values) else math.nan


NORMAL = 'drawdown:blocked_share:normal{reason="limit_reduced"}'


def test_a_fault_does_not_become_normal_over_restarts(tmp_path):
    house = House(folder=tmp_path, faults=(fault(FaultKind.LIMIT_CUT, 40, 2000),), rate=4.0)

    async def main():
        seen = []
        async with house.open():
            for start, stop in ((0.0, 70.0), (75.0, 105.0), (425.0, 465.0)):
                await house.until(start)
                async with house.watched() as parts:
                    await house.until(stop)
                    (incident,) = parts.pager.incidents()
                    seen.append((incident.id, incident.status, value(parts.store, NORMAL, stop)))
        return seen

    first, *others = run_virtually(main())
    assert first[1] is Status.OPEN
    assert 0.0 < first[2] < 0.1
    assert others == [first, first]


REVIEW = b'{"id": "r1", "journey": "app", "decision": "upheld", "reason": "multi_device"}'
CALLBACK = b'{"id": "c1", "journey": "app", "channel": "alpha", "occurred_at": %d, "came_at": %d}' % (EPOCH, EPOCH + 1)


def test_what_is_reported_again_after_a_restart_counts_once(tmp_path):
    house = House(folder=tmp_path, rate=0.0)
    outcome = b'{"id": "a1", "journey": "app", "started_at": %d, "duration": 1, "outcome": "succeeded"}' % EPOCH

    async def main():
        receipts = []
        async with house.open():
            for stop in (20.0, 40.0):
                async with house.watched() as parts:
                    await house.until(stop)
                    takes = ((parts.ingest, outcome), (parts.reviews, REVIEW), (parts.callbacks, CALLBACK))
                    receipts += [part.take(body, JSON, now=EPOCH + stop) for part, body in takes]
        return receipts

    new, known = Receipt(accepted=1), Receipt(duplicates=1)
    assert run_virtually(main()) == [new, new, new, known, known, known]


RULES = """
groups:
  - name: g
    rules:
      - record: drawdown:runs
        expr: sum by (journey) (drawdown_probe_start_lag_seconds)
      - alert: Watched
        expr: drawdown:runs >= 0
        labels: {severity: ticket, reason: monitor_fault, origin: probe}
"""
OTHERS = RULES.replace("drawdown:runs", "drawdown:others").replace("Watched", "Others")
TEXT = f"""
variables: {{base_url: http://lender, phone: "1", password: {{env: PROBE_PASSWORD}}, device_id: d, card: c}}
journeys: [{JOURNEY}]
alerts: {{rules: rules.yaml}}
"""


def test_what_nobody_writes_any_more_ends_with_the_first_beat(tmp_path):
    async def main():
        (tmp_path / "rules.yaml").write_text(RULES)
        house = House(folder=tmp_path, text=TEXT, rate=0.0)
        async with house.open():
            async with house.watched() as parts:
                await house.until(8.5)
                before = [value(parts.store, f"count({one})", 8) for one in WATCHED]
            (tmp_path / "rules.yaml").write_text(OTHERS)
            house.path.write_text("alerts: {rules: rules.yaml}")
            await house.until(10.5)
            async with house.watched() as parts:
                await house.until(12.5)
                return before, [value(parts.store, f"count({one})", 11) for one in WATCHED]

    before, after = run_virtually(main())
    assert [count > 0 for count in before] == [True] * len(WATCHED)
    assert [math.isnan(count) for count in after] == [True] * len(WATCHED)


WATCHED = ('{journey="drawdown"}', "drawdown:runs", 'ALERTS{alertname="Watched"}', "ALERTS_FOR_STATE")

FAR = RULES.replace("drawdown:runs >= 0", "max_over_time(drawdown:runs[2h]) >= 0")


def test_what_rules_look_far_back_at_is_kept_by_the_minute_and_comes_back(tmp_path):
    (tmp_path / "rules.yaml").write_text(FAR)
    house = House(folder=tmp_path, text=TEXT, rate=0.0)

    async def main():
        async with house.open():
            for stop in (130.5, 140.5):
                async with house.watched() as parts:
                    await house.until(stop)
                    minutes = parts.store.rollups.select((Matcher(NAME, Op.EQUAL, "drawdown:runs"),), 0.0, math.inf)
                    yet = [at - EPOCH for at in minutes.times]
        return yet, [one["journey"] for one in minutes.labels]

    assert run_virtually(main()) == ([40.0, 100.0], ["drawdown"])  # the whole minutes, as the test starts within one


MINUTE = 60.0
LONG = """
groups:
  - name: g
    rules:
      - alert: Long
        expr: m > 0
        for: 2h
        keep_firing_for: 6h
        labels: {severity: page, reason: gateway_timeout, origin: borrower, journey: app}
"""
SERIES = (Labels({NAME: "m"}),)


class Nobody:
    def tally(self, **_question):
        return Tally()


class Minutes:
    """The store, the rules and the ledger, looked at each minute; `m` is above 0 for some time."""

    def __init__(self, folder, above):
        self.folder = folder
        self.above = above
        self.states = {}

    async def live(self, first, last):
        """From minute `first` to before `last`."""
        recorder, store, clock = Recorder(Vocabulary(), now=0.0), Store(retention=14_400.0, step=MINUTE), LoopClock()
        groups = load_rules(load_document(LONG, source="rules.yaml"), catalogue=None)
        evaluator = Evaluator(groups, source=store, sink=store, instruments=recorder, clock=clock)
        with closing(Ledger(f"sqlite:///{self.folder / 'ledger.sqlite'}")) as ledger:
            settings = {"journeys": dict.fromkeys(Origin, ()), "console": "", "instruments": recorder}
            pager = Pager(evaluator, ledger, Nobody(), AlertSettings(), **settings)
            async with archived(store, {}, self.folder / "store", recorder) as (_, past):
                await pager.resume(self.at(first), seen=past.seen)
                take_up(past, store, evaluator, recorder, self.at(first - 1))
                for minute in range(first, last):
                    store.append(self.at(minute), SERIES, np.array([float(minute in self.above)]))
                    await pager.tick(self.at(minute))
                    self.states[minute] = [alert.state.value for alert in evaluator.groups()[0].rules[0].alerts]

    def at(self, minute):
        return EPOCH + MINUTE * minute

    def spans(self, state):
        """The first and the last minute at which the alert had this state."""
        found = [minute for minute, states in self.states.items() if states == [state]]
        return (found[0], found[-1]) if found else None


STOPS = st.lists(st.tuples(st.integers(20, 560), st.integers(0, 40)), max_size=5, unique_by=lambda stop: stop[0])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=STOPS)
def test_hours_of_for_and_of_keep_firing_for_are_kept_to_the_minute_over_restarts(tmp_path_factory, stops):
    minutes = Minutes(tmp_path_factory.mktemp("state"), range(10, 170))

    async def main():
        first = 0
        for stop, down in sorted(stops):
            if stop > first:
                await minutes.live(first, stop)
                first = stop + down
        await minutes.live(first, 640)

    run_virtually(main())
    up = sorted(minutes.states)
    fires = next(minute for minute in up if minute >= 130)
    missing = next(minute for minute in up if minute >= 170)
    ends = next(minute for minute in up if minute >= missing + 360)
    assert minutes.spans("pending") == (next(minute for minute in up if minute >= 10), max(m for m in up if m < fires))
    assert minutes.spans("firing") == (fires, max(minute for minute in up if minute < ends))


@pytest.mark.parametrize("stop", [90, 230])
def test_an_alert_that_is_restored_ends_when_it_would_have_ended(tmp_path, stop):
    minutes = Minutes(tmp_path, range(10, 170))

    async def main():
        await minutes.live(0, stop)
        await minutes.live(stop + 1, 600)

    run_virtually(main())
    assert minutes.spans("firing") == (130, 529)
