"""What has to be asked for a group of rules, and the rules as they are evaluated over the answers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.promql import Expression, PromQLError, selectors
from alerts.remote.rehearsal import asks
from alerts.remote.split import Part, Split, asked_whole, parts_of
from alerts.rule import AlertRule, Group, RecordingRule, Rule
from drawdown.catalogue import METRICS

_OWN: Final = (
    "drawdown_evaluation_",
    "drawdown_incidents_",
    "drawdown_notices_",
    "drawdown_source_",
    "drawdown_store_",
)
OWN: Final = frozenset(
    {"ALERTS", "ALERTS_FOR_STATE"}.union(
        *(metric.series_names for metric in METRICS if metric.name.startswith(_OWN)),
    )
)
"""Series that are always read here: the alerts, and how the monitor that evaluates them is doing itself. The other side
may have those of many monitors, or be what has failed.
"""


def split_for(recorded: Iterable[str]) -> Split:
    """How expressions are taken apart where rules record these series."""
    return Split(OWN.union(recorded))


def unreadable(expression: Expression, recorded: Collection[str]) -> Iterator[PromQLError]:
    """Why `expression` cannot be evaluated over another Prometheus, if it cannot."""
    try:
        split_for(recorded)(expression)
    except PromQLError as error:
        yield error


@dataclass(frozen=True, slots=True)
class Plan:
    """A group as it is evaluated, and the `parts` that are asked before; `asks` says that its templates may ask for
    more when they are rendered.
    """

    group: Group
    parts: tuple[Part, ...]
    asks: bool


def plans(groups: Sequence[Group], split: Split) -> tuple[Plan, ...]:
    """One for each group, in order.

    Raises:
        PromQLError: an expression cannot be taken apart.
    """
    return tuple(_plan(group, split) for group in groups)


def recorded_by(groups: Iterable[Group]) -> frozenset[str]:
    """The names of the series that the rules of the groups record."""
    return frozenset(rule.name for group in groups for rule in group.rules if isinstance(rule, RecordingRule))


def _plan(group: Group, split: Split) -> Plan:
    rules = tuple(_taken_apart(rule, split, group.query_offset) for rule in group.rules)
    parts = dict.fromkeys(part for rule in rules for part in parts_of(rule.expression))
    return Plan(
        replace(group, rules=rules),
        tuple(parts),
        asks=any(isinstance(each, AlertRule) and asks(each) for each in rules),
    )


def _taken_apart(rule: Rule, split: Split, offset: float) -> Rule:
    """An alert that reads no series says that rules are evaluated: it has to say too that the other side answers."""
    if isinstance(rule, AlertRule) and not any(selectors(rule.expression)):
        return replace(rule, expression=asked_whole(rule.expression, offset=offset))
    return replace(rule, expression=split(rule.expression, offset=offset))
