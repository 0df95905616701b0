"""Instant vectors at several times at once: what every part of the engine takes and returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from alerts.promql.errors import PromQLError
from drawdown.series import NAME, Bools, Floats, Labels

Millis = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
MAX_STEPS: Final = 100_000
MAX_CELLS: Final = 50_000_000
NOTHING: Final = Labels()


def millis(seconds: float) -> int:
    """Unix seconds to the milliseconds in which Prometheus reckons."""
    return round(seconds * 1000)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The times (T,) in ms at which an expression is evaluated, and the `start` and `end` of the query around it."""

    times: Millis
    start: int
    end: int

    @property
    def seconds(self) -> Floats:
        return self.times / 1000.0

    def at(self, times: Millis) -> Self:
        """The same query at other times."""
        return type(self)(times, self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """`values` (series, T) count where `present` (series, T). No two series have the same labels."""

    labels: tuple[Labels, ...]
    values: Floats
    present: Bools

    @classmethod
    def empty(cls, steps: int) -> Self:
        return cls((), np.empty((0, steps)), np.empty((0, steps), np.bool_))

    @classmethod
    def single(cls, values: Floats) -> Self:
        """One series without labels, present at every time."""
        return cls((NOTHING,), values[np.newaxis, :], np.ones((1, len(values)), np.bool_))

    @property
    def steps(self) -> int:
        return int(self.values.shape[1])

    def with_values(self, values: Floats) -> Self:
        return type(self)(self.labels, values, self.present)

    def where(self, condition: Bools) -> Self:
        """Present only where `condition` holds too."""
        return type(self)(self.labels, self.values, self.present & condition)

    def take(self, rows: Sequence[int] | Indices) -> Self:
        return type(self)(tuple(self.labels[row] for row in rows), self.values[rows], self.present[rows])

    def pruned(self) -> Self:
        """Without series that are nowhere present."""
        some = self.present.any(axis=1)
        return self if some.all() else self.take(np.flatnonzero(some))


def check_size(series: int, steps: int, position: int) -> None:
    """Refuse what would not fit into memory.

    Raises:
        PromQLError: at `position`.
    """
    if series * steps > MAX_CELLS:
        raise PromQLError(
            f"this would take more than {MAX_CELLS} samples; shorten the range or narrow the selector", position
        )


def without_name(frame: Frame, position: int) -> Frame:
    """`frame` without the metric names.

    Raises:
        PromQLError: two series have the same labels then, and are present at the same time.
    """
    names = {labels.get(NAME) for labels in frame.labels}
    if names <= {None}:
        return frame
    labels = tuple(each.without(NAME) if NAME in each else each for each in frame.labels)
    renamed = Frame(labels, frame.values, frame.present)
    return renamed if len(names) == 1 else merged(renamed, position)


def merged(frame: Frame, position: int, *, complaint: str = "") -> Frame:
    """`frame` with series of the same labels made one.

    Raises:
        PromQLError: two of them are present at the same time.
    """
    first: dict[Labels, int] = {}
    group = np.array([first.setdefault(labels, len(first)) for labels in frame.labels], np.intp)
    if len(first) == len(frame.labels):
        return frame
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(first)))
    counts = np.add.reduceat(frame.present[order].astype(np.int64), starts, axis=0)
    if (counts > 1).any():
        raise PromQLError(complaint or "the result would have two elements with the same labels", position)
    values = np.add.reduceat(np.where(frame.present, frame.values, 0.0)[order], starts, axis=0)
    return Frame(tuple(first), values, counts > 0)
