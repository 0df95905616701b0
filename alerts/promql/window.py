"""The samples of a range vector: all that were read, and those of one window."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from alerts.promql.frame import Indices, Millis, check_size
from drawdown.series import Bools, Edges, Floats, Labels, Selection, is_absent, is_stale

Cells = TypeVar("Cells", Floats, Millis)


@dataclass(frozen=True, eq=False)
class Window:
    """The samples of each series with `start < time <= end`. `at` is the time of evaluation, which differs from `end`
    under `offset` and `@`. All times are ms.

    Of a series without samples only `count` has a meaning.
    """

    samples: "Samples"
    start: int
    end: int
    at: int

    @property
    def seconds(self) -> float:
        """How long the range is."""
        return (self.end - self.start) / 1000.0

    @property
    def count(self) -> Indices:
        return self._edges.count

    @property
    def first(self) -> Floats:
        return self._edges.first

    @property
    def last(self) -> Floats:
        return self._edges.last

    @property
    def first_at(self) -> Floats:
        """When the first sample was taken, in seconds after the start of the range."""
        return self._seconds_after_start[self._edges.begin]

    @property
    def last_at(self) -> Floats:
        """When the last sample was taken, in seconds after the start of the range."""
        return self._seconds_after_start[self._edges.end]

    @property
    def lost(self) -> Floats:
        """The sum of the values from which each series fell to a lower one."""
        return self._edges.lost

    @property
    def values(self) -> Floats:
        """The samples, moved to the left: row i holds `count[i]` of them. What lies right of them has no meaning."""
        return self._packed[0]

    @property
    def times(self) -> Millis:
        """When they were taken, in ms."""
        return self._packed[1]

    @cached_property
    def held(self) -> Bools:
        """Which cells of `values` hold a sample."""
        held: Bools = np.arange(self.values.shape[1]) < self.count[:, np.newaxis]
        return held

    def filled(self, value: float) -> Floats:
        """The values, with `value` in the cells that hold no sample."""
        return self.values if self.held.all() else np.where(self.held, self.values, value)

    @cached_property
    def _edges(self) -> Edges:
        return self.samples.selection.edges()

    @cached_property
    def _seconds_after_start(self) -> Floats:
        return (self.samples.times - self.start) / 1000.0

    @cached_property
    def _packed(self) -> tuple[Floats, Millis]:
        values, real = self.samples.values, self.samples.real
        times = np.broadcast_to(self.samples.times, values.shape)
        return (values, times) if real.all() else (moved_left(real, values), moved_left(real, times))


def moved_left(real: Bools, cells: Cells) -> Cells:
    """The `real` cells of each row moved to its left, zeros behind them."""
    rows, columns = np.nonzero(real)
    moved = np.zeros_like(cells)
    moved[rows, (np.cumsum(real, axis=1) - 1)[rows, columns]] = cells[rows, columns]
    return moved


@dataclass(frozen=True, eq=False)
class Samples:
    """What a range selector or a subquery at `position` read; `times` are those of the selection in ms."""

    selection: Selection
    times: Millis
    position: int

    @property
    def labels(self) -> tuple[Labels, ...]:
        return self.selection.labels

    @cached_property
    def values(self) -> Floats:
        """The matrix of samples, which most need not read.

        Raises:
            PromQLError: it would not fit into memory.
        """
        check_size(len(self.labels), len(self.times), self.position)
        return self.selection.values

    @cached_property
    def real(self) -> Bools:
        """Where there is a sample; staleness markers are none."""
        real: Bools = ~(is_absent(self.values) | is_stale(self.values))
        return real

    def between(self, start: int, end: int) -> Self:
        """The samples with `start < time <= end`."""
        left, right = (int(edge) for edge in np.searchsorted(self.times, (start, end), side="right"))
        return type(self)(self.selection.cut(left, right), self.times[left:right], self.position)

    def window(self, span: tuple[int, int], at: int) -> Window:
        """The samples with `span[0] < time <= span[1]`."""
        return Window(self.between(*span), *span, at)
