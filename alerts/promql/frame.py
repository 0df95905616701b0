"""Instant vectors at several times at once: what every part of the engine takes and returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from alerts.promql.errors import PromQLError
from alerts.promql.memo import Memo
from drawdown.series import NAME, Bools, Floats, Labels

Millis = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
Cells = TypeVar("Cells", Floats, Bools)
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

    def slimmed(self) -> Self:
        """Pruned if there are many times. At a single time such series cost next to nothing, while the same labels as
        at the time before spare all work on them.
        """
        return self if self.steps == 1 else self.pruned()


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Rows put together in groups: those of group i, in their order, are the `sizes[i]` of `order` from `starts[i]` on,
    and its labels are `labels[i]`. `numbers` are the groups of the rows in `order`; `in_order` says that it changes
    nothing.
    """

    labels: tuple[Labels, ...]
    order: Indices
    starts: Indices
    sizes: Indices
    numbers: Indices
    in_order: bool

    @property
    def is_trivial(self) -> bool:
        """Whether each row is a group."""
        return len(self.labels) == len(self.order)

    def arranged(self, cells: Cells) -> Cells:
        """The rows, group after group."""
        return cells if self.in_order else cells[self.order]


def alone(labels: tuple[Labels, ...]) -> Partition:
    """Each row a group."""
    each = np.arange(len(labels))
    return Partition(labels, each, each, np.ones_like(each), each, in_order=True)


def together(labels: Iterable[Labels]) -> Partition:
    """Rows with the same labels in one group."""
    known: dict[Labels, int] = {}
    numbers = np.array([known.setdefault(each, len(known)) for each in labels], np.intp)
    order = np.argsort(numbers, kind="stable")
    sizes = np.bincount(numbers, minlength=len(known))
    in_order = bool((np.diff(numbers) >= 0).all())
    return Partition(tuple(known), order, np.cumsum(sizes) - sizes, sizes, numbers[order], in_order=in_order)


def check_size(series: int, steps: int, position: int) -> None:
    """Refuse what would not fit into memory.

    Raises:
        PromQLError: at `position`.
    """
    if series * steps > MAX_CELLS:
        raise PromQLError(
            f"this would take more than {MAX_CELLS} samples; shorten the range or narrow the selector", position
        )


def without_name(frame: Frame, memo: Memo, position: int) -> Frame:
    """`frame` without the metric names.

    Raises:
        PromQLError: two series have the same labels then, and are present at the same time.
    """
    return united(frame.values, frame.present, memo(_nameless, frame.labels), position)


def _nameless(labels: tuple[Labels, ...]) -> Partition:
    names = {each.get(NAME) for each in labels}
    if names <= {None}:
        return alone(labels)
    bare = tuple(each.without(NAME) for each in labels)
    return alone(bare) if len(names) == 1 else together(bare)


def united(values: Floats, present: Bools, rows: Partition, position: int, *, complaint: str = "") -> Frame:
    """The frame whose series are the groups of `rows`.

    Raises:
        PromQLError: two rows of a group are present at the same time.
    """
    if rows.is_trivial:
        return Frame(rows.labels, values, present)
    present = rows.arranged(present)
    counts = np.add.reduceat(present.astype(np.int64), rows.starts, axis=0)
    if (counts > 1).any():
        raise PromQLError(complaint or "the result would have two elements with the same labels", position)
    united = np.add.reduceat(np.where(present, rows.arranged(values), 0.0), rows.starts, axis=0)
    return Frame(rows.labels, united, counts > 0)
