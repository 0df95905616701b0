"""A selection that is read where it lies in the rows, and only as far as it is asked for."""

from dataclasses import fields
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from collector.chunk import Columns, numbers_of
from collector.rows import Rows
from drawdown.series import Edges, Floats, Labels, Newest, Numbers

Found = TypeVar("Found", Edges, Newest)


class View:
    """The rows from `first` to before `stop` of some series; a `drawdown.series.Selection`."""

    def __init__(self, rows: Rows, columns: Columns, labels: tuple[Labels, ...], *, span: tuple[int, int]) -> None:
        self.labels = labels
        self._rows = rows
        self._columns = columns
        self._first, self._stop = span

    @property
    def times(self) -> Floats:
        return self._rows.times(self._first, self._stop)

    @cached_property
    def values(self) -> Floats:
        return self._rows.read(self._columns, self._first, self._stop)

    def cut(self, left: int, right: int) -> Self:
        first, stop = self._first + left, min(self._first + right, self._stop)
        return type(self)(self._rows, self._columns, self.labels, span=(min(first, stop), stop))

    def edges(self) -> Edges:
        """From the runs; only of series with a gap are the samples read."""
        if self._first == self._stop:
            return Edges.of(self.values)
        runs, first, columns = self._rows.runs.now, self._first, self._columns
        begin = np.maximum(runs.since[columns], first)
        end = np.minimum(runs.until[columns], self._stop - 1)
        count = np.maximum(end - begin + 1, 0)
        begin, end = (np.where(count > 0, each, first) for each in (begin, end)) if not count.all() else (begin, end)
        firsts = self._rows.cells(begin, columns, mostly=first)
        lasts = self._rows.cells(end, columns, mostly=self._stop - 1)
        edges = Edges(count, firsts, lasts, begin - first, end - first, self._lost(begin, end))
        doubtful = np.flatnonzero(runs.before[columns] >= first)
        return _patched(edges, doubtful, Edges.of(self._read(doubtful))) if len(doubtful) else edges

    def newest(self) -> Newest:
        """From the runs; earlier than now only as far as they tell."""
        return self._newest_now() if self._stop == self._rows.stop else self._newest_then()

    def _lost(self, begin: Numbers, end: Numbers) -> Floats:
        lost = np.zeros(len(begin))
        fallen = np.flatnonzero(self._rows.runs.now.fell[self._columns] > begin)
        if len(fallen):
            lost[fallen] = self._rows.lost(numbers_of(self._columns)[fallen], begin[fallen], end[fallen])
        return lost

    def _newest_now(self) -> Newest:
        runs, columns = self._rows.runs.now, self._columns
        until = runs.until[columns]
        present = (until >= self._first) & (until > runs.ended[columns])
        return Newest(runs.newest[columns], np.maximum(until - self._first, 0), present)

    def _newest_then(self) -> Newest:
        if self._first == self._stop:
            return Newest.of(self.values)
        runs, columns, last = self._rows.runs.now, self._columns, self._stop - 1
        since, until = runs.since[columns], runs.until[columns]
        present = (since <= last) & (until >= last)
        nothing = (until < self._first) | ((since > last) & (runs.before[columns] < self._first))
        samples = self._rows.cells(np.full(len(until), last), columns, mostly=last)
        newest = Newest(samples, np.full(len(until), last - self._first), present)
        doubtful = np.flatnonzero(~(present | nothing))
        return _patched(newest, doubtful, Newest.of(self._read(doubtful))) if len(doubtful) else newest

    def _read(self, rows: Numbers) -> Floats:
        """The samples of some of the series."""
        return self._rows.read(numbers_of(self._columns)[rows], self._first, self._stop)


def _patched(whole: Found, rows: Numbers, part: Found) -> Found:
    """`whole` with what `part` says of some series."""
    patched = {each.name: getattr(whole, each.name).copy() for each in fields(whole)}
    for name, values in patched.items():
        values[rows] = getattr(part, name)
    return type(whole)(**patched)
