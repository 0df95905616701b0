"""Counts by time and labels, read from CSV: whoever can write a GROUP BY can ask what a rule would have done."""

import csv
import io
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from drawdown.errors import InvalidInput, Place, Problem
from drawdown.series import NAME, Floats, Labels
from drawdown.wording import unknown
from monitor.replay.columns import Columns, amount
from monitor.replay.lines import BROKEN, Refusals, main_stretch, opened, unusable

_MOST_SETS = 100_000
"""Sets of labels that are told apart; a line with one more is refused."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Counts:
    """`amounts` (lines, counters) of the lines that could be used: each in the step that starts at `at` (lines,) in
    ascending Unix seconds, for the labels `sets[which]` (lines,).
    """

    step: float
    counters: tuple[str, ...]
    sets: tuple[Labels, ...]
    at: Floats
    which: npt.NDArray[np.int64]
    amounts: Floats

    @property
    def start(self) -> float:
        """When the first step begins."""
        return float(self.at[0])

    @property
    def end(self) -> float:
        """When the last step is over."""
        return float(self.at[-1]) + self.step

    def series(self) -> tuple[Labels, ...]:
        """One counter after the other, each for every set of labels."""
        return tuple(labels.with_({NAME: name}) for name in self.counters for labels in self.sets)

    def added(self) -> Iterator[tuple[float, Floats]]:
        """Of each step that has lines: its start, and by how much each of the `series` grew."""
        starts, firsts = np.unique(self.at, return_index=True)
        for start, first, last in zip(starts.tolist(), firsts, [*firsts[1:], len(self.at)], strict=True):
            grown = np.zeros((len(self.counters), len(self.sets)))
            np.add.at(grown.T, self.which[first:last], self.amounts[first:last])
            yield start, grown.ravel()


def read_counts(path: Path, columns: Columns, refusals: Refusals) -> Counts:
    """The counts in a CSV file with a header, in any order; lines that cannot be used go to `refusals`.

    Raises:
        InvalidInput: the file cannot be read, lacks a column, or has no line that can be used.
    """
    with opened(path) as file:
        rows = csv.reader(_texts(file))
        cells = _Cells(columns, _header(rows, path, refusals), path)
        sheet = _Sheet(len(columns.counters))
        for number, row in _numbered(rows, refusals):
            try:
                sheet.add(number, *cells.read(row))
            except ValueError as error:
                refusals.add(number, str(error))
    if not sheet.lines:
        raise InvalidInput([*refusals.problems, *unusable(path, "holds no line that can be used").problems])
    return sheet.counts(columns, refusals)


def _texts(file: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")


def _header(rows: Iterator[list[str]], path: Path, refusals: Refusals) -> list[str]:
    for _, row in _numbered(rows, refusals):
        return [name.strip() for name in row]
    raise InvalidInput([*refusals.problems, *unusable(path, "is empty; the first line must name the columns").problems])


def _numbered(rows: Iterator[list[str]], refusals: Refusals) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, until the file ends or breaks."""
    line = 0
    try:
        for row in rows:
            line = rows.line_num  # type: ignore[attr-defined]  # a csv.reader
            if row:
                yield line, row
    except csv.Error as error:
        refusals.add(line + 1, f"is not CSV: {error}; what follows was not read")
    except BROKEN as error:
        refusals.add(line + 1, f"cannot be read on: {error}; what follows is lost")


_Line = tuple[float, tuple[str, ...], tuple[float, ...]]


class _Cells:
    """Takes a row apart: its time, the values of its labels, its amounts."""

    def __init__(self, columns: Columns, header: Sequence[str], path: Path) -> None:
        problems: list[Problem] = []

        def index(column: str) -> int:
            if header.count(column) == 1:
                return header.index(column)
            twice = f"two columns are named {column!r}; rename one"
            message = twice if column in header else unknown("column", column, list(header))
            problems.append(Problem(place=Place(source=str(path), line=1, column=1), message=message))
            return 0

        self._time = index(columns.time.column)
        self._seconds = _Remembering(columns.time.seconds)
        self._labels = [(index(label.column), label.values) for label in columns.labels.values() if label.column]
        self._amounts = [index(column) for column in columns.counters.values()]
        self._width = len(header)
        if problems:
            raise InvalidInput(problems)

    def read(self, row: Sequence[str]) -> _Line:
        """Raises ValueError where something cannot be read."""
        if len(row) != self._width:
            raise ValueError(f"has {len(row)} cells, the header {self._width}")
        values = tuple(named.get(row[index], row[index]) for index, named in self._labels)
        return self._seconds(row[self._time]), values, tuple(amount(row[index]) for index in self._amounts)


class _Remembering:
    """A function of a text, whose last answers it keeps: neighbours in a file have the same time."""

    def __init__(self, function: Callable[[str], float]) -> None:
        self._function = function
        self._known: dict[str, float] = {}

    def __call__(self, text: str) -> float:
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= 10_000:
                self._known.clear()
            known = self._known[text] = self._function(text)
        return known


class _Sheet:
    """The lines read so far, in columns."""

    def __init__(self, counters: int) -> None:
        self._counters = counters
        self._at = array("d")
        self._which = array("q")
        self._amounts = array("d")
        self._line = array("q")
        self._sets: dict[tuple[str, ...], int] = {}

    @property
    def lines(self) -> int:
        return len(self._line)

    def add(self, line: int, at: float, values: tuple[str, ...], amounts: tuple[float, ...]) -> None:
        """Raises ValueError where there is no room for one more set of labels."""
        which = self._sets.get(values)
        if which is None:
            if len(self._sets) >= _MOST_SETS:
                raise ValueError(f"has the {_MOST_SETS + 1}th set of labels; map fewer columns to labels")
            which = self._sets[values] = len(self._sets)
        self._at.append(at)
        self._which.append(which)
        self._amounts.extend(amounts)
        self._line.append(line)

    def counts(self, columns: Columns, refusals: Refusals) -> Counts:
        at = _floored(np.array(self._at), columns)
        used = self._used(at, refusals)
        order = used[np.argsort(at[used], kind="stable")]
        return Counts(
            step=columns.step,
            counters=tuple(columns.counters),
            sets=tuple(_labels(columns, values) for values in self._sets),
            at=at[order],
            which=np.array(self._which, dtype=np.int64)[order],
            amounts=np.array(self._amounts).reshape(-1, self._counters)[order],
        )

    def _used(self, at: Floats, refusals: Refusals) -> npt.NDArray[np.int64]:
        """The lines that belong to one story."""
        first, last = main_stretch(Counter(at.tolist()))
        apart = (at < first) | (at > last)
        for line in np.array(self._line)[apart].tolist():
            refusals.add(line, "lies more than a month from the other lines; is its time right?")
        return np.flatnonzero(~apart)


def _floored(at: Floats, columns: Columns) -> Floats:
    """When the step of each time begins. Steps are counted from the local midnight before the first one."""
    first = float(at.min())
    offset = columns.time.offset(first)
    midnight = (first + offset) // 86_400 * 86_400 - offset
    floored: Floats = midnight + (at - midnight) // columns.step * columns.step
    return floored


def _labels(columns: Columns, values: tuple[str, ...]) -> Labels:
    given = iter(values)
    labels: Mapping[str, str] = {
        name: next(given) if label.column else label.value for name, label in columns.labels.items()
    }
    return Labels(labels)
