"""Every metric that the monitor exports: its type, its labels and what they may hold.

The recorder writes nothing else, and rules, dashboards and documents are checked against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drawdown.outcome import SLICES


class Type(StrEnum):
    """Prometheus' metric types, as far as they are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Result(StrEnum):
    """How an attempt with enough credit came out, for the headline indicator: the label `result`."""

    PAID = "paid"
    TECHNICAL = "technical"
    POLICY = "policy"
    BORROWER = "borrower"


class Decision(StrEnum):
    """What a person decided on an attempt that a policy had blocked: the label `decision`."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric by its name in PromQL. `labels` are in the order of exposition, `buckets` upper bounds in seconds."""

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series_names(self) -> tuple[str, ...]:
        """The names its series have in a store."""
        if self.type is Type.HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)

    @property
    def series_labels(self) -> frozenset[str]:
        """The labels its series can have in a store."""
        return frozenset(self.labels) | ({"le"} if self.type is Type.HISTOGRAM else set())


STEP_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 30.0)
"""Edges that include the targets of the field: 3 s, 5 s and the cut-off at 7 s."""

CALLBACK_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 86_400.0)
"""Edges around the usual times at which a callback that was lost comes again: 4 min, 10 min, hours."""

_WHO = ("origin", "journey")

ATTEMPTS = Metric(
    name="drawdown_attempts_total",
    type=Type.COUNTER,
    help="Attempts to draw money that ended, by how and why.",
    labels=(*_WHO, *SLICES, "outcome", "reason"),
)
CREDIT_TO_CASH = Metric(
    name="drawdown_credit_to_cash_total",
    type=Type.COUNTER,
    help="Attempts whose borrower had enough credit, by how they came out; paid over all is the headline indicator.",
    labels=(*_WHO, *SLICES, "result"),
)
REPEATS = Metric(
    name="drawdown_repeats_total",
    type=Type.COUNTER,
    help="Of the attempts, those whose borrower had been refused for the same reason within the ten minutes before.",
    labels=("journey", *SLICES, "reason"),
)
REGION_ATTEMPTS = Metric(
    name="drawdown_region_attempts_total",
    type=Type.COUNTER,
    help="Attempts of borrowers by region alone, and why they ended; repeats are left out.",
    labels=("journey", "region", "reason"),
)
APP_ATTEMPTS = Metric(
    name="drawdown_app_attempts_total",
    type=Type.COUNTER,
    help="Attempts of borrowers by app version alone, and why they ended; repeats are left out.",
    labels=("journey", "app", "reason"),
)
UNEXPLAINED = Metric(
    name="drawdown_unexplained_total",
    type=Type.COUNTER,
    help="Failed or blocked attempts whose borrower was shown no reason to act on.",
    labels=(*_WHO, "reason"),
)
REVIEWS = Metric(
    name="drawdown_reviews_total",
    type=Type.COUNTER,
    help="Blocked attempts that a person has reviewed, by decision; overturned over all is the false-block rate.",
    labels=("journey", "tier", "reason", "decision"),
)
CALLBACK_LAG = Metric(
    name="drawdown_callback_lag_seconds",
    type=Type.HISTOGRAM,
    help="Time from when a channel ended a payout until the lender heard of it by callback.",
    labels=("journey", "channel"),
    buckets=CALLBACK_SECONDS,
)
PROBE_RUNS = Metric(
    name="drawdown_probe_runs_total",
    type=Type.COUNTER,
    help="Scheduled runs of probes that ended, by the location they ran from, how and why.",
    labels=("journey", "location", "outcome", "reason"),
)
ATTEMPT_DURATION = Metric(
    name="drawdown_attempt_duration_seconds",
    type=Type.HISTOGRAM,
    help="Time from the start of an attempt to its end.",
    labels=(*_WHO, "outcome"),
    buckets=STEP_SECONDS,
)
STEP_DURATION = Metric(
    name="drawdown_step_duration_seconds",
    type=Type.HISTOGRAM,
    help="Time of one step of a journey until its answer was read or given up; polls of a step add up.",
    labels=(*_WHO, "step", "outcome"),
    buckets=STEP_SECONDS,
)
GATEWAY_TIMEOUTS = Metric(
    name="drawdown_gateway_timeouts_total",
    type=Type.COUNTER,
    help="Attempts that ended because a payment channel gave no answer in time.",
    labels=(*_WHO, "channel"),
)
LAST_SUCCESS = Metric(
    name="drawdown_last_success_timestamp_seconds",
    type=Type.GAUGE,
    help="Unix time of the last attempt that was paid out; 0 before the first.",
    labels=_WHO,
)
LAST_ATTEMPT = Metric(
    name="drawdown_last_attempt_timestamp_seconds",
    type=Type.GAUGE,
    help="Unix time of the last attempt that ended, however it did; 0 before the first.",
    labels=_WHO,
)
REFUSED = Metric(
    name="drawdown_ingest_refused_total",
    type=Type.COUNTER,
    help="Outcomes sent to the collector that were not taken, by cause: malformed, too_large, unauthorized or too_old.",
    labels=("cause",),
)
DUPLICATES = Metric(
    name="drawdown_ingest_duplicates_total",
    type=Type.COUNTER,
    help="Outcomes that had been taken before and were not counted again.",
)
FOLDED = Metric(
    name="drawdown_labels_folded_total",
    type=Type.COUNTER,
    help="Values that were counted as other: those that the configuration does not list, of traits those beyond fifty.",
    labels=("label",),
)
MISSED_RUNS = Metric(
    name="drawdown_probe_missed_runs_total",
    type=Type.COUNTER,
    help="Runs of a journey that were due and did not start: the last one still ran or the monitor was late.",
    labels=("journey",),
)
RUN_LAG = Metric(
    name="drawdown_probe_start_lag_seconds",
    type=Type.GAUGE,
    help="How late the last run of a journey started after its time.",
    labels=("journey",),
)
OWED = Metric(
    name="drawdown_probe_owed_loans",
    type=Type.GAUGE,
    help="Loans that probes drew and that are not yet known to be reversed.",
    labels=("journey",),
)
OWED_AGE = Metric(
    name="drawdown_probe_owed_age_seconds",
    type=Type.GAUGE,
    help="Age of the oldest loan that a probe drew and that is not yet known to be reversed; 0 if there is none.",
    labels=("journey",),
)
INCIDENTS_OPEN = Metric(
    name="drawdown_incidents_open",
    type=Type.GAUGE,
    help="Incidents that are open now, by reason.",
    labels=("reason",),
)
NOTICES = Metric(
    name="drawdown_notices_total",
    type=Type.COUNTER,
    help="Notices handed to a channel, by result: sent or failed. A failed one is sent again.",
    labels=("channel", "result"),
)
EVALUATION_SECONDS = Metric(
    name="drawdown_evaluation_duration_seconds",
    type=Type.GAUGE,
    help="Time that the last evaluation of all rules took.",
)
EVALUATION_FAILURES = Metric(
    name="drawdown_evaluation_failures_total",
    type=Type.COUNTER,
    help="Rules whose evaluation failed; their alerts kept their state.",
    labels=("rule",),
)
MISSED_EVALUATIONS = Metric(
    name="drawdown_evaluation_missed_total",
    type=Type.COUNTER,
    help="Evaluations that were due and did not take place because the last one was still running.",
)
SERIES = Metric(
    name="drawdown_store_series",
    type=Type.GAUGE,
    help="Series in the embedded store.",
)
REFUSED_SERIES = Metric(
    name="drawdown_store_series_refused_total",
    type=Type.COUNTER,
    help="New series that the embedded store did not take because it held as many as it may.",
)
LATE_SAMPLES = Metric(
    name="drawdown_store_late_samples_total",
    type=Type.COUNTER,
    help="Samples that the embedded store did not take because their series had a later one.",
)
REPAIRS = Metric(
    name="drawdown_store_repairs_total",
    type=Type.COUNTER,
    help="Damaged files of the embedded store that were repaired when the monitor started.",
)
WRITE_FAILURES = Metric(
    name="drawdown_store_write_failures_total",
    type=Type.COUNTER,
    help="Times that the embedded store could not be written to disk.",
)
SOURCE_QUERIES = Metric(
    name="drawdown_source_queries_total",
    type=Type.COUNTER,
    help="Queries to the Prometheus that rules are evaluated over, by result: answered, refused or failed.",
    labels=("result",),
)
SOURCE_SILENCE = Metric(
    name="drawdown_source_silence_seconds",
    type=Type.GAUGE,
    help="How long the Prometheus that rules are evaluated over has been asked in vain; 0 while it answers.",
)

