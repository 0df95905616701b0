"""The samples of a range vector at one time of evaluation."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from alerts.promql.frame import Indices, Millis
from drawdown.series import Bools, Floats, Labels


@dataclass(frozen=True, eq=False)
class Window:
    """The samples of each series with `start < time <= end`, moved to the left: row i holds `count[i]` samples in
    `values[i]` and their times in ms in `times[i]`; what lies right of them has no meaning. `at` is the time of
    evaluation, which differs from `end` under `offset` and `@`. All times are ms.
    """

    values: Floats
    times: Millis
    count: Indices
    start: int
    end: int
    at: int

    @classmethod
    def cut(cls, values: Floats, times: Millis, present: Bools, *, span: tuple[int, int], at: int) -> Self:
        """From samples at common `times`, all of them within `span`."""
        count = present.sum(axis=1)
        stamps = np.broadcast_to(times, values.shape)
        if not (count == values.shape[1]).all():
            values, stamps = _moved_left(values, stamps, present)
        return cls(values, stamps, count, *span, at)

    @property
    def seconds(self) -> float:
        """How long the range is."""
        return (self.end - self.start) / 1000.0

    @cached_property
    def held(self) -> Bools:
        """Which cells hold a sample."""
        held: Bools = np.arange(self.values.shape[1]) < self.count[:, np.newaxis]
        return held

    @property
    def first(self) -> Floats:
        return self.values[:, 0]

    @property
    def last(self) -> Floats:
        return self.values[np.arange(len(self.count)), self.count - 1]

    def time(self, column: Indices | int) -> Floats:
        """The time of one sample of each series, in seconds after the start of the range."""
        stamps: Floats = (self.times[np.arange(len(self.count)), column] - self.start) / 1000.0
        return stamps

    def only(self, rows: Indices) -> Self:
        return type(self)(self.values[rows], self.times[rows], self.count[rows], self.start, self.end, self.at)

    def filled(self, value: float) -> Floats:
        """The values, with `value` in the cells that hold no sample."""
        return self.values if self.held.all() else np.where(self.held, self.values, value)


def _moved_left(values: Floats, times: Millis, present: Bools) -> tuple[Floats, Millis]:
    rows, columns = np.nonzero(present)
    target = (np.cumsum(present, axis=1) - 1)[rows, columns]
    moved, stamps = np.zeros_like(values), np.zeros_like(times)
    moved[rows, target] = values[rows, columns]
    stamps[rows, target] = times[rows, columns]
    return moved, stamps


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a range selector or a subquery read: samples at common `times` (ms) and where there is one."""

    labels: tuple[Labels, ...]
    times: Millis
    values: Floats
    present: Bools

    def between(self, start: int, end: int) -> Self:
        """The samples with `start < time <= end`, and the series that have one."""
        left, right = np.searchsorted(self.times, (start, end), side="right")
        rows = np.flatnonzero(self.present[:, left:right].any(axis=1))
        labels = tuple(self.labels[row] for row in rows)
        return type(self)(labels, self.times[left:right], self.values[rows, left:right], self.present[rows, left:right])

    def window(self, span: tuple[int, int], at: int) -> Window:
        """The samples with `span[0] < time <= span[1]` of every series."""
        left, right = np.searchsorted(self.times, span, side="right")
        columns = slice(int(left), int(right))
        return Window.cut(self.values[:, columns], self.times[columns], self.present[:, columns], span=span, at=at)
