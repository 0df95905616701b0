"""An alert: one element that a rule's expression returns, from its first return until it is gone for good."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from drawdown.reasons import Reason
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
    missing_since: float | None = None
    """The first evaluation that no longer returned it: where `keep_firing_for` starts to count."""
    kept_until: float = 0.0
    """Until then it keeps its state although it is missing: it was restored and the store has no past yet."""
    group: str = ""
    """The group of its rule; with `alertname` it says which rule made it."""

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")

    @property
    def reason(self) -> Reason:
        """Its label `reason`; `unmapped` where it has none that we know."""
        try:
            return Reason(self.labels.get("reason", ""))
        except ValueError:
            return Reason.UNMAPPED

    @property
    def firing(self) -> bool:
        return self.state is AlertState.FIRING

    def standing(self) -> Self:
        """It without what changes at every evaluation: two alerts with one standing need not be written twice."""
        return replace(self, value=0.0, last_seen_at=0.0, annotations=Labels())
