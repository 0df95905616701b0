"""An alert: one element that a rule's expression returns, from its first return until it is gone for good."""

from dataclasses import dataclass, field
from enum import StrEnum

from drawdown.series import Labels


class AlertState(StrEnum):
    """Prometheus' states of an alert."""

    PENDING = "pending"
    FIRING = "firing"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`labels` identify it (with `alertname`). Times are Unix seconds: `active_at` of the first evaluation that gave
    the element, `fired_at` when `for` had passed, `last_seen_at` of the last evaluation that returned it, `resolved_at`
    when it became inactive after firing. `value` is the expression's last value.
    """

    labels: Labels
    annotations: Labels = field(default_factory=Labels)
    state: AlertState
    value: float
    active_at: float
    last_seen_at: float
    fired_at: float | None = None
    resolved_at: float | None = None
