"""What is kept by the minute, and which rows answer."""

import math

import numpy as np
import pytest
from collector_rows import Kept, read
from collector_views import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.promql import evaluate, parse
from collector.store import Store
from collector.tier import Extent
from drawdown.series import ABSENT, NAME, STALE, Block, Labels, Matcher, Op, is_absent, is_stale

T = 1_700_000_040.0
"""A whole minute."""
GAUGES = tuple(Labels({NAME: "load", "i": str(i)}) for i in range(4))
COUNTER = Labels({NAME: "asked_total"})
OTHER = Labels({NAME: "other"})
LOADS = (Matcher(NAME, Op.EQUAL, "load"),)
ASKED = (Matcher(NAME, Op.EQUAL, "asked_total"),)
EVERYTHING = (Matcher(NAME, Op.NOT_EQUAL, ""),)


def new_store(*sets, retention=300.0, most=2000):
    store = Store(retention=retention, rollups=Extent(retention=86_400.0, step=60.0, most=most))
    store.roll_up(sets)
    return store


def fill(store, seconds, *, labels=(GAUGES[0],), start=0):
    """A row each second, whose values are its second."""
    for second in range(start, start + seconds):
        store.append(T + second, labels, np.full(len(labels), float(second)))
    return store


def rolled(store, matchers=EVERYTHING):
    """What is kept by the minute: series → {seconds since T: value}."""
    found = read(store.rollups, matchers)
    return {labels: {at - T: value for at, value in row.items()} for labels, row in found.items()}


def test_a_minute_has_the_newest_sample_of_each_series_that_was_chosen():
    store = fill(new_store(LOADS), 61, labels=(GAUGES[0], OTHER))
    store.append(T + 61, GAUGES[1:2], np.array([9.0]))
    assert rolled(store) == {GAUGES[0]: {0: 0.0, 60: 60.0}}


def test_a_row_at_a_whole_minute_belongs_to_the_minute_that_ends_there():
    store = fill(new_store(LOADS), 60, start=1)
    assert rolled(store) == {}
    store.append(T + 60, GAUGES[:1], np.array([60.0]))
    assert rolled(store) == {}
    store.append(T + 61, GAUGES[:1], np.array([61.0]))
    assert rolled(store) == {GAUGES[0]: {60: 60.0}}


def test_what_lies_in_the_middle_of_a_minute_stands_at_its_end():
    store = new_store(LOADS)
    store.append(T + 70, GAUGES, np.array([1.0, 2.0, 3.0, ABSENT]))
    store.append(T + 80, GAUGES, np.array([4.0, ABSENT, STALE, ABSENT]))
    store.append(T + 121, (OTHER,), np.zeros(1))
    found = rolled(store)
    assert (found[GAUGES[0]], found[GAUGES[1]]) == ({120: 4.0}, {120: 2.0})
    assert is_stale(np.array(list(found[GAUGES[2]].values()))).tolist() == [True]
    assert GAUGES[3] not in found


def test_a_minute_without_rows_has_none():
    store = fill(new_store(LOADS), 10)
    fill(store, 10, start=500)
    fill(store, 1, start=541)
    assert rolled(store) == {GAUGES[0]: {0: 0.0, 60: 9.0, 540: 509.0}}


def test_what_is_chosen_need_not_be_there_yet():
    store = fill(new_store(LOADS, ASKED), 200, labels=(OTHER,))
    assert rolled(store) == {}
    fill(store, 200, labels=(OTHER, COUNTER, GAUGES[0]), start=200)
    assert rolled(store) == {
        COUNTER: {180: 200.0, 240: 240.0, 300: 300.0, 360: 360.0},
        GAUGES[0]: {t: t for t in (240, 300, 360)},
    }


def test_a_counter_begins_with_its_first_sample_so_that_its_first_minute_counts():
    store = fill(new_store(ASKED, LOADS), 100, labels=(GAUGES[0],))
    fill(store, 50, labels=(COUNTER, GAUGES[1]), start=130)
    fill(store, 10, labels=(COUNTER,), start=181)
    assert rolled(store)[COUNTER] == {120: 130.0, 180: 179.0}
    assert rolled(store)[GAUGES[1]] == {180: 179.0}


