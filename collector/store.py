"""The last hour of every series, in memory.

Rows stand behind one another in chunks (time first, series second), so that adding a sample of everything is one copy.
A chunk's memory is taken row by row as it is written. Reading gives a view; most of what rules ask for is known from
where the samples of each series begin and end (`collector.runs`), and need not be read.
"""

import math
from collections.abc import Sequence

from collector.index import Index
from collector.rows import Rows
from collector.view import View
from collector.writers import Writers
from drawdown.series import Block, Floats, Labels, Matcher, Selection

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
        self._writers = Writers(self._index)
        self._rows = Rows()
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
        columns = self._writers.columns(labels)
        if not self._rows or at - self._rows.latest >= self._step / 2:
            self._rows.begin(at, self.series)
            self._rows.drop_before(at - self._retention)
        else:
            self._rows.widen(self.series)
        self._rows.write(columns, values)

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Selection:
        """Samples with `start <= time <= end` of the series that satisfy every matcher, as far back as the retention
        reaches. The labels are the same tuple as long as no such series is added. A regular expression is Python's,
        which for labels reads like RE2.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        columns, labels = self._index.resolve(matchers)
        if not self._rows or not labels:
            return Block.empty()
        span = self._rows.between(max(start, self._rows.latest - self._retention), end)
        return View(self._rows, columns, labels, span=span)

    def _is_late(self, at: float) -> bool:
        """Whether `at` lies before the last row; gives in, and drops the rows after `at`, when that goes on."""
        if not self._rows or at > self._rows.latest - self._step / 2:
            self._late_in_a_row = 0
            return False
        self._late_in_a_row += 1
        if self._late_in_a_row < _PATIENCE:
            self.late += 1
            return True
        self._late_in_a_row = 0
        self._rows.keep_until(at)
        return False
