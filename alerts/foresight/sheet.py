"""Lines of samples, of which series that stand still have one in common."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from alerts.foresight.still import stand_still
from drawdown.series import ABSENT, Bools, Edges, Floats, Labels, Newest, Numbers, is_absent

_NEAR: Final = 16
_EMPTY: Final = 0
"""The line of a series that has no sample yet."""
_ROOM: Final = 8
"""How many times as many lines there is room for as are there when they have become too many. Those that nothing is
written to cost next to nothing, and to copy the others costs much.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Some `lines` of `samples` (all lines, T) as a selection: they are copied when somebody reads all of them."""

    labels: tuple[Labels, ...]
    times: Floats
    samples: Floats
    lines: Numbers

    @property
    def values(self) -> Floats:
        values: Floats = self.samples[self.lines]
        return values

    def cut(self, left: int, right: int) -> Self:
        return type(self)(self.labels, self.times[left:right], self.samples[:, left:right], self.lines)

    def edges(self) -> Edges:
        return Edges.of(self.values)

    def newest(self) -> Newest:
        """Mostly they stand in one of the last columns; only of other series all have to be read."""
        found = Newest.of(self.samples[self.lines, -_NEAR:])
        columns = found.columns + max(0, len(self.times) - _NEAR)
        others = np.flatnonzero(is_absent(found.values))
        rest = Newest.of(self.samples[self.lines[others]])
        found.values[others], columns[others], found.present[others] = rest.values, rest.columns, rest.present
        return Newest(found.values, columns, found.present)


class Sheet:
    """Samples (lines, columns) of numbered series, of which one that is there already is never replaced."""

    def __init__(self, columns: int) -> None:
        self._values = np.full((1, columns), ABSENT)
        """Lines from `_used` on are not filled yet: to fill them would take longer than to add them."""
        self._used = 1
        self._common = np.ones(1, np.bool_)
        """Of each line, whether it may belong to several series: it is not written to."""
        self._lines = np.zeros(16, np.intp)
        """The line of each series."""

    def strip(self, series: Numbers, labels: tuple[Labels, ...], columns: slice, *, times: Floats) -> "Strip":
        """The samples in these columns, taken at `times`."""
        return Strip(labels, times, self._values[:, columns], self._lines[series])

    def still(self, series: Numbers) -> Bools:
        """Which of them have one and the same sample in all columns."""
        lines = self._lines[series]
        still: Bools = self._common[lines] & (lines != _EMPTY)
        return still

    def make_room(self, series: int) -> None:
        """For that many series."""
        if series > len(self._lines):
            self._lines = np.append(self._lines, np.full(2 * series - len(self._lines), _EMPTY))

    def begin(self, series: Numbers, values: Floats, columns: Numbers, *, rows: Numbers) -> None:
        """Series that have no line yet get the row `rows[i]` of `values` (rows, columns) each."""
        whole = len(columns) == self._values.shape[1]
        still = stand_still(values)[rows] if whole else np.zeros(len(rows), np.bool_)
        self._lines[series[~still]] = self._added(values[rows[~still]], columns)
        shared, places = np.unique(rows[still], return_inverse=True)
        lines = self._added(values[shared], columns)
        self._common[lines] = True
        self._lines[series[still]] = lines[places]

    def write(self, series: Numbers, values: Floats, columns: Numbers) -> bool:
        """Add `values` (series, columns) where there are none. Whether a series got a line of its own for that."""
        lines = self._lines[series]
        strange = self._common[lines]
        changed = bool(strange.any())
        if changed:
            every = np.arange(self._values.shape[1])
            self._lines[series[strange]] = self._added(self._values[lines[strange]], every)
            lines = self._lines[series]
        place = np.ix_(lines, columns)
        before = self._values[place]
        self._values[place] = np.where(is_absent(before), values, before)
        return changed

    def _added(self, values: Floats, columns: Numbers) -> Numbers:
        """New lines with these values."""
        first, used = self._used, self._used + len(values)
        if used > len(self._values):
            self._lengthen(_ROOM * used)
        self._used = used
        lines = self._values[first : self._used]
        if len(columns) < lines.shape[1]:
            lines[:] = ABSENT
        lines[:, _span(columns)] = values
        return np.arange(first, self._used)

    def _lengthen(self, lines: int) -> None:
        longer = np.empty((lines, self._values.shape[1]))
        longer[: self._used] = self._values[: self._used]
        self._values = longer
        self._common = np.append(self._common, np.zeros(lines - len(self._common), np.bool_))


def _span(columns: Numbers) -> Numbers | slice:
    """The columns, as a slice where they follow each other."""
    first, last = (int(columns[0]), int(columns[-1])) if len(columns) else (0, -1)
    return slice(first, last + 1) if last - first == len(columns) - 1 and (np.diff(columns) == 1).all() else columns
