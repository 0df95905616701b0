"""A stretch of rows: the samples of all series at some times, one time after the other."""

import numpy as np

from drawdown.series import ABSENT, Bools, Floats, Numbers

Columns = slice | Numbers
"""Which series are meant, ascending for reading: a slice where they stand side by side, which is much faster."""


def columns_of(numbers: Numbers) -> Columns:
    """The same columns, as a slice where that is possible."""
    if len(numbers) and bool(np.all(np.diff(numbers) == 1)):
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers


def numbers_of(columns: Columns) -> Numbers:
    """The same columns one by one."""
    return np.arange(columns.start, columns.stop) if isinstance(columns, slice) else columns


class Chunk:
    """Up to `capacity` rows of `width` series; `start` is the number of the first row.

    Above its first row it keeps the last row of the chunk before, so that it can tell by itself where a series fell.
    """

    def __init__(self, start: int, *, capacity: int, width: int, above: Floats) -> None:
        self.start = start
        self.stop = start
        self.width = width
        self._samples: Floats = np.empty((capacity + 1, width))
        self._samples[0] = ABSENT
        self._samples[0, : len(above)] = above
        self._fell: Bools = np.zeros(width, np.bool_)
        self._lost: Floats | None = None

    @property
    def is_full(self) -> bool:
        return len(self) == len(self._samples) - 1

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def last(self) -> Floats:
        """The samples (width,) of the last row."""
        last: Floats = self._samples[len(self)]
        return last

    def begin(self) -> None:
        """Add a row without samples."""
        self.stop += 1
        self.last[:] = ABSENT

    def write(self, columns: Columns, values: Floats) -> None:
        """Put samples into the last row."""
        self.last[columns] = values

    def patch(self, number: int, columns: Numbers, values: Floats) -> None:
        """Put samples of series that there is room for into one row, or into the one before `start`."""
        self._samples[number - self.start + 1, columns] = values

    def note(self, fallen: Numbers) -> None:
        """Remember that these columns fell in one of the rows."""
        self._fell[fallen] = True
        self._lost = None

    def widen(self, width: int) -> None:
        """Make room for `width` series."""
        if width > self.width:
            self._move(slice(0, self.width), width)

    def close(self) -> None:
        """Take no more rows."""
        if not self.is_full:
            self._samples = self._samples[: len(self) + 1].copy()

    def give_up_others(self, kept: Numbers, width: int) -> None:
        """Keep only the series of these columns (ascending), with room for `width`."""
        self._move(kept[kept < self.width], width)

    def keep(self, stop: int) -> None:
        """Drop the rows from `stop` on."""
        self.stop = max(self.start, min(self.stop, stop))
        self._lost = None

    def row(self, number: int, columns: Columns) -> Floats:
        """The samples of one row; series that came after this chunk have none."""
        row: Floats = self.read(columns, number, number + 1)[0]
        return row

    def read(self, columns: Columns, first: int, stop: int) -> Floats:
        """The samples (rows, series) of the rows from `first` to before `stop`; the row before `start` is there too."""
        rows, inside = slice(first - self.start + 1, stop - self.start + 1), self._inside(columns)
        samples = self._samples[rows, inside] if isinstance(inside, slice) else self._samples[rows].take(inside, axis=1)
        missing = len(numbers_of(columns)) - samples.shape[1]
        return np.pad(samples, ((0, 0), (0, missing)), constant_values=ABSENT) if missing else samples

    def cells(self, numbers: Numbers, columns: Numbers) -> Floats:
        """The sample of each of `columns` in a row of its own."""
        inside = np.minimum(columns, self.width - 1)
        return np.where(columns < self.width, self._samples[numbers - self.start + 1, inside], ABSENT)

    def fell(self, columns: Numbers) -> Bools:
        """Which of the series may have fallen in one of the rows."""
        inside = np.minimum(columns, self.width - 1)
        return self._fell[inside] & (columns < self.width)

    def lost(self, columns: Numbers) -> Floats:
        """What each of these series, all of which have room here, lost in all rows. Only of a chunk that is done."""
        if self._lost is None:
            self._lost = losses(self._samples[: len(self) + 1])
        lost: Floats = self._lost[columns]
        return lost

    def _move(self, columns: Columns, width: int) -> None:
        """Have room for `width` series, the first of which are those that stand in `columns`."""
        old, fell, count = self._samples[: len(self) + 1, columns], self._fell[columns], len(numbers_of(columns))
        self._samples = np.empty((len(self._samples), width))
        self._samples[: len(old), :count] = old
        self._samples[: len(old), count:] = ABSENT
        self._fell = np.zeros(width, np.bool_)
        self._fell[:count] = fell
        self._lost, self.width = None, width

    def _inside(self, columns: Columns) -> Columns:
        if isinstance(columns, slice):
            return slice(min(columns.start, self.width), min(columns.stop, self.width))
        return columns[: int(np.searchsorted(columns, self.width))]


def losses(samples: Floats, counts: Bools | None = None) -> Floats:
    """By series, the sum of the samples (rows, series) that are followed by a lower one, where that fall `counts`."""
    before, after = samples[:-1], samples[1:]
    falls = after < before if counts is None else (after < before) & counts
    lost: Floats = np.where(falls, before, 0.0).sum(axis=0)
    return lost
