"""All rows that are kept, one after the other in chunks, and numbered from 0 on."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice, takewhile

import numpy as np

from collector.chunk import Chunk, Columns, losses, numbers_of
from collector.runs import Runs
from drawdown.series import Bools, Floats, Numbers, is_absent

CHUNK = 64
"""Rows of a chunk: old ones go a chunk at a time."""
_SPARE = 256
"""Series that a chunk has room for beyond those that exist when it is begun,"""
_SHARE = 16
"""or one for so many of them, if that is more: then many new series do not mean many chunks."""
_FIRST_TIMES = 1024


class Rows:
    """Rows of samples with their times. Row `stop - 1` is the last one and may be written."""

    def __init__(self) -> None:
        self.runs = Runs()
        self.stop = 0
        self._chunks: list[Chunk] = []
        self._times: Floats = np.empty(_FIRST_TIMES)
        self._offset = 0
        """The number of the row whose time is the first of `_times`."""

    def __bool__(self) -> bool:
        return bool(self._chunks)

    @property
    def first(self) -> int:
        """The number of the oldest row."""
        return self._chunks[0].start if self._chunks else self.stop

    @property
    def earliest(self) -> float:
        """The time of the oldest row."""
        return self.time(self.first)

    @property
    def latest(self) -> float:
        """The time of the last row."""
        return self.time(self.stop - 1)

    def time(self, number: int) -> float:
        """The time of one row."""
        return float(self._times[number - self._offset])

    def last(self, width: int) -> Floats:
        """The samples (width,) of the last row, which go on to change with it."""
        return self._chunks[-1].row(self.stop - 1, slice(0, width))

    def times(self, first: int, stop: int) -> Floats:
        """The times of the rows from `first` to before `stop`."""
        return self._times[first - self._offset : stop - self._offset]

    def between(self, start: float, end: float) -> tuple[int, int]:
        """The first row with `start <= time` and the one after the last with `time <= end`."""
        times = self.times(self.first, self.stop)
        left, right = int(np.searchsorted(times, start, side="left")), int(np.searchsorted(times, end, side="right"))
        return self.first + left, self.first + max(left, right)

    def near(self, at: float, within: float) -> int | None:
        """The row whose time is nearest to `at` and less than `within` away from it."""
        times = self.times(self.first, self.stop)
        right = int(np.searchsorted(times, at))
        nearest = min((right - 1, right), key=lambda row: abs(times[row] - at) if 0 <= row < len(times) else np.inf)
        close = 0 <= nearest < len(times) and abs(times[nearest] - at) < within
        return self.first + nearest if close else None

    def newest_times(self, columns: Numbers) -> Floats:
        """When each series has its last sample or staleness marker, minus infinity where it is in no row."""
        rows = self.runs.newest_rows(columns) if self else np.full(len(columns), -1)
        here = rows >= self.first
        times = self._times[np.where(here, rows - self._offset, 0)]
        return np.where(here, times, -np.inf)

    def begin(self, at: float, width: int) -> None:
        """Add a row for `width` series."""
        last = self._chunks[-1] if self._chunks else None
        if last is None or last.is_full or last.width < width:
            self._add_chunk(width, above=np.empty(0) if last is None else last.last)
        if self.stop - self._offset == len(self._times):
            self._make_room()
        self._times[self.stop - self._offset] = at
        self.runs.begin(self.stop, width)
        self._chunks[-1].begin()
        self.stop += 1

    def widen(self, width: int) -> None:
        """Make room for `width` series in the last row; where it has none, the row moves to a chunk of its own."""
        self.runs.widen(width)
        narrow = self._chunks[-1]
        if width <= narrow.width:
            return
        row = narrow.last
        narrow.keep(narrow.stop - 1)
        if not len(narrow):
            self._chunks.pop()
        wide = self._add_chunk(width, start=narrow.stop, above=narrow.last)
        wide.begin()
        wide.write(slice(0, narrow.width), row)
        wide.note(np.flatnonzero(self.runs.now.fell[: narrow.width] == self.runs.row))

    def write(self, columns: Columns, values: Floats) -> None:
        """Put samples into the last row; `ABSENT` leaves what is there."""
        gone = is_absent(values)
        if gone.any():
            here = np.flatnonzero(~gone)
            columns, values = numbers_of(columns)[here], values[here]
        self._chunks[-1].write(columns, values)
        falls = self.runs.write(columns, values)
        if len(falls):
            self._chunks[-1].note(numbers_of(columns)[falls])

    def patch(self, number: int, columns: Columns, values: Floats) -> Bools:
        """Put samples into row `number` of those series that have none there or later. Which of them went in."""
        columns = numbers_of(columns)
        held: Bools = ~is_absent(values) & (self.runs.newest_rows(columns) < number)
        if held.any():
            self._patch(number, columns[held], values[held])
        return held

    def drop_before(self, at: float) -> bool:
        """Forget the oldest chunks, as far as all their rows lie before `at`. Whether there were any."""
        count = len(self._chunks)
        while self._chunks and self._times[self._chunks[0].stop - 1 - self._offset] < at:
            self._chunks.pop(0)
        return len(self._chunks) < count

    def alive(self, width: int) -> Numbers:
        """Which of the first `width` series have anything in the rows that are kept."""
        self.runs.widen(width)
        return np.flatnonzero(self.runs.newest_rows(slice(0, width)) >= self.first)

    def give_up_others(self, kept: Numbers) -> None:
        """Keep only the series of these columns (ascending), which then stand side by side."""
        self.runs.give_up_others(kept)
        for chunk in self._chunks:
            chunk.give_up_others(kept, roomy(len(kept)))

    def keep_until(self, at: float, width: int) -> None:
        """Drop the rows after `at`; there are `width` series."""
        self.stop = self.between(-np.inf, at)[1]
        while self._chunks and self._chunks[-1].start >= self.stop:
            self._chunks.pop()
        if self._chunks:
            self._chunks[-1].keep(self.stop)
        self.runs.widen(width)
        self._rewind(width)

    def read(self, columns: Columns, first: int, stop: int) -> Floats:
        """A copy of the samples (series, rows) of the rows from `first` to before `stop`."""
        values = np.empty((len(numbers_of(columns)), stop - first))
        for chunk in self._chunks_within(first, stop):
            left, right = max(first, chunk.start), min(stop, chunk.stop)
            values[:, left - first : right - first] = chunk.read(columns, left, right).T
        return values

    def cells(self, numbers: Numbers, columns: Columns, *, mostly: int) -> Floats:
        """The sample of each series in the row of its own that `numbers` says, which for most is the row `mostly`."""
        samples = self._chunk(mostly).row(mostly, columns)
        rest = np.flatnonzero(numbers != mostly)
        if len(rest):
            samples = samples.copy()
            samples[rest] = self._scattered(numbers[rest], numbers_of(columns)[rest])
        return samples

    def lost(self, columns: Numbers, after: Numbers, upto: Numbers) -> Floats:
        """What each series lost in the rows after the one and up to the other, the values from which it fell."""
        lost = np.zeros(len(columns))
        for chunk in self._chunks_within(int(after.min()) + 1, int(upto.max()) + 1):
            inside = chunk.fell(columns) & (upto >= chunk.start)
            whole = (after < chunk.start) & (upto >= chunk.stop - 1) & (chunk is not self._chunks[-1])
            of_all, of_some = np.flatnonzero(inside & whole), np.flatnonzero(inside & ~whole)
            if len(of_all):
                lost[of_all] += chunk.lost(columns[of_all])
            if len(of_some):
                lost[of_some] += _lost_within(chunk, columns[of_some], after[of_some], upto[of_some])
        return lost

    def _patch(self, number: int, columns: Numbers, values: Floats) -> None:
        """Also where the next chunk repeats the last row of the one before."""
        width = int(columns.max()) + 1
        for chunk in self._chunks_within(number, number + 2):
            if chunk.start - 1 <= number < chunk.stop:
                chunk.widen(width)
                chunk.patch(number, columns, values)
        self._chunk(number).note(columns[self.runs.patch(number, columns, values)])

    def _add_chunk(self, width: int, *, above: Floats, start: int | None = None) -> Chunk:
        if self._chunks:
            self._chunks[-1].close()
        start = self.stop if start is None else start
        self._chunks.append(Chunk(start, capacity=CHUNK, width=roomy(width), above=above))
        return self._chunks[-1]

    def _make_room(self) -> None:
        kept = self.times(self.first, self.stop)
        self._offset = self.first
        self._times = np.empty(max(_FIRST_TIMES, 2 * len(kept)))
        self._times[: len(kept)] = kept

    def _rewind(self, width: int) -> None:
        """Let the runs be as they were when the last row that is kept was written."""
        last = self.stop - 1
        if last > self.first:
            self._follow_anew(self.runs.rewind(last - 1, self._row(last - 1, slice(0, width))), last)
        else:
            self.runs = Runs()
            self.runs.widen(width)
        if self:
            row = self._row(last, slice(0, width))
            here = np.flatnonzero(~is_absent(row))
            self.runs.begin(last, width)
            self.runs.write(here, row[here])

    def _follow_anew(self, columns: Numbers, stop: int) -> None:
        """Find the runs of these series in the rows before `stop`."""
        for number in range(self.first, stop) if len(columns) else ():
            row = self._row(number, columns)
            here = ~is_absent(row)
            self.runs.patch(number, columns[here], row[here])

    def _row(self, number: int, columns: Columns) -> Floats:
        return self._chunk(number).row(number, columns)

    def _chunk(self, number: int) -> Chunk:
        return self._chunks[bisect_right(self._chunks, number, key=lambda chunk: chunk.start) - 1]

    def _chunks_within(self, first: int, stop: int) -> Iterator[Chunk]:
        begin = max(0, bisect_right(self._chunks, first, key=lambda chunk: chunk.start) - 1)
        return takewhile(lambda chunk: chunk.start < stop, islice(self._chunks, begin, None))

    def _scattered(self, numbers: Numbers, columns: Numbers) -> Floats:
        samples = np.empty(len(numbers))
        for chunk in self._chunks_within(int(numbers.min()), int(numbers.max()) + 1):
            here = np.flatnonzero((numbers >= chunk.start) & (numbers < chunk.stop))
            samples[here] = chunk.cells(numbers[here], columns[here])
        return samples


def roomy(width: int) -> int:
    """How many series a chunk has room for that is begun when there are `width`."""
    return width + max(_SPARE, width // _SHARE)


def _lost_within(chunk: Chunk, columns: Numbers, after: Numbers, upto: Numbers) -> Floats:
    """Of the rows of one chunk."""
    first, stop = max(int(after.min()) + 1, chunk.start), min(int(upto.max()) + 1, chunk.stop)
    rows = np.arange(first, stop)[:, np.newaxis]
    return losses(chunk.read(columns, first - 1, stop), (rows > after) & (rows <= upto))
