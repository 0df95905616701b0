"""The series of the monitor, in memory: the last hour of all, and of some a row a minute for much longer.

Rows stand behind one another in chunks (time first, series second), so that adding a sample of everything is one copy.
A chunk's memory is taken row by row as it is written. Reading gives a view; most of what rules ask for is known from
where the samples of each series begin and end (`collector.runs`), and need not be read.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import structlog

from collector.footprint import Footprint, footprint
from collector.resolution import Resolution
from collector.rollup import Rollup
from collector.tier import Extent, RowSink, Tier
from drawdown.series import Floats, Labels, Matcher, Selection

ROLLUPS = Extent(retention=32 * 86_400.0, step=60.0, most=2_000)
_PATIENCE = 10
"""Times for which samples came too late, one after the other, after which the clock is believed to have been set back:
rules that write into the past have but few of them.
"""
_QUIET = 60.0
"""Seconds from one warning to the next."""

_log = structlog.get_logger()


class Store:
    """Two tiers of samples (a `drawdown.series.SeriesSource` and `SeriesSink`). All that is appended goes into `raw`;
    `rollups` follows by itself, for series that are chosen by `roll_up`. Rows of a run before are given to each tier by
    `Tier.append`, in order, before a log is attached.

    `late` counts samples that were not taken because their series had a later one, or because there is no row at their
    time. When samples come too late at ten times in a row the clock was set back: the rows after the last of these
    times are dropped.
    """

    def __init__(
        self, *, retention: float = 3600.0, step: float = 1.0, most: int = 100_000, rollups: Extent = ROLLUPS
    ) -> None:
        """`raw` holds rows `step` seconds apart for `retention` seconds, of `most` series."""
        self.late = 0
        self.raw = Tier(Extent(retention=retention, step=step, most=most))
        self.rollups = Tier(rollups)
        self._rollup = Rollup(self.raw, self.rollups)
        self._resolution = Resolution(self.raw, self.rollups, self._rollup)
        self._too_late: set[float] = set()
        self._complaints = (
            _Complaint(self.raw, "collector.max_series"),
            _Complaint(self.rollups, "collector.max_rollups"),
        )

    @property
    def series(self) -> int:
        """How many series there are."""
        return len(self.raw.index)

    @property
    def refused(self) -> int:
        """How many new series there was no room for, in either tier."""
        return self.raw.index.refused + self.rollups.index.refused

    @property
    def latest(self) -> float:
        """The time of the last row, minus infinity before the first."""
        return self.raw.latest

    def footprint(self) -> Footprint:
        """The memory that it takes at most, while its rows are a step or more apart."""
        return footprint(self.raw.extent, self.rollups.extent)

    def roll_up(self, sets: Iterable[tuple[Matcher, ...]]) -> None:
        """Keep a row a minute of the series that satisfy any of these sets of matchers, from now on and of the time
        that is still in `raw`.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        self._rollup.choose(sets)

    def attach(self, *, raw: RowSink, rollups: RowSink) -> None:
        """Tell each log of the rows that are written to its tier from now on."""
        self.raw.attach(raw)
        self.rollups.attach(rollups)

    def flush(self) -> None:
        """Hand over the last rows: nothing is appended any more."""
        self.raw.flush()
        self.rollups.flush()

    def append(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Add one sample per series at Unix second `at`, as `Tier.append`."""
        self._rollup.before(at)
        refused = self.raw.append(at, labels, values)
        if refused:
            self._refuse(refused, at, labels, values)
        elif self._too_late and not self.raw.is_late(at):
            self._too_late.clear()
        for complaint in self._complaints:
            complaint.consider(at)

    def begin(self, labels: tuple[Labels, ...]) -> None:
        """These series begin with the next row: at the time of the last one they were 0."""
        if labels and self.raw.latest > -math.inf:
            self.raw.append(self.raw.latest, labels, np.zeros(len(labels)))  # says nothing of the clock

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        """Samples with `start <= time <= end`, as `Tier.select`. What lies before the first row of `raw` is answered
        from `rollups`; so is all when the reader looks back farther than `raw` reaches, for then a minute must weigh
        the same wherever it lies.
        """
        if self.raw.covers(start):
            return self.raw.select(matchers, start, end)
        return self._resolution.select(matchers, start, end, window=window)

    def _refuse(self, refused: int, at: float, labels: Sequence[Labels], values: Floats) -> None:
        self._too_late.add(at)
        if len(self._too_late) < _PATIENCE:
            self.late += refused
            return
        until = max(self._too_late)
        self._too_late.clear()
        for tier in (self.raw, self.rollups):
            if tier.latest > until:
                tier.keep_until(until)
        self.append(at, labels, values)


class _Complaint:
    """Says that a tier refuses series, now and then."""

    def __init__(self, tier: Tier, setting: str) -> None:
        self._index = tier.index
        self._setting = setting
        self._known = 0
        self._said_at = -math.inf

    def consider(self, at: float) -> None:
        """Say so, if it refused any since the last time, and that was not just now."""
        if self._index.refused == self._known or self._said_at <= at < self._said_at + _QUIET:
            return
        _log.warning(
            "series_refused",
            metric=self._index.refused_name,
            refused=self._index.refused - self._known,
            hint=f"raise {self._setting}, or have fewer slices or values of them; all other series go on",
        )
        self._known, self._said_at = self._index.refused, at
