"""`rules` and `alerts`: the rules that are loaded, how their evaluation goes, and what they raise."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.alert import Alert, AlertState
from alerts.api.answer import Answer, encode
from alerts.api.arguments import Arguments, fits
from alerts.api.errors import ApiError, ErrorType, wrong_argument
from alerts.api.numbers import NEVER, moment, scientific
from alerts.rule import AlertRule, Rule
from alerts.view import GroupView, Look, RuleView
from drawdown.series import Matcher

_KINDS = {"": "", "alert": "alerting", "record": "recording"}


def alerts(groups: Sequence[GroupView]) -> Answer:
    """`alerts`: all that are pending or firing."""
    found = [_alert(alert) for group in groups for rule in group.rules for alert in rule.alerts]
    return Answer(encode({"alerts": found}))


def rules(groups: Sequence[GroupView], asked: Arguments) -> Answer:
    """`rules`: the groups, by file and name, with their rules, narrowed down as asked. A group of which nothing is left
    is left out.
    """
    wanted = _wanted(asked)
    ranked = sorted(groups, key=lambda view: (view.group.source, view.group.name))
    chosen = [(group, written) for group in ranked if wanted.has(group) and (written := [*_rules(group, wanted)])]
    page, following = _page(chosen, asked)
    shown = {"groups": [_group(group, written) for group, written in page]}
    return Answer(encode({**shown, "groupNextToken": following} if following else shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What of the rules is asked for; an empty condition takes all."""

    kind: str
    names: frozenset[str]
    groups: frozenset[str]
    files: frozenset[str]
    sets: tuple[tuple[Matcher, ...], ...]
    with_alerts: bool

    def has(self, view: GroupView) -> bool:
        group = view.group
        return (not self.groups or group.name in self.groups) and (not self.files or group.source in self.files)

    def has_rule(self, rule: Rule) -> bool:
        labels = _labels(rule)
        return (
            self.kind in {"", _kind(rule)}
            and (not self.names or rule.name in self.names)
            and (not self.sets or any(_satisfies(labels, matchers) for matchers in self.sets))
        )


def _wanted(asked: Arguments) -> _Wanted:
    kind = asked.text("type").lower()
    if kind not in _KINDS:
        raise wrong_argument("type", f'not supported value "{kind}"; it is alert or record')
    return _Wanted(
        kind=_KINDS[kind],
        names=frozenset(asked.all("rule_name[]")),
        groups=frozenset(asked.all("rule_group[]")),
        files=frozenset(asked.all("file[]")),
        sets=asked.selectors(),
        with_alerts=not asked.flag("exclude_alerts"),
    )


def _satisfies(labels: Mapping[str, str], matchers: Sequence[Matcher]) -> bool:
    return all(fits(matcher, labels.get(matcher.name, "")) for matcher in matchers)


Chosen = Sequence[tuple[GroupView, list[dict[str, Any]]]]


def _page(chosen: Chosen, asked: Arguments) -> tuple[Chosen, str]:
    """The groups that are shown at once, and the token of the first one after them."""
    limit, token = asked.count("group_limit"), asked.text("group_next_token")
    if token and not limit:
        raise wrong_argument("group_limit", "group_limit needs to be given together with group_next_token")
    tokens = [_token(group) for group, _ in chosen]
    if token and token not in tokens:
        raise ApiError(ErrorType.BAD_DATA, "invalid group_next_token: the rules have changed; start anew without it")
    first = tokens.index(token) if token else 0
    last = first + (limit or len(chosen))
    return chosen[first:last], next(iter(tokens[last:]), "")


def _token(view: GroupView) -> str:
    return hashlib.sha256(f"{view.group.source};{view.group.name}".encode()).hexdigest()[:40]


def _group(view: GroupView, written: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": view.group.name,
        "file": view.group.source,
        "rules": written,
        "interval": view.interval,
        "limit": view.group.limit,
        **_looked(view.look),
    }


def _rules(view: GroupView, wanted: _Wanted) -> Iterator[dict[str, Any]]:
    for rule in view.rules:
        if wanted.has_rule(rule.rule):
            yield {**_rule(rule, with_alerts=wanted.with_alerts), **_health(rule.look), **_looked(rule.look)}


def _rule(view: RuleView, *, with_alerts: bool) -> dict[str, Any]:
    rule = view.rule
    labels = _labels(rule)
    shared = {"name": rule.name, "query": rule.expression.text.strip(), "type": _kind(rule)}
    if not isinstance(rule, AlertRule):
        return {**shared, "labels": labels} if labels else shared
    return {
        **shared,
        "labels": labels,
        "state": _state(view),
        "duration": rule.hold,
        "keepFiringFor": rule.keep_firing_for,
        "annotations": {name: template.text for name, template in rule.annotations.items()},
        "alerts": [_alert(alert) for alert in view.alerts] if with_alerts else [],
    }


def _labels(rule: Rule) -> dict[str, str]:
    if isinstance(rule, AlertRule):
        return {name: template.text for name, template in rule.labels.items()}
    return dict(rule.labels)


def _kind(rule: Rule) -> str:
    return _KINDS["alert"] if isinstance(rule, AlertRule) else _KINDS["record"]


def _state(view: RuleView) -> AlertState:
    states = {alert.state for alert in view.alerts}
    return next((state for state in (AlertState.FIRING, AlertState.PENDING) if state in states), AlertState.INACTIVE)


def _alert(alert: Alert) -> dict[str, Any]:
    written = {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state,
        "activeAt": moment(alert.active_at),
        "value": scientific(alert.value),
    }
    if alert.firing and alert.missing_since is not None:
        written["keepFiringSince"] = moment(alert.missing_since)
    return written


def _health(look: Look | None) -> dict[str, str]:
    if look is None:
        return {"health": "unknown"}
    return {"health": "err", "lastError": look.error} if look.error else {"health": "ok"}


def _looked(look: Look | None) -> dict[str, Any]:
    if look is None:
        return {"evaluationTime": 0.0, "lastEvaluation": NEVER}
    return {"evaluationTime": look.took, "lastEvaluation": moment(look.at)}
