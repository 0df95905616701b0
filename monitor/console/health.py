"""The monitor's own health, for the page's footer and for whoever watches the watcher."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.promql import evaluate, parse
from drawdown.catalogue import (
    EVALUATION_FAILURES,
    EVALUATION_SECONDS,
    MISSED_EVALUATIONS,
    MISSED_RUNS,
    NOTICES,
    OWED,
    REFUSED,
    REFUSED_SERIES,
    SERIES,
)
from drawdown.series import SeriesSource

LATE = 10.0
"""Seconds without an evaluation after which nothing on the page can be believed."""

_GAUGES = {
    "evaluation_seconds": parse(f"max({EVALUATION_SECONDS.name})"),
    "evaluations_missed": parse(f"sum({MISSED_EVALUATIONS.name})"),
    "evaluations_failed": parse(f"sum({EVALUATION_FAILURES.name})"),
    "series": parse(f"max({SERIES.name})"),
    "series_refused": parse(f"max({REFUSED_SERIES.name})"),
    "runs_missed": parse(f"sum({MISSED_RUNS.name})"),
    "owed_loans": parse(f"sum({OWED.name})"),
    "notices_failed": parse(f'sum({NOTICES.name}{{result="failed"}})'),
    "outcomes_refused": parse(f"sum({REFUSED.name})"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """When rules were last evaluated, None before the first time, and the monitor's counts of itself where known."""

    evaluated_at: float | None
    counts: Mapping[str, float]

    def late(self, now: float) -> bool:
        return is_late(self.evaluated_at, now)


def is_late(evaluated_at: float | None, now: float) -> bool:
    """Whether the last evaluation is too long ago; before the first there is nothing to believe either."""
    return evaluated_at is None or now - evaluated_at >= LATE


def read_health(source: SeriesSource, *, evaluated_at: float | None, now: float) -> Health:
    vectors = {name: evaluate(expression, source, now) for name, expression in _GAUGES.items()}
    counts = {name: float(vector.values[0]) for name, vector in vectors.items() if len(vector.values)}
    return Health(evaluated_at=evaluated_at, counts=counts)