METRICS: tuple[Metric, ...] = (
    ATTEMPTS,
    CREDIT_TO_CASH,
    REPEATS,
    REGION_ATTEMPTS,
    APP_ATTEMPTS,
    UNEXPLAINED,
    REVIEWS,
    CALLBACK_LAG,
    PROBE_RUNS,
    ATTEMPT_DURATION,
    STEP_DURATION,
    GATEWAY_TIMEOUTS,
    LAST_SUCCESS,
    LAST_ATTEMPT,
    REFUSED,
    DUPLICATES,
    FOLDED,
    MISSED_RUNS,
    RUN_LAG,
    OWED,
    OWED_AGE,
    INCIDENTS_OPEN,
    NOTICES,
    EVALUATION_SECONDS,
    EVALUATION_FAILURES,
    MISSED_EVALUATIONS,
    SERIES,
    REFUSED_SERIES,
    LATE_SAMPLES,
    REPAIRS,
    WRITE_FAILURES,
    SOURCE_QUERIES,
    SOURCE_SILENCE,
)

TRAIT_ATTEMPTS: Mapping[str, Metric] = {"region": REGION_ATTEMPTS, "app": APP_ATTEMPTS}
"""By trait: what counts attempts by it."""

SERIES_LABELS: Mapping[str, frozenset[str]] = {
    name: metric.series_labels for metric in METRICS for name in metric.series_names
}
"""By the name of a series as rules and dashboards write it: the labels it can have."""


class Instruments(Protocol):
    """What a room that measures itself is given: two verbs on the metrics of this catalogue.

    Labels are given by name and must be exactly those of the metric.
    """

    def add(self, metric: Metric, amount: float = 1.0, /, **labels: str) -> None:
        """Add `amount` (not negative) to a counter."""

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Set a gauge."""
