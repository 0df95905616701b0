"""Series: a set of labels and its samples over time, in the shapes that the store writes and the engine reads.

A selection is a matrix of samples, held in memory or read when it is asked for. Two bit patterns of NaN have a meaning
of their own and must never be tested with `isnan`: `ABSENT` (no sample here) and `STALE` (Prometheus' staleness marker:
the series ended here). Every other NaN is a sample whose value is NaN.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, Self, TypeVar, overload

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]

_ABSENT_BITS: Final = np.uint64(
    0x7FF8_0000_0000_0AB5
)  # ours: quiet, so that passing over it raises no floating-point flag
_STALE_BITS: Final = np.uint64(0x7FF0_0000_0000_0002)  # value.StaleNaN of prometheus/model/value/value.go
ABSENT: Final[np.float64] = np.array([_ABSENT_BITS]).view(np.float64)[0]
STALE: Final[np.float64] = np.array([_STALE_BITS]).view(np.float64)[0]

NAME: Final = "__name__"
_MOST_MADE: Final = 64


def is_absent(values: Floats) -> Bools:
    """Where there is no sample."""
    bits: Bools = np.ascontiguousarray(values).view(np.uint64) == _ABSENT_BITS
    return bits


def is_stale(values: Floats) -> Bools:
    """Where a series ended."""
    bits: Bools = np.ascontiguousarray(values).view(np.uint64) == _STALE_BITS
    return bits


class Labels(Mapping[str, str]):
    """An immutable, hashable set of labels, sorted by name. A label with an empty value is the same as none.

    It remembers the sets that were made from it: the same few are asked for at every evaluation.
    """

    __slots__ = ("_hash", "_made", "_pairs")

    def __init__(self, pairs: Mapping[str, str] | None = None, /, **more: str) -> None:
        merged = {**(pairs or {}), **more}
        self._pairs: dict[str, str] = {name: merged[name] for name in sorted(merged) if merged[name]}
        self._hash = hash(tuple(self._pairs.items()))
        self._made: dict[tuple[bool, tuple[str, ...]], Self] = {}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name]

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T, /) -> str | T: ...
    def get(self, name: str, default: str | T | None = None, /) -> str | T | None:
        return self._pairs.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._pairs

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self._pairs == other._pairs

    def __repr__(self) -> str:
        """In the notation of Prometheus: `name{label="value"}`."""
        inner = ", ".join(f"{name}={_quote(value)}" for name, value in self._pairs.items() if name != NAME)
        return f"{self.get(NAME, '')}{{{inner}}}"

    def only(self, *names: str) -> Self:
        """These labels alone."""
        made = self._made.get((True, names))
        return made if made is not None else self._make(names, kept=True)

    def without(self, *names: str) -> Self:
        """All but these labels."""
        made = self._made.get((False, names))
        return made if made is not None else self._make(names, kept=False)

    def _make(self, names: tuple[str, ...], *, kept: bool) -> Self:
        if len(self._made) >= _MOST_MADE:
            self._made.clear()  # whoever may ask over HTTP can ask for ever new ones
        pairs = {name: value for name, value in self._pairs.items() if (name in names) is kept}
        made = self._made[kept, names] = type(self)(pairs)
        return made

    def with_(self, pairs: Mapping[str, str]) -> Self:
        """These labels, overridden by `pairs`; an empty value removes."""
        return type(self)({**self._pairs, **pairs})


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class Op(StrEnum):
    """How a matcher compares; a regular expression is RE2-like and anchored at both ends."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCH = "=~"
    NOT_MATCH = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label of a series; a label that is absent counts as empty."""

    name: str
    op: Op
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """What lies at both ends of each series (series,) of a selection: how many samples it has, the `first` and the
    `last` of them, the columns where these stand, and what was `lost` between them: the sum of the values from which
    the series fell to lower ones. Where `count` is 0 the rest means nothing.
    """

    count: Numbers
    first: Floats
    last: Floats
    begin: Numbers
    end: Numbers
    lost: Floats

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Those of samples (series, T)."""
        real = ~(is_absent(values) | is_stale(values))
        begin, end = _ends(real)
        first, last = (_cells(values, columns) for columns in (begin, end))
        return cls(real.sum(axis=1), first, last, begin, end, _lost(values, real))


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """The last sample of each series (series,) of a selection and the column where it stands, which count where
    `present`: there is one, and no staleness marker comes after it.
    """

    values: Floats
    columns: Numbers
    present: Bools

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Those of samples (series, T)."""
        held = ~is_absent(values)
        _, columns = _ends(held)
        newest = _cells(values, columns)
        return cls(newest, columns, held.any(axis=1) & ~is_stale(newest))


class Selection(Protocol):
    """Samples of some series. `times` (T,) are ascending Unix seconds shared by all; `values` (series, T) hold the
    samples, `ABSENT` where a series has none at that time. The reader must not write into either, and reads before the
    next sample is written to where they come from.
    """

    @property
    def labels(self) -> tuple[Labels, ...]: ...
    @property
    def times(self) -> Floats: ...
    @property
    def values(self) -> Floats: ...

    def cut(self, left: int, right: int) -> "Selection":
        """The columns from `left` to before `right`."""

    def edges(self) -> Edges:
        """Both ends of the samples; staleness markers are none."""

    def newest(self) -> Newest:
        """The last samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A selection held as one matrix."""

    labels: tuple[Labels, ...]
    times: Floats
    values: Floats

    @classmethod
    def empty(cls) -> Self:
        return cls((), np.empty(0), np.empty((0, 0)))

    def cut(self, left: int, right: int) -> Self:
        return type(self)(self.labels, self.times[left:right], self.values[:, left:right])

    def edges(self) -> Edges:
        return Edges.of(self.values)

    def newest(self) -> Newest:
        return Newest.of(self.values)


def _ends(held: Bools) -> tuple[Numbers, Numbers]:
    """The first and the last column (series,) that is `held` (series, T)."""
    if not held.size:
        return np.zeros(len(held), np.intp), np.zeros(len(held), np.intp)
    return held.argmax(axis=1), held.shape[1] - 1 - held[:, ::-1].argmax(axis=1)


def _cells(values: Floats, columns: Numbers) -> Floats:
    """The value of each series in a column of its own."""
    cells: Floats = values[np.arange(len(values)), columns] if values.size else np.zeros(len(values))
    return cells


def _lost(values: Floats, real: Bools) -> Floats:
    """By series, the sum of the samples that are followed by a lower one."""
    if not real.all():
        columns = np.maximum.accumulate(np.where(real, np.arange(real.shape[1]), 0), axis=1)
        values = np.take_along_axis(values, columns, axis=1)
    before, after = values[:, :-1], values[:, 1:]
    falls = after < before
    lost: Floats = np.where(falls, before, 0.0).sum(axis=1) if falls.any() else np.zeros(len(values))
    return lost


class SeriesSource(Protocol):
    """Where samples are read from."""

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        """Samples with `start <= time <= end` (Unix seconds) of the series that satisfy every matcher. Series without
        a sample in that time may be left out. A source whose series stay the same had better give the same tuple of
        labels again: readers remember what they made of it.

        `window` is how many seconds the reader looks back from any one time: the range of a range selector, the
        look-back of an instant one. A source with several resolutions chooses by it; others pass it over.
        """


class SeriesSink(Protocol):
    """Where samples are written."""

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`; `values[i]` belongs to `labels[i]` (with `__name__`).

        A writer that passes the same tuple again need not have its labels looked up again. Several writers may add to
        one time; a series that nobody writes has no sample then.
        """