def test_what_comes_late_is_taken_into_its_minute_when_the_next_one_is_written():
    store = fill(new_store(LOADS), 121)
    store.append(T + 60, GAUGES[1:2], np.array([7.0]))
    fill(store, 1, start=121)
    assert rolled(store)[GAUGES[1]] == {60: 7.0}


def test_series_that_are_chosen_later_are_made_up_for_as_far_as_rows_are_there():
    store = fill(new_store(retention=200.0), 400, labels=(GAUGES[0], OTHER))
    assert rolled(store) == {}
    store.roll_up([LOADS])
    fill(store, 1, labels=(GAUGES[0], OTHER), start=400)
    assert rolled(store) == {GAUGES[0]: {second: float(second) for second in (240, 300, 360)}}
    store.roll_up([LOADS, (Matcher(NAME, Op.EQUAL, "other"),)])
    fill(store, 1, labels=(GAUGES[0], OTHER), start=401)
    assert rolled(store)[OTHER] == rolled(store)[GAUGES[0]]


def test_rows_of_a_run_before_are_made_up_for_and_never_written_twice():
    before = fill(new_store(LOADS), 200)
    store = new_store(LOADS)
    for second in range(200):
        store.raw.append(T + second, GAUGES[:1], np.array([float(second)]))
    store.rollups.append(T, GAUGES[:1], np.array([0.0]))
    store.rollups.append(T + 60, GAUGES[:1], np.array([60.0]))
    fill(store, 10, start=230)
    fill(before, 10, start=230)
    assert rolled(store) == rolled(before) == {GAUGES[0]: {0: 0.0, 60: 60.0, 120: 120.0, 180: 180.0}}


def test_minutes_after_the_time_to_which_the_clock_was_set_back_are_written_anew():
    store = fill(new_store(LOADS), 400)
    for second in range(200, 400):
        store.append(T + second, GAUGES[:1], np.array([-float(second)]))
    assert rolled(store)[GAUGES[0]] == {0: 0.0, 60: 60.0, 120: 120.0, 180: 180.0, **{t: -t for t in (240, 300, 360)}}


def test_more_series_than_may_be_rolled_up_are_refused_and_counted_once():
    store = fill(new_store(LOADS, most=2), 300, labels=GAUGES)
    assert set(rolled(store)) == set(GAUGES[:2])
    assert (store.refused, len(read(store))) == (2, 4)


SECONDS = st.sampled_from([1.0, 1.0, 1.0, 7.0, 15.0, 20.0, 59.0, 60.0, 61.0, 150.0])
VALUES = st.lists(st.sampled_from([1.0, 2.0, 3.0, ABSENT, STALE]), min_size=4, max_size=4)


def bits(rows):
    """The same with the bits of each value, which can be compared where it is a marker."""
    return {labels: {at: np.float64(value).tobytes() for at, value in row.items()} for labels, row in rows.items()}


