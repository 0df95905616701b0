"""What an evaluator shows of itself: its rules, what became of their last evaluation, and the alerts they have."""

from dataclasses import dataclass

from alerts.alert import Alert
from alerts.rule import Group, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One evaluation: when (Unix seconds), how long it took (seconds), and why it failed if it did."""

    at: float
    took: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule; `look` is None before its first evaluation. `alerts` are pending or firing."""

    rule: Rule
    look: Look | None
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group of rules, evaluated each `interval` seconds."""

    group: Group
    interval: float
    look: Look | None
    rules: tuple[RuleView, ...]
