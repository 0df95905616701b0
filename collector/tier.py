"""The series of one resolution: their index, and their rows in memory."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from collector.chunk import Columns
from collector.index import Index, Places
from collector.rows import Rows
from collector.view import View
from collector.writers import Writers
from drawdown.series import Block, Floats, Labels, Matcher, Numbers, Selection, is_absent

Found = tuple[Columns, tuple[Labels, ...]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much a tier holds: rows `step` seconds apart for `retention` seconds, of `most` series. Series of which no
    row has a sample any more are given up when they are a quarter of all, or there is room for no other, and at least
    `unused`.
    """

    retention: float = 3600.0
    step: float = 1.0
    most: int = 100_000
    unused: int = 1000


class Tier:
    """Samples of the last seconds of an `extent`.

    Appends less than half a step apart belong to one row, whose time is that of the first; where two of them write the
    same series, the later one holds. What comes for an earlier time goes into the row that is there, of series that
    have nothing at that time or later. A jump forward leaves a gap.
    """

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.index = Index(extent.most)
        self._writers = Writers(self.index)
        self._rows = Rows()
        self._begin = -math.inf
        """The time before which rows are forgotten, whether they are gone yet or not."""
        self._log: RowSink | None = None
        self._logged = 0
        """The row from which on none was put into the log."""

    @property
    def latest(self) -> float:
        """The time of the last row; before the first one, minus infinity."""
        return self._rows.latest if self._rows else -math.inf

    @property
    def oldest(self) -> float:
        """The time of the first row that is within the retention; before there is one, infinity."""
        return float(self._rows.times(*self._span(-math.inf, math.inf))[0]) if self._rows else math.inf

    def covers(self, at: float) -> bool:
        """Whether `at` is not before the first row that is within the retention; quicker than `oldest`."""
        return bool(self._rows) and at >= max(self._rows.earliest, self._begin)

    def newest_times(self, columns: Numbers) -> Floats:
        """When each series has its last sample or staleness marker; minus infinity for one that has none or is not
        here (-1).
        """
        times, here = np.full(len(columns), -math.inf), np.flatnonzero(columns >= 0)
        times[here] = self._rows.newest_times(columns[here])
        return times

    def attach(self, log: RowSink) -> None:
        """Tell `log` of all that is written from now on; what is here already it knows."""
        self._log, self._logged = log, self._rows.stop

    def is_late(self, at: float) -> bool:
        """Whether `at` belongs to a row before the last."""
        return at <= self.latest - self.extent.step / 2

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> int:
        """Add one sample per series at Unix second `at`; `ABSENT` adds none. The labels differ from one another.

        How many samples came too late to be taken.

        Raises:
            ValueError: `at` is not finite, or there are not as many values as labels.
        """
        if not math.isfinite(at) or len(labels) != len(values):
            raise ValueError(f"cannot add {len(values)} values of {len(labels)} series at {at}")
        if self.is_late(at):
            return self._patch(at, labels, values)
        if at - self.latest >= self.extent.step / 2:
            self.flush()
            self._forget_before(at - self.extent.retention)  # first: series may be given up
            places = self._writers.places(labels)
            self._rows.begin(at, len(self.index))
        else:
            places = self._writers.places(labels)
            self._rows.widen(len(self.index))
        self._rows.write(places.columns, _taken(places, values))
        if self._logged == self._rows.stop:
            self._tell(self.latest, labels, values)
        return 0

    def flush(self) -> None:
        """The last row is complete."""
        if self._log and self._rows.stop > self._logged:
            self._log.put(self.latest, self.index.all, self._rows.last(len(self.index)))
            self._logged = self._rows.stop

    def keep_until(self, at: float) -> None:
        """Drop the rows after `at`. What was forgotten stays so."""
        self._rows.keep_until(at, len(self.index))
        if self.latest < self._begin:
            self._begin = at = -math.inf
            self._rows.keep_until(at, len(self.index))
        self._logged = min(self._logged, self._rows.stop)
        if self._log:
            self._log.cut(at)

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Selection:
        """Samples with `start <= time <= end` of the series that satisfy every matcher, as far back as the retention
        reaches. The labels are the same tuple as long as no such series is added or given up. A regular expression is
        Python's, which for labels reads like RE2.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        return self.view(self.index.resolve(matchers), start, end)

    def view(self, found: Found, start: float, end: float) -> Selection:
        """Samples with `start <= time <= end` of the series that were found in the index."""
        columns, labels = found
        if not self._rows or not labels:
            return Block.empty()
        return View(self._rows, columns, labels, span=self._span(start, end))

    def _span(self, start: float, end: float) -> tuple[int, int]:
        return self._rows.between(max(start, self._begin), end)

    def _patch(self, at: float, labels: Sequence[Labels], values: Floats) -> int:
        """Put samples into an earlier row. How many it does not take."""
        row = self._rows.near(at, self.extent.step / 2)
        asked = int(np.count_nonzero(~is_absent(values)))
        if row is None or self._rows.time(row) < self._begin:
            return asked
        places = self._writers.places(labels)
        self._rows.widen(len(self.index))
        values = _taken(places, values)
        held = self._rows.patch(row, places.columns, values)
        taken = np.arange(len(labels)) if places.taken is None else places.taken
        if row < self._logged:
            self._tell(self._rows.time(row), [labels[i] for i in taken[held]], values[held])
        return int(np.count_nonzero(~is_absent(values) & ~held))

    def _tell(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """What goes into a row that was put already."""
        if self._log and len(labels):
            self._log.patch(at, tuple(labels), values)

    def _forget_before(self, at: float) -> None:
        """Old rows, and the series that have nothing but them."""
        self._begin = max(self._begin, at)
        if not self._rows.drop_before(at):
            return
        series = len(self.index)
        alive = self._rows.alive(series)
        unused = series - len(alive)
        if unused >= self.extent.unused and (4 * unused >= series or self.index.is_full):
            self.index.give_up_others(alive)
            self._rows.give_up_others(alive)
            self._writers.forget()


def _taken(places: Places, values: Floats) -> Floats:
    return values if places.taken is None else values[places.taken]
