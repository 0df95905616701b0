"""Both ends of all windows of a grid at once: what rates over many steps need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from alerts.promql.frame import Indices, Millis
from alerts.promql.window import Samples
from drawdown.series import Bools, Edges, Floats

_CELLS: Final = 100_000
"""Windows that are reckoned at once: enough for numpy, and few enough for the processor's cache."""


@dataclass(frozen=True, eq=False)
class Ends:
    """The windows of some series at all times of a grid. What it tells has the shape (series, steps), or (steps,) where
    it is the same for all series, and the meaning that it has of a `Window`; of a window without samples only `count`
    has a meaning.

    `values` are the samples (series, T), `real` says where there are any, `times` are theirs (T,), and `spans`
    (steps, 2) are start and end of the windows.
    """

    values: Floats
    real: Bools
    times: Millis
    spans: Millis

    @property
    def seconds(self) -> float:
        """How long the range is."""
        return float(self.spans[0, 1] - self.spans[0, 0]) / 1000.0

    @cached_property
    def count(self) -> Indices:
        left, right = self._columns
        if self._dense:
            return right - left
        before = np.zeros((len(self.real), len(self.times) + 1), np.intp)
        np.cumsum(self.real, axis=1, out=before[:, 1:])
        return before[:, right] - before[:, left]

    @property
    def first(self) -> Floats:
        return self._cells(self._begin)

    @property
    def last(self) -> Floats:
        return self._cells(self._end)

    @property
    def first_at(self) -> Floats:
        return (self.times[self._begin] - self.spans[:, 0]) / 1000.0

    @property
    def last_at(self) -> Floats:
        return (self.times[self._end] - self.spans[:, 0]) / 1000.0

    @property
    def lost(self) -> Floats:
        """Summed window by window where there is a fall at all, so that no rounding of one gets into another."""
        lost = np.zeros((len(self.values), len(self.spans)))
        below_zero = (self.values < 0).any(axis=1)  # there what is lost can add up to nothing
        falling = np.flatnonzero((Edges.of(self.values).lost != 0) | below_zero)
        if len(falling):
            values = self.values[falling]
            for step, (left, right) in enumerate(zip(*(each.tolist() for each in self._columns), strict=True)):
                lost[falling, step] = Edges.of(values[:, left:right]).lost
        return lost

    def _cells(self, columns: Indices) -> Floats:
        return self.values[:, columns] if columns.ndim == 1 else np.take_along_axis(self.values, columns, axis=1)

    @cached_property
    def _dense(self) -> bool:
        return bool(self.real.all())

    @cached_property
    def _columns(self) -> tuple[Indices, Indices]:
        """The first column of each window, and the one after the last."""
        left, right = np.searchsorted(self.times, self.spans.T, side="right")
        return left, right

    @cached_property
    def _begin(self) -> Indices:
        last = len(self.times) - 1
        columns = np.minimum(self._columns[0], last)
        if self._dense:
            return columns
        here = np.where(self.real, np.arange(last + 1), last)
        return np.minimum.accumulate(here[:, ::-1], axis=1)[:, ::-1][:, columns]

    @cached_property
    def _end(self) -> Indices:
        columns = np.maximum(self._columns[1] - 1, 0)
        if self._dense:
            return columns
        here = np.where(self.real, np.arange(len(self.times)), 0)
        return np.maximum.accumulate(here, axis=1)[:, columns]


def ends(read: Samples, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[slice, Ends]]:
    """The windows of a few series after the other, and which these are."""
    if not len(read.times):
        return
    rows = max(1, _CELLS // max(len(spans), len(read.times)))
    for first in range(0, len(read.labels), rows):
        part = slice(first, first + rows)
        yield part, Ends(read.values[part], read.real[part], read.times, np.array(spans))
