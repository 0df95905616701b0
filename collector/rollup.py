"""From rows of one tier to rows of a coarser one."""

import math
from collections.abc import Iterable

import numpy as np

from collector.chunk import Columns, columns_of, numbers_of
from collector.tier import Found, Tier
from drawdown.series import NAME, Edges, Floats, Labels, Matcher, Newest, is_absent

Matchers = tuple[Matcher, ...]

_COUNTERS = ("_total", "_count", "_sum", "_bucket")
"""How the names of series end that only grow."""


class Rollup:
    """Writes of each step of `target` (a minute) the newest sample of every series that was chosen into a row at the
    minute's end. A row at a whole minute belongs to the minute that ends there; a minute without rows has none.

    What comes into a minute after its row was written is only taken of series that had nothing there. A counter whose
    first sample lies within a minute has that one at the minute's begin too: else nobody could see that it grew.
    """

    def __init__(self, source: Tier, target: Tier) -> None:
        self._source = source
        self._target = target
        self._step = target.extent.step
        self._sets: tuple[Matchers, ...] = ()
        self._caught_up = False
        self._of: tuple[Labels, ...] | None = None
        self._chosen: Found = (np.empty(0, np.intp), ())

    def choose(self, sets: Iterable[Matchers]) -> None:
        """Roll up the series that satisfy any of these sets of matchers. What is missing of minutes that lie in the
        source is made up for before the next row.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        sets = tuple(dict.fromkeys(sets))
        for matchers in sets:
            self._source.index.resolve(matchers)
        self._sets, self._of, self._caught_up = sets, None, False

    @property
    def chosen(self) -> Found:
        """Where the chosen series stand in the source (ascending), and their labels: the same tuple as long as they
        are the same.
        """
        index = self._source.index
        if self._of is not index.all:
            self._of = index.all
            found = [numbers_of(index.resolve(matchers)[0]) for matchers in self._sets]
            columns = np.unique(np.concatenate([np.empty(0, np.intp), *found]))
            labels = tuple(index.labels[column] for column in columns)
            self._chosen = columns_of(columns), self._chosen[1] if labels == self._chosen[1] else labels
        return self._chosen

    def before(self, at: float) -> None:
        """The source is about to be given a row at `at` (Unix seconds): write those of the minutes that are over."""
        latest = self._source.latest
        if not self._sets or not -math.inf < latest < at < math.inf:
            return
        minute = self._end_of_minute(latest)
        if not self._caught_up:
            self._caught_up = True
            self._catch_up(*self.chosen, until=minute - self._step)
        if self._end_of_minute(at) > minute:
            self._write(minute)

    def _write(self, minute: float) -> None:
        """The row of the minute that is over, and before it what series missed that have nothing in this minute."""
        columns, labels = self.chosen
        values = self._samples((columns, labels), minute)
        behind = np.flatnonzero(is_absent(Newest.of(values).values))
        self._catch_up(numbers_of(columns)[behind], tuple(labels[i] for i in behind), until=minute - self._step)
        self._put(minute, labels, values)

    def _catch_up(self, columns: Columns, labels: tuple[Labels, ...], *, until: float) -> None:
        """Write the minutes up to the one that ends at `until` of series for which they are missing."""
        numbers = numbers_of(columns)
        written = self._target.newest_times(self._target.index.look_up(labels))
        behind = np.flatnonzero(written < self._source.newest_times(numbers))
        if self._target.index.is_full:
            behind = behind[written[behind] > -math.inf]
        if not len(behind):
            return
        found = columns_of(numbers[behind]), tuple(labels[i] for i in behind)
        minute = max(self._end_of_minute(self._source.oldest), written[behind].min() + self._step)
        while minute <= until:
            values = self._samples(found, minute)
            if values.shape[1]:
                self._put(minute, found[1], values)
            minute += self._step

    def _samples(self, found: Found, minute: float) -> Floats:
        """The samples of the minute that ends at `minute`."""
        begin = float(np.nextafter(minute - self._step, math.inf))
        return self._source.view(found, begin, minute).values

    def _put(self, minute: float, labels: tuple[Labels, ...], values: Floats) -> None:
        self._begin(minute, labels, values)
        self._target.append(minute, labels, Newest.of(values).values)

    def _begin(self, minute: float, labels: tuple[Labels, ...], values: Floats) -> None:
        """Give counters that were not there before a sample at the begin of the minute."""
        if self._target.index.is_full:
            return
        fresh = np.flatnonzero(self._target.newest_times(self._target.index.look_up(labels)) == -math.inf)
        counters = [row for row in fresh if labels[row].get(NAME, "").endswith(_COUNTERS)]
        edges = Edges.of(values[counters])
        new = [row for row, count in zip(counters, edges.count, strict=True) if count]
        if new:
            first = edges.first[edges.count > 0]
            self._target.append(minute - self._step, tuple(labels[row] for row in new), first)

    def _end_of_minute(self, at: float) -> float:
        return math.ceil(at / self._step) * self._step
