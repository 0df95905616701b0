"""What is wrong with rule files beyond their shape: expressions, templates, names and words, each at its place."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from alerts.incident import Severity
from alerts.promql import Expression, PromQLError, grouping_labels, parse, selectors
from alerts.template import TemplateError, compile_template
from alerts.template.checks import faults
from drawdown.document import Document
from drawdown.errors import Problem
from drawdown.reasons import Reason
from drawdown.series import NAME

Known = Mapping[str, Collection[str]]
"""By the name of a series: the labels it can have."""

_ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_FEW = 6
_WORDS: Mapping[str, type[StrEnum]] = {"severity": Severity, "reason": Reason}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule as it is written, whatever else is wrong with its file."""

    document: Document
    path: tuple[str | int, ...]
    written: Mapping[str, Any]

    def problem(self, key: str, message: str, *more: str) -> Problem:
        return self.document.problem((*self.path, key, *more), message)

    def texts(self, key: str) -> Iterator[tuple[str, str]]:
        values = self.written.get(key)
        for name, text in values.items() if isinstance(values, dict) else ():
            if isinstance(name, str) and isinstance(text, str | int | float):
                yield name, text_written(text)


def text_written(value: str | float) -> str:
    """A scalar of a rule file as the text that Prometheus takes it for: YAML's `1` and `true` need no quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_rules(documents: Sequence[Document], *, catalogue: Known | None) -> Iterator[Problem]:
    """Every such problem in `documents`; parts whose shape is wrong are passed over."""
    rules = [rule for document in documents for rule in _written(document)]
    recorded = frozenset(rule.written["record"] for rule in rules if isinstance(rule.written.get("record"), str))
    yield from _repeated_groups(documents)
    yield from _repeated_alerts(rules)
    for rule in rules:
        yield from _expression_problems(rule, catalogue, recorded)
        yield from _label_problems(rule)
        yield from _template_problems(rule, strict=catalogue is not None)


def _written(document: Document) -> Iterator[_Rule]:
    for number, group in enumerate(_list(document.value, "groups")):
        for place, rule in enumerate(_list(group, "rules")):
            if isinstance(rule, dict):
                yield _Rule(document, ("groups", number, "rules", place), rule)


def _list(value: Any, key: str) -> list[Any]:
    part = value.get(key) if isinstance(value, dict) else None
    return part if isinstance(part, list) else []


def _repeated_groups(documents: Sequence[Document]) -> Iterator[Problem]:
    seen: set[str] = set()
    for document in documents:
        for number, group in enumerate(_list(document.value, "groups")):
            name = group.get("name") if isinstance(group, dict) else None
            if isinstance(name, str) and name in seen:
                yield document.problem(("groups", number, "name"), f"another group is named {name!r} too; rename one")
            seen.add(str(name))


def _repeated_alerts(rules: Sequence[_Rule]) -> Iterator[Problem]:
    seen: set[tuple[int, int | str, str]] = set()
    for rule in rules:
        name = rule.written.get("alert")
        key = (id(rule.document), rule.path[1], str(name))
        if isinstance(name, str) and key in seen:
            yield rule.problem("alert", f"another alert of this group is named {name!r} too; rename one")
        seen.add(key)


def _expression_problems(rule: _Rule, catalogue: Known | None, recorded: Collection[str]) -> Iterator[Problem]:
    written = rule.written.get("expr")
    if not isinstance(written, str | int | float):
        return
    text = text_written(written)
    try:
        expression = parse(text)
    except PromQLError as error:
        yield rule.problem("expr", f"{_where(text, error.position)} of the expression: {error.message}")
        return
    if catalogue is not None:
        yield from (rule.problem("expr", message) for message in _unknown_names(expression, catalogue, recorded))


def _where(text: str, offset: int | None) -> str:
    """A place inside a text, counted from 1."""
    before = text[: offset or 0]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return f"line {line}, character {column}" if "\n" in text.strip() else f"character {column}"


def _unknown_names(expression: Expression, catalogue: Known, recorded: Collection[str]) -> Iterator[str]:
    possible: set[str] = set()
    open_ended = False
    for selector in selectors(expression):
        name = selector.name
        if not name or name in recorded or name in _ALERT_SERIES:
            open_ended = True
        elif name not in catalogue:
            open_ended = True
            yield f"there is no metric {name}{_hint(name, (*catalogue, *recorded))}"
        else:
            labels = {matcher.name for matcher in selector.matchers} - {NAME}
            possible.update(catalogue[name])
            yield from _strange_labels(labels, catalogue[name], f"{name} has")
    if not open_ended:
        yield from _strange_labels(grouping_labels(expression), possible, "the metrics of this expression have")


def _strange_labels(labels: Collection[str], possible: Collection[str], owner: str) -> Iterator[str]:
    for label in sorted(set(labels) - set(possible)):
        yield f"{owner} no label {label}; there are {', '.join(sorted(possible)) or 'none'}"


def _hint(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _label_problems(rule: _Rule) -> Iterator[Problem]:
    if "alert" not in rule.written:
        return
    for name, text in rule.texts("labels"):
        words = [word.value for word in _WORDS.get(name, ())]
        if words and text not in words and "{{" not in text:
            known = f"; there are {', '.join(words)}" if len(words) < _FEW else _hint(text, words)
            yield rule.problem("labels", f"{text!r} is no {name}{known}", name)


def _template_problems(rule: _Rule, *, strict: bool) -> Iterator[Problem]:
    keys = ("labels", "annotations") if "alert" in rule.written else ()
    for key in keys:
        for name, text in rule.texts(key):
            yield from (rule.problem(key, message, name) for message in _template_faults(text, strict=strict))


def _template_faults(text: str, *, strict: bool) -> Iterator[str]:
    """Why it is no template; if `strict`, also what could only ever write an error."""
    try:
        template = compile_template(text)
    except TemplateError as error:
        yield f"{_where(text, error.position)} of the template: {error.message}"
        return
    yield from (f"the template cannot be used: {fault}" for fault in faults(template) if strict)
