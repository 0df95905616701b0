"""A sheet of samples whose times are known beforehand."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from drawdown.series import ABSENT, NAME, Block, Floats, Labels, Matcher, Op, is_absent

_FEW: Final = 32
_Indices = npt.NDArray[np.intp]
_Found = tuple[int, _Indices, tuple[Labels, ...]]
_ANY: Final = "\0any"
"""Stands for all names."""
_NONE: Final[_Found] = (0, np.empty(0, np.intp), ())


class Tape:
    """A source and sink of series. Where a sample stands already, a later one for the same time is passed over, as
    Prometheus does. What lies behind `until` (Unix seconds) cannot be seen yet.
    """

    def __init__(self, times: Iterable[float]) -> None:
        """`times` (Unix seconds, to the millisecond) are all that will be written to."""
        millis = sorted({round(time * 1000) for time in times})
        self.until = np.inf
        self._times = np.array(millis) / 1000.0
        self._columns = {time: column for column, time in enumerate(millis)}
        self._rows: dict[Labels, int] = {}
        self._values = np.full((16, len(millis)), ABSENT)
        self._named: dict[str, list[tuple[int, Labels]]] = defaultdict(list)
        self._found: dict[tuple[Matcher, ...], _Found] = {}

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`."""
        rows, column = self._rows_of(labels), self._columns[round(at * 1000)]
        before = self._values[rows, column]
        self._values[rows, column] = np.where(is_absent(before), values, before)

    def lay(self, labels: Sequence[Labels], values: Floats, *, times: Sequence[float] | Floats) -> None:
        """Add `values` (series, times); ABSENT adds none."""
        known = len(self._rows)
        rows = self._rows_of(labels)
        columns = np.array([self._columns[round(time * 1000)] for time in times], dtype=np.intp)
        if len(rows) == len(self._rows) - known:  # nothing stands there
            self._values[known : len(self._rows), _span(columns)] = values
            return
        place = np.ix_(rows, columns)
        before = self._values[place]
        self._values[place] = np.where(is_absent(before), values, before)

    def _rows_of(self, labels: Sequence[Labels]) -> _Indices:
        rows = np.array([self._row_of(each) for each in labels], dtype=np.intp)
        if len(self._rows) > len(self._values):
            taller = np.full((2 * len(self._rows), len(self._times)), ABSENT)
            taller[: len(self._values)] = self._values
            self._values = taller
        return rows

    def _row_of(self, labels: Labels) -> int:
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = len(self._rows)
            self._named[labels.get(NAME, "")].append((row, labels))
            self._named[_ANY].append((row, labels))
        return row

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Block:  # noqa: ARG002
        """As `drawdown.series.SeriesSource`."""
        rows, labels = self._matching(matchers)
        left = np.searchsorted(self._times, start, side="left")
        right = np.searchsorted(self._times, min(end, self.until), side="right")
        return _slim(Block(labels, self._times[left:right], self._values[:, left:right][rows]))

    def _matching(self, matchers: tuple[Matcher, ...]) -> tuple[_Indices, tuple[Labels, ...]]:
        """The rows, and their labels: the same tuple as long as they are the same."""
        seen, rows, labels = self._found.get(matchers, _NONE)
        candidates = self._named[_name(matchers)]
        if seen < len(candidates):
            tests = [_test(matcher) for matcher in matchers]
            found = [(row, each) for row, each in candidates[seen:] if all(test(each) for test in tests)]
            if found:
                rows = np.concatenate((rows, np.array([row for row, _ in found], dtype=np.intp)))
                labels = (*labels, *(each for _, each in found))
            self._found[matchers] = len(candidates), rows, labels
        return rows, labels


def _span(columns: _Indices) -> _Indices | slice:
    """The columns, as a slice where they follow each other."""
    first, last = (int(columns[0]), int(columns[-1])) if len(columns) else (0, -1)
    return slice(first, last + 1) if last - first == len(columns) - 1 and (np.diff(columns) == 1).all() else columns


def _name(matchers: tuple[Matcher, ...]) -> str:
    named = (each.value for each in matchers if each.name == NAME and each.op is Op.EQUAL)
    return next(named, _ANY)


def _slim(block: Block) -> Block:
    """It without the times at which it has no sample, if there are many: series may be written once in a minute."""
    if len(block.times) < _FEW or not is_absent(block.values[:1]).any():
        return block
    held = np.flatnonzero(~is_absent(block.values).all(axis=0))
    return block if 2 * len(held) > len(block.times) else Block(block.labels, block.times[held], block.values[:, held])


def _test(matcher: Matcher) -> Callable[[Labels], bool]:
    name, value, wanted = matcher.name, matcher.value, matcher.op in {Op.EQUAL, Op.MATCH}
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return lambda labels: (labels.get(name, "") == value) is wanted
    pattern = re.compile(value, re.DOTALL)
    return lambda labels: (pattern.fullmatch(labels.get(name, "")) is not None) is wanted
