"""What rules take up from a run before: alerts that are to stay for a while, and series that they wrote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from alerts.alert import Alert
from alerts.promql.syntax import Node, Selector, Window
from alerts.reach import reach
from alerts.rule import AlertRule, Group, RecordingRule, Rule
from drawdown.series import NAME, Labels

SETTLE: Final = 30.0
"""Seconds at least for which restored alerts stay although the series do not show them yet."""

ALERTS: Final = ("ALERTS", "ALERTS_FOR_STATE")


def settling(alert: Alert, rule: Rule, group: Group, *, now: float, seen: float | None) -> Alert:
    """`alert` as it is restored at Unix second `now`. `seen` is when the last sample of the run before was written,
    None where no samples are left: then the alert itself says when it was last looked at.

    What its expression returns is right again when the hole in the past has passed out of its reach, or when there is
    as much past as there was a hole. Until then the alert keeps its state when it is missing; one that was missing
    before goes on as if there had been no restart.
    """
    stopped = alert.last_seen_at if seen is None else seen
    if alert.missing_since is not None and alert.kept_until <= stopped:
        return replace(alert, kept_until=0.0)
    blind = min(reach(rule.expression) + group.query_offset, now - stopped)
    return replace(alert, kept_until=now + max(SETTLE, blind))


def owners(series: Iterable[Labels], rules: Sequence[Rule]) -> Mapping[Labels, int]:
    """Which rule, by its place in `rules`, wrote each series of a run before. Where several could have, it is the one
    with the most labels of its own, and of these the first. Series of none are left out.
    """
    places: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        places.setdefault(_key(rule), []).append(place)
    found = {one: _owner(one, places.get(_name(one), ()), rules) for one in series}
    return {one: place for one, place in found.items() if place is not None}


def reads_itself(rule: Rule) -> bool:
    """Whether a recording rule continues its own series, which is then a state and no more than the last one."""
    return isinstance(rule, RecordingRule) and any(name == rule.name for name in _names(rule.expression.root))


def _owner(series: Labels, places: Sequence[int], rules: Sequence[Rule]) -> int | None:
    fitting = [place for place in places if _fits(series, rules[place])]
    return max(fitting, key=lambda place: len(rules[place].labels), default=None)


def _fits(series: Labels, rule: Rule) -> bool:
    if isinstance(rule, AlertRule):
        return True
    return all(series.get(name, "") == value for name, value in rule.labels.items())


def _key(rule: Rule) -> str:
    return f"{ALERTS[0]} {rule.name}" if isinstance(rule, AlertRule) else rule.name


def _name(series: Labels) -> str:
    name = series.get(NAME, "")
    return f"{ALERTS[0]} {series.get('alertname', '')}" if name in ALERTS else name


def _names(node: Node) -> Iterable[str]:
    match node:
        case Window():
            yield node.selector.name
        case Selector():
            yield node.name
        case _:
            for child in node.children:
                yield from _names(child)