def by_hand(rows, until):
    """The newest sample of each series in each minute that ends before that of `until`."""
    minutes = {}
    for second, values in rows:
        minute = math.ceil(second / 60) * 60
        for labels, value in zip(GAUGES, values, strict=True):
            if minute < math.ceil(until / 60) * 60 and not is_absent(np.array([value])).any():
                minutes.setdefault(labels, {})[minute] = value
    return minutes


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(SECONDS, VALUES), max_size=60), chosen_at=st.integers(0, 60))
def test_minutes_are_what_one_would_write_down_by_hand(rows, chosen_at):
    store, second, written = new_store(retention=1e6), 0.0, []
    for number, (seconds, values) in enumerate(rows):
        if number == chosen_at:
            store.roll_up([LOADS])
        second += seconds
        store.append(T + second, GAUGES, np.array(values))
        written.append((second, values))
    until = second if len(rows) > chosen_at else 0.0
    assert bits(rolled(store)) == bits(by_hand(written, until))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_from_the_logs_of_both_tiers_a_store_is_as_it_was(seed):
    random = np.random.default_rng(seed)
    store, logs, at = new_store(LOADS, ASKED, retention=100.0), (Kept(), Kept()), T
    store.attach(raw=logs[0], rollups=logs[1])
    for _ in range(400):
        at += random.choice([1, 1, 1, 1, 1, 5, 70, -30], p=[0.19] * 5 + [0.02, 0.01, 0.02])
        labels = [*(GAUGES[i] for i in random.permutation(4)[: random.integers(0, 5)]), COUNTER]
        values = np.where(random.random(len(labels)) < 0.2, random.choice([ABSENT, STALE]), random.random(len(labels)))
        store.append(at - random.choice([0, 0, 0, 40]), labels, values)
    store.flush()
    again = new_store(LOADS, ASKED, retention=100.0)
    for tier, log in zip((again.raw, again.rollups), logs, strict=True):
        for time, row in log.rows.items():
            tier.append(time, tuple(row), np.array(list(row.values())))
    assert bits(read(again.raw, start=store.raw.oldest)) == bits(read(store.raw))
    assert bits(read(again.rollups)) == bits(read(store.rollups))


# --- which rows answer


def times(store, start, end, *, window=0.0, matchers=LOADS):
    return (store.select(matchers, T + start, T + end, window=window).times - T).tolist()


def test_what_lies_in_the_fine_rows_is_answered_from_them():
    store = fill(new_store(LOADS), 1000)
    assert times(store, 699, 705, window=300) == [699, 700, 701, 702, 703, 704, 705]
    assert store.select(LOADS, T + 700, T + 999, window=300).labels is store.raw.select(LOADS, T, T).labels


def test_before_the_fine_rows_there_are_minutes():
    store = fill(new_store(LOADS), 1000)
    assert times(store, 300, 702, window=300) == [*range(300, 661, 60), 699, 700, 701, 702]
    assert times(store, 100, 400, window=20) == [120, 180, 240, 300, 360]


def test_who_looks_back_farther_than_the_fine_rows_reach_sees_minutes_and_the_newest_row():
    store = fill(new_store(LOADS), 1000)
    assert times(store, 500, 999, window=301) == [*range(540, 961, 60), 999]
    assert times(store, 500, 970, window=301) == [*range(540, 961, 60), 970]
    assert times(store, 500, 960, window=301) == [*range(540, 961, 60)]
    assert times(store, 100, 400, window=301) == [120, 180, 240, 300, 360]


def test_a_single_window_across_the_begin_of_the_fine_rows_sees_minutes_alone():
    store = fill(new_store(LOADS), 1000)
    assert times(store, 600, 800, window=200) == [600, 660, 720, 780, 800]
    assert times(store, 700, 900, window=200) == [*range(700, 901)]
    assert times(store, 690, 705, window=15) == [*range(699, 706)]


def test_a_single_window_before_the_begin_of_all_rows_misses_no_second_of_theirs():
    store = fill(new_store(LOADS), 106, start=1)
    found = store.select(LOADS, T - 20, T + 106, window=126.0)
    assert (found.times - T).tolist() == list(range(1, 107))


def test_the_newest_sample_of_a_series_need_not_be_in_the_last_row():
    store = new_store(LOADS)
    for second in range(1000):
        labels = GAUGES[:2] if second % 15 == 0 else GAUGES[:1]
        store.append(T + second, labels, np.full(len(labels), float(second)))
    found = read(store, LOADS, T + 660, T + 999, window=301)
    minutes = {T + second: float(second) for second in range(660, 961, 60)}
    assert found == {GAUGES[0]: {**minutes, T + 999: 999.0}, GAUGES[1]: {**minutes, T + 990: 990.0}}
    assert_same(store.select(LOADS, T, T + 999, window=301))


