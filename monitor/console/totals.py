"""What the counters say of all attempts together, and what was added between two readings.

A reading each ten seconds is kept for an hour: the page's line and its last five minutes are differences of readings,
so that nothing is evaluated over an hour of samples while the page is open.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from alerts.promql import Expression, evaluate, parse
from drawdown.catalogue import ATTEMPTS, CREDIT_TO_CASH, UNEXPLAINED
from drawdown.series import SeriesSource

K = TypeVar("K")
Key = tuple[str, ...]

_RESULTS = parse(f"sum by (origin, result) ({CREDIT_TO_CASH.name})")
_ENDINGS = parse(f"sum by (origin, outcome, reason) ({ATTEMPTS.name})")
_UNEXPLAINED = parse(f"sum by (origin) ({UNEXPLAINED.name})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Attempts counted until `at` (Unix seconds) since the monitor started, or between two such times.

    Keys are (origin, result), (origin, outcome, reason) and (origin,).
    """

    at: float
    results: Mapping[Key, float] = field(default_factory=dict)
    endings: Mapping[Key, float] = field(default_factory=dict)
    unexplained: Mapping[Key, float] = field(default_factory=dict)

    def result(self, origin: str, result: str) -> float:
        """Attempts with enough credit that came out as `result`."""
        return self.results.get((origin, result), 0.0)

    def since(self, earlier: "Totals") -> "Totals":
        """What was added after `earlier`; a counter that fell was started anew and counts from 0."""
        return Totals(
            at=self.at,
            results=_added(earlier.results, self.results),
            endings=_added(earlier.endings, self.endings),
            unexplained=_added(earlier.unexplained, self.unexplained),
        )


def _added(earlier: Mapping[Key, float], later: Mapping[Key, float]) -> Mapping[Key, float]:
    return {key: value - old if value >= (old := earlier.get(key, 0.0)) else value for key, value in later.items()}


def read_totals(source: SeriesSource, at: float) -> Totals:
    """The counters as they stand at Unix second `at`."""
    return Totals(
        at=at,
        results=_read(_RESULTS, source, at=at, labels=("origin", "result")),
        endings=_read(_ENDINGS, source, at=at, labels=("origin", "outcome", "reason")),
        unexplained=_read(_UNEXPLAINED, source, at=at, labels=("origin",)),
    )


def _read(expression: Expression, source: SeriesSource, *, at: float, labels: Sequence[str]) -> Mapping[Key, float]:
    vector = evaluate(expression, source, at)
    keys = (tuple(series.get(label, "") for label in labels) for series in vector.labels)
    return dict(zip(keys, vector.values.tolist(), strict=True))


class Past:
    """Readings of the last hour, one each `step` seconds, oldest first."""

    def __init__(self, *, step: float = 10.0, span: float = 3600.0) -> None:
        self.step = step
        self._span = span
        self._readings: list[Totals] = []

    @property
    def readings(self) -> Sequence[Totals]:
        return self._readings

    def due(self, now: float) -> bool:
        """Whether a new step began since the last reading."""
        return not self._readings or now // self.step > self._readings[-1].at // self.step

    def add(self, reading: Totals) -> None:
        """Keep a reading that is newer than all before; forget those that not even the line's first minute needs."""
        self._readings.append(reading)
        first = bisect_right(self._readings, reading.at - self._span - 2 * 60, key=_at)
        del self._readings[:first]

    def before(self, at: float) -> Totals | None:
        """The newest reading that is not newer than `at`, or the oldest that there is; None when there is none."""
        if not self._readings:
            return None
        return self._readings[max(0, bisect_right(self._readings, at, key=_at) - 1)]

    def added(self, reading: Totals, *, seconds: float) -> Totals:
        """What was added in the `seconds` before `reading`, to the nearest step; nothing without an older reading."""
        earlier = self.before(reading.at - seconds)
        return Totals(at=reading.at) if earlier is None else reading.since(earlier)


def _at(reading: Totals) -> float:
    return reading.at
