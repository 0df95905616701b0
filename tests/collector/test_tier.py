"""A tier that is full, and one whose series come and go."""

import math
import sys

import numpy as np
import pytest
from collector_rows import EVERYTHING, read
from collector_views import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from collector.chunk import Chunk
from collector.footprint import footprint
from collector.runs import Runs
from collector.store import Store
from collector.tier import Extent, Tier
from drawdown.series import ABSENT, NAME, Labels, Matcher, Op

T = 1_700_000_000.0
ALWAYS = Labels({NAME: "always"})


def numbered(numbers):
    return tuple(Labels({NAME: "n", "i": str(number)}) for number in numbers)


def churning(extent, rows, *, each=10):
    """A tier where one series is always written, and others for ten rows each."""
    tier = Tier(extent)
    for row in range(rows):
        labels = (ALWAYS, *numbered(range(row // 10 * each, row // 10 * each + each)))
        tier.append(T + row, labels, np.full(len(labels), float(row)))
    return tier


# --- series without samples


def test_series_of_which_nothing_is_left_are_given_up():
    tier = churning(Extent(retention=60.0, unused=50), 1000)
    assert len(tier.index) < 300
    assert read(tier, start=T + 939)[ALWAYS] == {T + row: float(row) for row in range(939, 1000)}


def test_few_of_them_are_kept_and_the_labels_stay_the_same():
    tier = churning(Extent(retention=60.0, unused=5000), 1000)
    assert len(tier.index) == 1001


def test_those_that_are_left_are_answered_as_before():
    lasting = churning(Extent(retention=60.0, unused=10**9), 997)
    tier = churning(Extent(retention=60.0, unused=50), 997)
    for start, end in ((0, math.inf), (T + 940, T + 960), (T + 990, T + 995)):
        assert read(tier, start=start, end=end) == read(lasting, start=start, end=end)
        assert_same(tier.select(EVERYTHING, start, end))


def test_who_writes_the_same_tuple_goes_on_after_series_were_given_up():
    tier, labels = Tier(Extent(retention=60.0, unused=50)), (ALWAYS,)
    for row in range(400):
        tier.append(T + row, numbered(range(row * 5, row * 5 + 5)), np.ones(5))
        tier.append(T + row, labels, np.array([float(row)]))
    assert len(tier.index) < 1000
    assert read(tier)[ALWAYS] == {T + row: float(row) for row in range(339, 400)}


def test_selections_have_new_labels_after_series_were_given_up():
    tier = churning(Extent(retention=60.0, unused=5), 100)
    before = tier.select(EVERYTHING, T, math.inf).labels
    for row in range(100, 300):
        tier.append(T + row, (ALWAYS,), np.ones(1))
    assert (len(before), tier.select(EVERYTHING, T, math.inf).labels) == (101, (ALWAYS,))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_giving_up_changes_no_answer(seed):
    random = np.random.default_rng(seed)
    tier, lasting = (Tier(Extent(retention=60.0, unused=unused)) for unused in (5, 10**9))
    for row in range(400):
        labels = numbered(row // 20 * 5 + random.permutation(30)[: random.integers(0, 20)])
        values = np.where(random.random(len(labels)) < 0.1, ABSENT, random.integers(0, 9, len(labels)) / 8)
        at = T + row - random.choice([0, 0, 0, 3, 70])
        assert tier.append(at, labels, values) == lasting.append(at, labels, values)
    assert len(tier.index) < len(lasting.index)
    assert read(tier) == read(lasting)
    assert_same(tier.select(EVERYTHING, T + 350, math.inf))


# --- more series than there is room for


def test_a_full_tier_refuses_new_series_and_goes_on_with_all_others():
    tier, labels = Tier(Extent(most=3)), (ALWAYS, *numbered(range(4)))
    for row in range(3):
        tier.append(T + row, labels, np.arange(5.0) + row)
    assert read(tier)[ALWAYS] == {T: 0.0, T + 1: 1.0, T + 2: 2.0}
    assert set(read(tier)) == {ALWAYS, *numbered(range(2))}
    assert tier.index.refused == 2


def test_a_full_tier_takes_new_series_when_old_ones_are_given_up():
    tier = churning(Extent(retention=60.0, most=200, unused=50), 1000)
    assert set(numbered(range(990, 1000))) <= set(read(tier))


def test_a_full_tier_takes_nothing_late_of_new_series():
    tier = Tier(Extent(most=2))
    for row in range(3):
        tier.append(T + row, (ALWAYS,), np.ones(1))
    assert tier.append(T + 1, numbered(range(2)), np.array([5.0, 6.0])) == 0
    assert read(tier) == {ALWAYS: {T: 1.0, T + 1: 1.0, T + 2: 1.0}, numbered([0])[0]: {T + 1: 5.0}}
    assert tier.index.refused == 1


def test_it_is_said_once_a_minute_which_metric_was_refused_and_what_to_do():
    store = Store(most=1)
    with capture_logs() as logs:
        for second in range(121):
            store.append(T + second, [ALWAYS, Labels({NAME: "n", "borrower": "Zhang San"})], np.ones(2))
    assert [(line["metric"], line["refused"]) for line in logs] == [("n", 1), ("n", 60), ("n", 60)]
    assert "collector.max_series" in logs[0]["hint"]
    assert "Zhang" not in str(logs)
    assert store.refused == 121


# --- what is remembered of questions


def test_what_was_found_for_many_matchers_is_remembered_only_up_to_a_size():
    tier = Tier(Extent())
    tier.append(T, numbered(range(5000)), np.ones(5000))
    for number in range(210):
        tier.select((Matcher(NAME, Op.EQUAL, "n"), Matcher("x", Op.NOT_EQUAL, str(number))), T, T)
    assert tier.index._resolved.weight <= 1_000_000
    assert len(tier.index._resolved) > 100


# --- how much memory


def arrays_of(one):
    """All arrays that an object holds."""
    names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    for value in (*getattr(one, "__dict__", {}).values(), *(getattr(one, name) for name in names)):
        if isinstance(value, np.ndarray):
            yield value if value.base is None else value.base
        elif isinstance(value, list) and value and isinstance(value[0], Chunk):
            yield from (array for chunk in value for array in arrays_of(chunk))
        elif isinstance(value, Runs) or type(value).__name__ == "_State":
            yield from arrays_of(value)


def size(tier):
    return sum(sys.getsizeof(array) for array in {id(array): array for array in arrays_of(tier._rows)}.values())


@pytest.mark.parametrize("grows", [1, 7, 5000])
def test_a_full_tier_takes_no_more_memory_than_is_said(grows):
    extent, nothing = Extent(retention=600.0, most=5000), Extent(retention=1.0, most=0)
    tier, sizes = Tier(extent), []
    labels = numbered(range(5000))
    for row in range(1300):
        count = min(5000, (row + 1) * grows)
        tier.append(T + row, labels[:count], np.full(count, 5.0 - row % 3))
        if row % 50 == 0:
            tier.select((Matcher(NAME, Op.EQUAL, "n"),), T, math.inf).edges()
            sizes.append(size(tier))
    assert max(sizes) <= footprint(extent, nothing).most - footprint(nothing, nothing).most
    assert max(sizes) >= 0.5 * min(5000, 1300 * grows) * 600 * 8


def test_the_footprint_of_the_settings_as_they_are():
    told = Store().footprint()
    assert 30_000 < told.raw_series < 40_000
    assert 370_000 < told.rolled_series < 400_000
    assert told.most > 100_000 * told.raw_series + 2_000 * told.rolled_series
