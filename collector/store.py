"""The last hour of every series, in memory.

Rows stand behind one another in chunks (time first, series second), so that adding a sample of everything is one copy.
A chunk's memory is taken row by row as it is written.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Sequence

import numpy as np

from collector.chunk import Chunk, Columns
from collector.index import Index
from drawdown.series import Block, Floats, Labels, Matcher

_ROWS = 64
"""Rows of a chunk: old ones go a chunk at a time."""
_SPARE = 256
"""Series that a chunk has room for beyond those that exist when it is begun."""
_WRITERS = 16
"""Tuples of labels that need not be looked up again."""
_PATIENCE = 10
"""Late appends in a row after which the clock is believed to have been set back."""


class Store:
    """Samples of the last `retention` seconds (a `drawdown.series.SeriesSource` and `SeriesSink`).

    Appends less than half a `step` apart belong to one row, whose time is that of the first; where two of them write
    the same series, the later one holds. An append for an earlier time is ignored and counted in `late`; but when ten
    come in a row the clock was set back, and the rows after the new time are dropped. A jump forward leaves a gap.
    """

    def __init__(self, *, retention: float = 3600.0, step: float = 1.0) -> None:
        self.late = 0
        self._retention = retention
        self._step = step
        self._index = Index()
        self._chunks: deque[Chunk] = deque()
        self._writers: OrderedDict[int, tuple[tuple[Labels, ...], Columns]] = OrderedDict()
        self._late_in_a_row = 0

    @property
    def series(self) -> int:
        """How many series there are."""
        return len(self._index)

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`; `ABSENT` adds none. The labels differ from one another.

        Raises:
            ValueError: `at` is not finite, or there are not as many values as labels.
        """
        if not math.isfinite(at) or len(labels) != len(values):
            raise ValueError(f"cannot add {len(values)} values of {len(labels)} series at {at}")
        if self._is_late(at):
            return
        columns = self._columns(labels)
        if not self._chunks or at - self._latest >= self._step / 2:
            self._begin_row(at)
        elif self._chunks[-1].width < len(self._index):
            self._widen()
        self._chunks[-1].write(columns, values)

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Block:
        """Samples with `start <= time <= end` of the series that satisfy every matcher, as far back as the retention
        reaches. A regular expression is Python's, which for labels reads like RE2.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        columns, labels = self._index.resolve(matchers)
        if not self._chunks or not labels:
            return Block.empty()
        start = max(start, self._latest - self._retention)
        parts = [(chunk, chunk.between(start, end)) for chunk in self._chunks]
        times = np.concatenate([chunk.times[rows] for chunk, rows in parts])
        values = np.empty((len(labels), len(times)))
        filled = 0
        for chunk, rows in parts:
            upto = filled + rows.stop - rows.start
            if upto > filled:
                chunk.read(columns, rows, values[:, filled:upto])
            filled = upto
        return Block(labels, times, values)

    @property
    def _latest(self) -> float:
        return float(self._chunks[-1].times[-1])

    def _is_late(self, at: float) -> bool:
        """Whether `at` lies before the last row; gives in, and drops the rows after `at`, when that goes on."""
        if not self._chunks or at > self._latest - self._step / 2:
            self._late_in_a_row = 0
            return False
        self._late_in_a_row += 1
        if self._late_in_a_row < _PATIENCE:
            self.late += 1
            return True
        self._late_in_a_row = 0
        self._keep_until(at)
        return False

    def _keep_until(self, at: float) -> None:
        while self._chunks:
            self._chunks[-1].keep_until(at)
            if self._chunks[-1].count:
                return
            self._chunks.pop()

    def _begin_row(self, at: float) -> None:
        if not self._chunks or self._chunks[-1].is_full or self._chunks[-1].width < len(self._index):
            self._add_chunk()
        self._chunks[-1].begin(at)
        while self._chunks[0].times[-1] < at - self._retention:
            self._chunks.popleft()

    def _widen(self) -> None:
        """Move the last row to a chunk that has room for all series."""
        narrow = self._chunks[-1]
        at, samples = narrow.take_last()
        if not narrow.count:
            self._chunks.pop()
        self._add_chunk()
        self._chunks[-1].begin(at)
        self._chunks[-1].write(slice(0, narrow.width), samples)

    def _add_chunk(self) -> None:
        self._chunks.append(Chunk(_ROWS, len(self._index) + _SPARE))

    def _columns(self, labels: Sequence[Labels]) -> Columns:
        if not isinstance(labels, tuple):
            return self._index.columns(labels)
        known = self._writers.get(id(labels))  # the tuple is kept, so that no other one can have its id
        if known is None:
            known = self._writers[id(labels)] = (labels, self._index.columns(labels))
            if len(self._writers) > _WRITERS:
                self._writers.popitem(last=False)
        self._writers.move_to_end(id(labels))
        return known[1]
