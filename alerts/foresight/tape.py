"""Samples whose times are known beforehand."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from alerts.foresight.register import Matchers, Register
from alerts.foresight.sheet import Sheet, Strip
from alerts.foresight.still import mark_of, needed
from drawdown.series import Block, Floats, Labels, Numbers, Selection, is_absent

_MANY: Final = 400
"""More times than an instant selector looks back at, which asks for the newest sample alone."""
_Found = tuple[Numbers, tuple[Labels, ...]]


class Tape:
    """A source and sink of series. Where a sample stands already, a later one for the same time is passed over, as
    Prometheus does. What lies behind `until` (Unix seconds) cannot be seen yet.
    """

    def __init__(self, times: Iterable[float]) -> None:
        """`times` (Unix seconds, to the millisecond) are all that will be written to."""
        millis = sorted({round(time * 1000) for time in times})
        self.until = np.inf
        self._times = np.array(millis) / 1000.0
        self._columns = {time: column for column, time in enumerate(millis)}
        self._series = Register()
        self._sheet = Sheet(len(millis))
        self._needed: dict[Matchers, tuple[Numbers, _Found]] = {}

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`."""
        self._write(self._numbers(labels), values[:, np.newaxis], self._columns_of([at]))

    def lay(
        self,
        labels: Sequence[Labels],
        values: Floats,
        *,
        times: Sequence[float] | Floats,
        rows: Numbers | None = None,
    ) -> None:
        """Add `values` (rows, times), of which series `labels[i]` gets the row `rows[i]`, or i without `rows`. ABSENT
        adds none.
        """
        known = len(self._series)
        numbers, columns = self._numbers(labels), self._columns_of(times)
        rows = np.arange(len(labels)) if rows is None else rows
        if len(numbers) == len(self._series) - known:  # nothing stands there
            self._sheet.begin(numbers, values, columns, rows=rows)
        else:
            self._write(numbers, values[rows], columns)

    def _columns_of(self, times: Iterable[float]) -> Numbers:
        return np.array([self._columns[round(time * 1000)] for time in times], dtype=np.intp)

    def _numbers(self, labels: Sequence[Labels]) -> Numbers:
        numbers = self._series.numbers(labels)
        self._sheet.make_room(len(self._series))
        return numbers

    def _write(self, numbers: Numbers, values: Floats, columns: Numbers) -> None:
        if self._sheet.write(numbers, values, columns):
            self._needed.clear()

    def select(self, matchers: Matchers, start: float, end: float, *, window: float = 0.0) -> Selection:  # noqa: ARG002
        """As `drawdown.series.SeriesSource`; of series that stand still only those that are needed, if it is marked so
        (`alerts.foresight.still`).
        """
        numbers, labels = self._chosen(matchers)
        left = np.searchsorted(self._times, start, side="left")
        right = np.searchsorted(self._times, min(end, self.until), side="right")
        strip = self._sheet.strip(numbers, labels, slice(left, right), times=self._times[left:right])
        return strip if right - left < _MANY else _slim(strip)

    def _chosen(self, matchers: Matchers) -> _Found:
        plain, mark = mark_of(matchers)
        numbers, labels = self._series.matching(plain)
        if mark is None:
            return numbers, labels
        of, found = self._needed.get(matchers, (None, (numbers, labels)))
        if of is not numbers:
            rows = needed(labels, self._sheet.still(numbers), mark)
            found = numbers[rows], tuple(labels[row] for row in rows.tolist())
            self._needed[matchers] = numbers, found
        return found


def _slim(strip: Strip) -> Selection:
    """It without the times at which it has no sample, if there are many: series may be written once in a minute."""
    whole = Block(strip.labels, strip.times, strip.values)
    if not is_absent(whole.values[:1]).any():
        return whole
    held = np.flatnonzero(~is_absent(whole.values).all(axis=0))
    return whole if 2 * len(held) > len(whole.times) else Block(whole.labels, whole.times[held], whole.values[:, held])
