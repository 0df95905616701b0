"""A view against the block that holds the same samples: both tell the same of ends, falls and newest samples."""

import numpy as np
from collector_views import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store import Store
from drawdown.series import ABSENT, NAME, STALE, Labels, Matcher, Op

SERIES = tuple(Labels({NAME: "n", "i": str(i)}) for i in range(600))
EVERYTHING = (Matcher(NAME, Op.EQUAL, "n"),)
SOME = (*EVERYTHING, Matcher("i", Op.MATCH, "[0-9]|.*[05]"))
RARELY = st.sampled_from([0.0, 0.003, 0.03, 0.3])


class Writer:
    """Writes counters that now and then fall, are absent, end, or are written twice; and clocks that are not steady.

    All are eighths, whose sums are exact in whatever order they are added.
    """

    def __init__(self, seed, *, falls, gaps, marks, jolts, lates):
        self.store = Store(retention=150.0)
        self.at = 1e6
        self._random = np.random.default_rng(seed)
        self._counts = np.zeros(8)
        self._chances = {"falls": falls, "gaps": gaps, "marks": marks, "jolts": jolts, "lates": lates}
        self._behind = np.zeros(20)

    def write(self):
        """A row, mostly; of more series from time to time."""
        if self._chance("lates"):
            self._write_late()
        step = self._random.choice([0.3, 0.3, 20.0, -25.0]) if self._chance("jolts") else 1.0
        self.at += step
        if self._random.random() < 0.01 or step < 1:
            self._counts = np.pad(self._counts, (0, self._random.choice([1, 300])))[: len(SERIES) - 20]
        self._counts += self._random.integers(0, 3, len(self._counts)) / 8
        self._counts[self._hit("falls")] *= 0.5
        self._counts = np.floor(self._counts * 8) / 8
        values = self._counts.copy()
        values[self._hit("gaps")] = ABSENT
        values[self._hit("marks")] = self._random.choice([STALE, np.nan, np.inf])
        self.store.append(self.at, SERIES[: len(values)], values)

    def _write_late(self):
        """Of the last series, which nobody else writes."""
        self._behind = np.abs(np.round(self._behind * 8 + self._random.integers(-1, 3, 20)) / 8)
        values = np.where(self._random.random(20) < 0.1, self._random.choice([ABSENT, STALE]), self._behind)
        self.store.append(self.at - self._random.integers(0, 90), SERIES[-20:], values)

    def _chance(self, name):
        return self._random.random() < self._chances[name]

    def _hit(self, name):
        """Single series, or all of them."""
        one = self._random.random(len(self._counts)) < self._chances[name]
        return one | (self._random.random() < self._chances[name] / 10)

    def windows(self, count):
        """Spans of time, many of which end now, or begin or end near the begin of a chunk."""
        rows = self.store.raw._rows
        edges = [float(rows.times(chunk.start, chunk.start + 1)[0]) for chunk in rows._chunks]
        for _ in range(count):
            end = self._random.choice([rows.latest, rows.latest - 1, *edges]) - self._random.choice([0, 0, 1, 2, 60])
            yield min(end, self._random.choice([*edges, end - self._random.integers(0, 150)])), end


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), falls=RARELY, gaps=RARELY, marks=RARELY, jolts=RARELY, lates=RARELY)
def test_a_view_tells_what_its_samples_tell(seed, **chances):
    writer = Writer(seed, **chances)
    for row in range(230):
        writer.write()
        if row % 23 == 22:
            for start, end in writer.windows(4):
                assert_same(writer.store.select(EVERYTHING, start, end))
                assert_same(writer.store.select(SOME, start, end))


def lost(store, start, end):
    view = store.select(EVERYTHING, start, end)
    assert_same(view)
    return view.edges().lost.tolist()


def filled(values, *, store=None, start=0):
    """A store with a row each second from `start` on."""
    store = store or Store()
    for second, row in enumerate(values, start):
        store.append(float(second), SERIES[: len(row)], np.array(row))
    return store


def test_a_fall_in_a_row_that_then_gets_many_more_series_is_seen():
    store = filled([[1.0], [2.0], [0.5]])
    store.append(2.0, SERIES[1:], np.ones(len(SERIES) - 1))
    assert lost(store, 0, 2)[:2] == [2.0, 0.0]


def test_a_fall_right_after_the_window_does_not_count():
    store = filled([*[[7.0]] * 127, [1.0], *[[7.0]] * 100])
    assert [lost(store, 0, end)[0] for end in (125, 126, 127, 128)] == [0.0, 0.0, 7.0, 7.0]
    assert [lost(store, start, 200)[0] for start in (125, 126, 127, 128)] == [7.0, 7.0, 0.0, 0.0]


def test_what_was_lost_is_known_anew_after_the_clock_was_set_back():
    store = filled([*[[7.0]] * 80, *[[1.0]] * 120])
    assert lost(store, 0, 199) == [7.0]
    filled([[8.0]] * 100, store=store, start=70)
    assert (store.late, lost(store, 0, 169)) == (9, [0.0])
    filled([[2.0]] * 100, store=store, start=170)
    assert lost(store, 0, 269) == [8.0]


def test_a_fall_before_the_last_run_of_a_series_is_not_counted_for_it():
    both, one = [9.0, 9.0], [9.0, ABSENT]
    falls = [9.0, 1.0]
    store = filled([*[both] * 72, falls, *[one] * 67, *[both] * 10, [1.0, 1.0], *[[1.0, 1.0]] * 50])
    assert lost(store, 100, 200) == [9.0, 9.0]


def test_a_series_that_comes_back_has_lost_nothing_to_those_who_do_not_see_its_past():
    store = filled([*[[5.0]] * 10, *[[ABSENT]] * 10, *[[1.0]] * 100])
    assert [lost(store, start, 119) for start in (5, 9, 10, 20)] == [[5.0], [5.0], [0.0], [0.0]]
