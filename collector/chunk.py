"""A stretch of rows: the samples of all series at some times, one time after the other."""

import numpy as np
import numpy.typing as npt

from drawdown.series import ABSENT, Floats, is_absent

Numbers = npt.NDArray[np.intp]
Columns = slice | Numbers
"""Which series are meant, ascending for reading: a slice where they stand side by side, which is much faster."""


def columns_of(numbers: Numbers) -> Columns:
    """The same columns, as a slice where that is possible."""
    if len(numbers) and bool(np.all(np.diff(numbers) == 1)):
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers


class Chunk:
    """Up to `rows` rows of `width` series."""

    def __init__(self, rows: int, width: int) -> None:
        self.width = width
        self.count = 0
        self._times: Floats = np.empty(rows)
        self._values: Floats = np.empty((rows, width))

    @property
    def times(self) -> Floats:
        """When its rows were written, ascending."""
        return self._times[: self.count]

    @property
    def is_full(self) -> bool:
        return self.count == len(self._times)

    def begin(self, at: float) -> None:
        """Add a row without samples."""
        self._times[self.count] = at
        self._values[self.count] = ABSENT
        self.count += 1

    def write(self, columns: Columns, values: Floats) -> None:
        """Put samples into the last row; `ABSENT` leaves what is there."""
        row = self._values[self.count - 1]
        row[columns] = np.where(is_absent(values), row[columns], values)

    def take_last(self) -> tuple[float, Floats]:
        """Remove the last row: its time and its samples."""
        self.count -= 1
        return float(self._times[self.count]), self._values[self.count]

    def keep_until(self, at: float) -> None:
        """Drop the rows after `at`."""
        self.count = int(np.searchsorted(self.times, at, side="right"))

    def between(self, start: float, end: float) -> slice:
        """The rows with `start <= time <= end`."""
        first, last = np.searchsorted(self.times, start, side="left"), np.searchsorted(self.times, end, side="right")
        return slice(int(first), max(int(first), int(last)))

    def read(self, columns: Columns, rows: slice, out: Floats) -> None:
        """Copy samples to `out` (series, rows); series that came after this chunk have none."""
        inside = self._inside(columns)
        samples = self._values[rows, inside] if isinstance(inside, slice) else self._values[rows].take(inside, axis=1)
        known = samples.shape[1]
        out[:known] = samples.T
        out[known:] = ABSENT

    def _inside(self, columns: Columns) -> Columns:
        if isinstance(columns, slice):
            return slice(min(columns.start, self.width), min(columns.stop, self.width))
        return columns[: int(np.searchsorted(columns, self.width))]
