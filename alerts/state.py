"""How the alerts of one rule move from pending to firing to gone.

Source: `AlertingRule.Eval` of Prometheus 3 (rules/alerting.go). One thing is added: an alert that was restored keeps
its state for a while although the young store cannot show it yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from alerts.alert import Alert, AlertState
from alerts.promql import Vector
from alerts.rule import AlertRule
from alerts.template import NOWHERE, Scene
from drawdown.errors import DrawdownError
from drawdown.series import NAME, Labels

States = Mapping[Labels, Alert]
"""The alerts of one rule by their labels."""


class RuleError(DrawdownError):
    """A rule whose result cannot be used; its alerts keep their state."""


def advance(
    rule: AlertRule, states: States, vector: Vector, now: float, *, scene: Scene = NOWHERE
) -> dict[Labels, Alert]:
    """The alerts of `rule` after an evaluation at `now` (Unix seconds) that gave `vector`; `scene` is that of its
    templates.

    Pending and firing alerts, and as inactive those that have just stopped firing; these are left out the next time.

    Raises:
        RuleError: two elements have the same labels once the rule's labels are applied.
    """
    seen = {element.labels: element for element in _elements(rule, vector, now, scene)}
    if len(seen) < len(vector.labels):
        raise RuleError(f"{rule.name} gives two alerts with the same labels")
    after = {labels: _present(rule, states.get(labels), element, now) for labels, element in seen.items()}
    for labels, alert in states.items():
        if labels not in seen:
            after.update((labels, changed) for changed in _absent(rule, alert, now))
    return after


def _elements(rule: AlertRule, vector: Vector, now: float, scene: Scene) -> Iterator[Alert]:
    for labels, value in zip(vector.labels, vector.values.tolist(), strict=True):
        own = {name: template.render(labels, value, scene) for name, template in rule.labels.items()}
        annotations = {name: template.render(labels, value, scene) for name, template in rule.annotations.items()}
        yield Alert(
            labels=labels.without(NAME).with_({**own, "alertname": rule.name}),
            annotations=Labels(annotations),
            state=AlertState.PENDING,
            value=value,
            active_at=now,
            last_seen_at=now,
        )


def _present(rule: AlertRule, before: Alert | None, element: Alert, now: float) -> Alert:
    """The alert of an element that was returned. A longer `for` than before takes a firing alert back to pending."""
    if before is None or before.state is AlertState.INACTIVE:
        before = element
    alert = replace(
        before,
        annotations=element.annotations,
        value=element.value,
        last_seen_at=now,
        missing_since=None,
        kept_until=0.0,
    )
    if now - alert.active_at < rule.hold:
        return replace(alert, state=AlertState.PENDING, fired_at=None)
    return replace(alert, state=AlertState.FIRING, fired_at=alert.fired_at if alert.firing else now)


def _absent(rule: AlertRule, alert: Alert, now: float) -> Iterator[Alert]:
    """What becomes of an alert whose element was not returned: nothing, if it never fired or was gone before."""
    if alert.state is AlertState.INACTIVE:
        return
    missing_since = now if alert.missing_since is None else alert.missing_since
    if now < alert.kept_until or (alert.firing and now - missing_since < rule.keep_firing_for):
        yield replace(alert, missing_since=missing_since)
    elif alert.firing:
        yield replace(alert, state=AlertState.INACTIVE, missing_since=missing_since, resolved_at=now)
