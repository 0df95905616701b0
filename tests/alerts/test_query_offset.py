"""Groups that look into the past write into the past, as in Prometheus: over the monitor's own store."""

import numpy as np
from alerts_builders import T0, Counts

from alerts.evaluator import Evaluator
from alerts.promql import evaluate, parse
from alerts.rule import load_rules
from collector.store import Store
from drawdown.document import load_document
from drawdown.series import NAME, Labels, Matcher, Op, is_absent, is_stale

RULES = """
groups:
  - name: offset
    query_offset: 30s
    rules:
      - record: asked:sum
        expr: sum(asked)
      - record: asked:above
        expr: asked:sum > 100
      - alert: Busy
        expr: asked:above
        for: 10s
  - name: now
    rules:
      - record: asked:delayed
        expr: asked:sum
"""
ASKED = tuple(Labels({NAME: "asked", "channel": channel}) for channel in ("alpha", "beta"))


class StoppedClock:
    def now(self):
        return T0

    def monotonic(self):
        return 0.0


def played(seconds, value, **store):
    """A store after so many beats, in each of which both channels have `value(second)`."""
    kept = Store(**store)
    groups = load_rules(load_document(RULES, source="rules.yaml"), catalogue=None)
    seams = {"source": kept, "sink": kept, "instruments": Counts(), "clock": StoppedClock()}
    evaluator = Evaluator(groups, backdates=True, **seams)
    for second in range(seconds):
        kept.append(T0 + second, ASKED, np.full(2, float(value(second))))
        evaluator.tick(T0 + second)
    return kept


def written(store, name, **labels):
    """Second → value, None for a staleness marker."""
    matchers = tuple(Matcher(label, Op.EQUAL, text) for label, text in {NAME: name, **labels}.items())
    found = store.select(matchers, T0, np.inf)
    ours = found.values[0]
    here = np.flatnonzero(~is_absent(ours))
    return {found.times[i] - T0: None if is_stale(ours)[i] else ours[i] for i in here}


def test_what_is_recorded_stands_at_the_time_that_was_looked_at():
    store = played(100, lambda second: second)
    assert written(store, "asked:sum") == {second: 2.0 * second for second in range(70)}
    assert written(store, "asked:above") == {second: 2.0 * second for second in range(51, 70)}
    assert written(store, "ALERTS", alertstate="pending") == {**dict.fromkeys(range(51, 61), 1.0), 61: None}
    assert written(store, "ALERTS", alertstate="firing") == dict.fromkeys(range(61, 70), 1.0)


def test_the_end_of_a_series_stands_at_its_time_too():
    store = played(150, lambda second: 60 if second < 80 else 1)
    above = written(store, "asked:above")
    assert above == {**dict.fromkeys(range(80), 120.0), 80: None}


def test_a_range_over_it_at_that_time_is_whole():
    store = played(100, lambda second: second)
    found = evaluate(parse("sum_over_time(asked:sum[20s] offset 30s)"), store, T0 + 99)
    assert found.values.tolist() == [sum(2.0 * second for second in range(50, 70))]


def test_who_looks_at_it_now_sees_the_newest_there_is():
    store = played(100, lambda second: second)
    assert written(store, "asked:delayed")[99] == 2.0 * 69


def test_before_there_is_a_past_to_write_into_nothing_is_written_and_nothing_lost():
    store = played(100, lambda second: second)
    assert store.late == 0
    assert written(store, "asked")[0] == 0.0
    assert len(written(store, "asked")) == 100


def test_it_is_rolled_up_by_the_minute_at_its_own_time():
    store = played(200, lambda second: second)
    store.roll_up([(Matcher(NAME, Op.EQUAL, "asked:sum"),)])
    store.append(T0 + 200, ASKED, np.zeros(2))
    first = -(-T0 // 60) * 60 - T0
    found = store.rollups.select((Matcher(NAME, Op.EQUAL, "asked:sum"),), T0, np.inf)
    assert dict(zip(found.times - T0, found.values[0], strict=True)) == {
        first + 60 * minute: 2.0 * min(first + 60 * minute, 169) for minute in range(3)
    }
