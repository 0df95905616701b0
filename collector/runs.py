"""Where the samples of each series stand, so that a reader needs only their ends.

Samples in row after row are a run. Most series have one run that still goes on: what lies between the ends of a window
is then known without reading it.
"""

import numpy as np

from collector.chunk import Columns
from drawdown.series import Floats, Numbers, is_stale

_NEVER = -1


class _State:
    """By series: the rows in which its last run began and ends, in which the run before that ended, in which it last
    fell, and which had the last staleness marker (-1 for none); and its newest sample.
    """

    __slots__ = ("before", "ended", "fell", "newest", "since", "until")

    def __init__(self, width: int) -> None:
        self.since: Numbers = np.full(width, _NEVER)
        self.until: Numbers = np.full(width, _NEVER)
        self.before: Numbers = np.full(width, _NEVER)
        self.fell: Numbers = np.full(width, _NEVER)
        self.ended: Numbers = np.full(width, _NEVER)
        self.newest: Floats = np.full(width, np.nan)

    @property
    def width(self) -> int:
        return len(self.since)

    def take(self, other: "_State", columns: Columns) -> None:
        """What `other` says of some series."""
        for name in self.__slots__:
            getattr(self, name)[columns] = getattr(other, name)[columns]

    def only(self, columns: Numbers) -> "_State":
        """What it says of these series alone."""
        only = _State(0)
        for name in self.__slots__:
            setattr(only, name, getattr(self, name)[columns])
        return only


class Runs:
    """The runs of all series up to row `row`. A row may be written several times: the last sample of a series holds."""

    def __init__(self) -> None:
        self.row = _NEVER
        self.now = _State(0)
        self._earlier = _State(0)
        """As of the row before."""

    def begin(self, row: int, width: int) -> None:
        """Go on to `row`, in which there are `width` series."""
        self.row = row
        self.widen(width)
        self._earlier.take(self.now, slice(0, width))

    def widen(self, width: int) -> None:
        """Make room for `width` series."""
        if width > self.now.width:
            self.now, self._earlier = (_widened(state, 2 * width) for state in (self.now, self._earlier))

    def newest_rows(self, columns: Columns) -> Numbers:
        """The row of the last sample or staleness marker of each series, -1 for one that has none."""
        return np.maximum(self.now.until[columns], self.now.ended[columns])

    def write(self, columns: Columns, values: Floats) -> Numbers:
        """Take in samples of the row, none of them absent. Which of them, by place in `values`, are falls."""
        return self._take_in(self.row, columns, values)

    def patch(self, row: int, columns: Numbers, values: Floats) -> Numbers:
        """As `write`, of a row before the last, and series that have nothing in that row or later."""
        falls = self._take_in(row, columns, values)
        self._earlier.take(self.now, columns)
        return falls

    def rewind(self, row: int, samples: Floats) -> Numbers:
        """Forget the rows after `row`, whose samples of the first series are these. Which of them must be looked at
        anew: nothing is known of them now.
        """
        now, width = self.now, len(samples)
        goes_on = (now.since <= row) & (now.until > row)
        anew = np.flatnonzero(~goes_on & (self.newest_rows(slice(None)) > row))
        now.until[goes_on] = row
        now.newest[:width][goes_on[:width]] = samples[goes_on[:width]]
        now.fell = np.minimum(now.fell, row)
        now.ended[goes_on] = np.minimum(now.ended[goes_on], row - 1)
        now.take(_State(now.width), anew)
        self._earlier.take(now, slice(None))
        return anew

    def give_up_others(self, kept: Numbers) -> None:
        """Keep only the series of these columns."""
        kept = kept[kept < self.now.width]
        self.now, self._earlier = self.now.only(kept), self._earlier.only(kept)

    def _take_in(self, row: int, columns: Columns, values: Floats) -> Numbers:
        was, now = self._earlier, self.now
        until = was.until[columns]
        goes_on = until == row - 1
        falls = values < was.newest[columns]
        now.since[columns] = np.where(goes_on, was.since[columns], row)
        now.before[columns] = np.where(goes_on, was.before[columns], until)
        now.fell[columns] = np.where(falls, row, was.fell[columns])
        now.ended[columns] = was.ended[columns]
        now.until[columns] = row
        now.newest[columns] = values
        self._end(row, columns, np.flatnonzero(is_stale(values)))
        return np.flatnonzero(falls)

    def _end(self, row: int, columns: Columns, marked: Numbers) -> None:
        """A staleness marker is no sample: all but `ended` is as it was."""
        if len(marked):
            numbers = marked + columns.start if isinstance(columns, slice) else columns[marked]
            self.now.take(self._earlier, numbers)
            self.now.ended[numbers] = row


def _widened(state: _State, width: int) -> _State:
    wide = _State(width)
    wide.take(state, slice(0, state.width))
    return wide