def test_what_is_not_rolled_up_is_answered_from_the_fine_rows_alone():
    store = fill(new_store(LOADS), 1000, labels=(OTHER, GAUGES[0]))
    other = (Matcher(NAME, Op.EQUAL, "other"),)
    assert times(store, 0, 999, window=600, matchers=other) == [*range(699, 1000)]
    assert times(store, 0, 999, window=60, matchers=other) == [*range(699, 1000)]
    assert store.select(EVERYTHING, T, T + 999, window=600).labels == (GAUGES[0],)
    assert set(store.select(EVERYTHING, T, T + 999, window=60).labels) == {GAUGES[0], OTHER}


def test_a_series_that_is_no_longer_rolled_up_is_answered_from_all_that_there_is():
    store = fill(new_store(LOADS), 1000)
    store.roll_up([])
    fill(store, 1000, start=1000)
    assert times(store, 0, 1999, window=600) == [*range(0, 961, 60), *range(1699, 2000)]


def test_a_store_that_was_just_started_anew_answers_from_the_minutes_of_before():
    store = new_store(LOADS)
    for minute in range(10):
        store.rollups.append(T + 60 * minute, GAUGES[:1], np.array([float(minute)]))
    assert times(store, 0, 999) == [*range(0, 541, 60)]
    fill(store, 5, start=570)
    assert times(store, 400, 999, window=60) == [420, 480, 540, 570, 571, 572, 573, 574]


def test_the_labels_stay_the_same_as_long_as_no_series_comes():
    store = fill(new_store(LOADS), 1000, labels=GAUGES)
    asked = [(100, 301), (500, 60)]
    first = [store.select(LOADS, T + start, T + 2000, window=window).labels for start, window in asked]
    fill(store, 200, labels=GAUGES, start=1000)
    again = [store.select(LOADS, T + start, T + 2000, window=window).labels for start, window in asked]
    assert all(one is other for one, other in zip(first, again, strict=True))


class ByTheMinute:
    """A Prometheus that scrapes each minute, and once more at the time that is `asked` for."""

    def __init__(self, store, asked):
        found = store.raw.select(LOADS, T, math.inf)
        kept = ((found.times - T) % 60 == 0) | (found.times == T + asked)
        self._block = Block(found.labels, found.times[kept], found.values[:, kept])

    def select(self, _, start, end, **__):
        left, right = np.searchsorted(self._block.times, start), np.searchsorted(self._block.times, end, side="right")
        return self._block.cut(left, right)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("avg_over_time(load[4m] offset 3m)", 2244),
        ("sum_over_time(load[4m] offset 4m1s)", 2183),
        ("increase(load[5m] offset 5m)", 2124),
        ("avg_over_time(load[30m])", 2424),
        ("sum_over_time(load[30m])", 2424),
        ("quantile_over_time(0.9, load[30m])", 2424),
        ("stddev_over_time(load[30m])", 2424),
        ("increase(load[30m])", 2424),
        ("rate(load[20m])", 2424),
        ("last_over_time(load[30m])", 2424),
        ("count_over_time(load[30m])", 2424),
        ("max_over_time(load[20m]) - min_over_time(load[20m])", 2424),
    ],
)
def test_long_ranges_are_answered_as_by_a_prometheus_that_scrapes_each_minute(query, asked):
    random = np.random.default_rng(7)
    store, everything = new_store(LOADS), new_store(LOADS, retention=1e6)
    for second in range(2425):
        values = random.integers(0, 100, len(GAUGES)).astype(float)
        for each in (store, everything):
            each.append(T + second, GAUGES, values)
    ours, theirs = (evaluate(parse(query), source, T + 2424) for source in (store, ByTheMinute(everything, asked)))
    assert ours.labels == theirs.labels
    assert ours.values == pytest.approx(theirs.values)


def test_an_instant_value_is_fresh_at_any_time():
    store = fill(new_store(LOADS), 1000)
    asked = [evaluate(parse("load"), store, T + at).values.tolist() for at in (999, 800, 698, 500)]
    assert asked == [[999.0], [800.0], [660.0], [480.0]]
