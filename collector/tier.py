"""The series of one resolution: their index, and their rows in memory."""

import math
from collections.abc import Sequence
from typing import Protocol

from collector.index import Index
from collector.rows import Rows
from collector.view import View
from collector.writers import Writers
from drawdown.series import Block, Floats, Labels, Matcher, Selection

_PATIENCE = 10
"""Late appends in a row after which the clock is believed to have been set back."""


class RowSink(Protocol):
    """Who is told of the rows of a tier, to keep them beyond memory.

    It takes them within the append: it copies what it wants to keep of `values`, writes later, and raises nothing.
    """

    def put(self, at: float, labels: tuple[Labels, ...], values: Floats) -> None:
        """The row at Unix second `at` is complete: `values` (series,), `ABSENT` where a series has no sample. `labels`
        are all series of the tier, the same tuple as long as none is added or given up. Rows come in ascending order.
        """

    def patch(self, at: float, labels: tuple[Labels, ...], values: Floats) -> None:
        """Samples for the row at `at`, which was put before; `ABSENT` leaves what is there."""

    def cut(self, at: float) -> None:
        """The rows after `at` are void; some of them may never have been put."""


class Tier:
    """Samples of the last `retention` seconds (a `drawdown.series.SeriesSource` and `SeriesSink`).

    Appends less than half a `step` apart belong to one row, whose time is that of the first; where two of them write
    the same series, the later one holds. An append for an earlier time is ignored and counted in `late`; but when ten
    come in a row the clock was set back, and the rows after the new time are dropped. A jump forward leaves a gap.
    """

    def __init__(self, *, retention: float, step: float) -> None:
        self.late = 0
        self._retention = retention
        self._step = step
        self._index = Index()
        self._writers = Writers(self._index)
        self._rows = Rows()
        self._late_in_a_row = 0
        self._log: RowSink | None = None
        self._logged = 0
        """The row from which on none was put into the log."""

    @property
    def series(self) -> int:
        """How many series there are."""
        return len(self._index)

    @property
    def latest(self) -> float | None:
        """The time of the last row."""
        return self._rows.latest if self._rows else None

    def attach(self, log: RowSink) -> None:
        """Tell `log` of all that is written from now on; what is here already it knows."""
        self._log, self._logged = log, self._rows.stop

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`; `ABSENT` adds none. The labels differ from one another.

        Raises:
            ValueError: `at` is not finite, or there are not as many values as labels.
        """
        if not math.isfinite(at) or len(labels) != len(values):
            raise ValueError(f"cannot add {len(values)} values of {len(labels)} series at {at}")
        if self._is_late(at):
            return
        if not self._rows or at - self._rows.latest >= self._step / 2:
            self.flush()
            columns = self._writers.columns(labels)
            self._rows.begin(at, self.series)
            self._rows.drop_before(at - self._retention)
        else:
            columns = self._writers.columns(labels)
            self._rows.widen(self.series)
        self._rows.write(columns, values)
        self._tell(labels, values)

    def flush(self) -> None:
        """The last row is complete."""
        if self._log and self._rows.stop > self._logged:
            self._log.put(self._rows.latest, self._index.all, self._rows.last(self.series))
            self._logged = self._rows.stop

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

    def _tell(self, labels: Sequence[Labels], values: Floats) -> None:
        """What goes into a row that was put already."""
        if self._log and self._rows.stop == self._logged:
            self._log.patch(self._rows.latest, tuple(labels), values)

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
        self._keep_until(at)
        return False

    def _keep_until(self, at: float) -> None:
        self._rows.keep_until(at)
        self._logged = min(self._logged, self._rows.stop)
        if self._log:
            self._log.cut(at)
