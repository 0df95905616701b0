"""What is wrong with rule files beyond their shape: expressions, templates, names and words, each at its place."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from alerts.incident import NO_SEVERITY, Severity
from alerts.promql import Expression, PromQLError, grouping_labels, metric_names, parse, selectors
from alerts.template import TemplateError, compile_template
from alerts.template.checks import faults
from drawdown.document import Document
from drawdown.errors import Problem
from drawdown.reasons import Reason
from drawdown.series import NAME, Labels

Known = Mapping[str, Collection[str]]
"""By the name of a series: the labels it can have."""
Elsewhere = Callable[[Expression, Collection[str]], Iterator[PromQLError]]
"""Why an expression cannot be evaluated where only the series that the files record are at hand, and others come from
elsewhere. It is given the names of the former.
"""

_ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_OURS = "drawdown_"
_FEW = 6
_WORDS: Mapping[str, tuple[str, ...]] = {"severity": (*Severity, NO_SEVERITY), "reason": tuple(Reason)}


@dataclass(frozen=True, slots=True)
class _Part:
    """A rule or a group as it is written, whatever else is wrong with its file."""

    document: Document
    path: tuple[str | int, ...]
    written: Mapping[str, Any]

    def problem(self, key: str, message: str, *more: str) -> Problem:
        return self.document.problem((*self.path, key, *more), message)

    def texts(self, key: str) -> Iterator[tuple[str, str]]:
        values = self.written.get(key)
        for name, text in values.items() if isinstance(values, dict) else ():
            if isinstance(name, str) and isinstance(text, str):
                yield name, text

    def named(self) -> str | None:
        """The series or alert that the rule makes."""
        name = self.written.get("record", self.written.get("alert"))
        return name if isinstance(name, str) else None


def check_rules(
    documents: Sequence[Document], *, catalogue: Known | None, elsewhere: Elsewhere | None = None
) -> Iterator[Problem]:
    """Every such problem in `documents`, whose scalars are as they were written; parts without their right shape are
    passed over. Without a catalogue, only what Prometheus refuses too. Elsewhere there are metrics that the catalogue
    does not know, and labels that ours do not have here: then only names that look like ours must be in it.
    """
    strict = catalogue is not None
    rules = [rule for document in documents for rule in _rules(document)]
    recorded = frozenset(rule.written["record"] for rule in rules if isinstance(rule.written.get("record"), str))
    yield from _repeated_groups(documents, strict=strict)
    yield from _repeated_alerts(rules) if strict else ()
    for group in (group for document in documents for group in _groups(document)):
        yield from _template_problems(group, "labels", strict=strict)
    for rule in rules:
        yield from _expression_problems(rule, catalogue, recorded, elsewhere=elsewhere)
        yield from _label_problems(rule) if strict else ()
        for key in ("labels", "annotations") if "alert" in rule.written else ():
            yield from _template_problems(rule, key, strict=strict)


def doubts(document: Document) -> Iterator[Problem]:
    """What Prometheus loads although it will hardly do what was meant: rules that give the same series or alerts as
    one before, and templates that can only write an error.
    """
    seen: dict[tuple[str, Labels], _Part] = {}
    for rule in _rules(document):
        key = (rule.named() or "", Labels(dict(rule.texts("labels"))))
        if key in seen:
            message = f"{key[0]} with the same labels is made at {document.place(seen[key].path)} too; rename one"
            yield document.problem(rule.path, message)
        seen.setdefault(key, rule)
        for part in ("labels", "annotations") if "alert" in rule.written else ():
            yield from _template_problems(rule, part, strict=True)


def _groups(document: Document) -> Iterator[_Part]:
    for number, group in enumerate(_list(document.value, "groups")):
        if isinstance(group, dict):
            yield _Part(document, ("groups", number), group)


def _rules(document: Document) -> Iterator[_Part]:
    for group in _groups(document):
        for place, rule in enumerate(_list(group.written, "rules")):
            if isinstance(rule, dict):
                yield _Part(document, (*group.path, "rules", place), rule)


def _list(value: Any, key: str) -> list[Any]:
    part = value.get(key) if isinstance(value, dict) else None
    return part if isinstance(part, list) else []


def _repeated_groups(documents: Sequence[Document], *, strict: bool) -> Iterator[Problem]:
    """Two groups of one file with one name; if `strict`, of any file."""
    seen: set[tuple[str, str]] = set()
    for group in (group for document in documents for group in _groups(document)):
        name = group.written.get("name")
        key = ("" if strict else group.document.source, str(name))
        if isinstance(name, str) and key in seen:
            yield group.problem("name", f"another group is named {name!r} too; rename one")
        seen.add(key)


def _repeated_alerts(rules: Sequence[_Part]) -> Iterator[Problem]:
    seen: set[tuple[int, int | str, str]] = set()
    for rule in rules:
        name = rule.written.get("alert")
        key = (id(rule.document), rule.path[1], str(name))
        if isinstance(name, str) and key in seen:
            yield rule.problem("alert", f"another alert of this group is named {name!r} too; rename one")
        seen.add(key)


def _expression_problems(
    rule: _Part, catalogue: Known | None, recorded: Collection[str], *, elsewhere: Elsewhere | None
) -> Iterator[Problem]:
    text = rule.written.get("expr")
    if not isinstance(text, str):
        return
    try:
        expression = parse(text)
    except PromQLError as error:
        yield rule.problem("expr", _placed(text, error))
        return
    if elsewhere is not None:
        yield from (rule.problem("expr", _placed(text, error)) for error in elsewhere(expression, recorded))
    if catalogue is not None:
        unknown = _unknown_names if elsewhere is None else _unknown_names_of_ours
        yield from (rule.problem("expr", message) for message in unknown(expression, catalogue, recorded))


def _placed(text: str, error: PromQLError) -> str:
    return f"{_where(text, error.position)} of the expression: {error.message}"


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


def _unknown_names_of_ours(expression: Expression, catalogue: Known, recorded: Collection[str]) -> Iterator[str]:
    for name in sorted(metric_names(expression)):
        if name.startswith(_OURS) and name not in catalogue and name not in recorded:
            yield f"there is no metric {name}{_hint(name, (*catalogue, *recorded))}"


def _strange_labels(labels: Collection[str], possible: Collection[str], owner: str) -> Iterator[str]:
    for label in sorted(set(labels) - set(possible)):
        yield f"{owner} no label {label}; there are {', '.join(sorted(possible)) or 'none'}"


def _hint(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _label_problems(rule: _Part) -> Iterator[Problem]:
    for name, text in rule.texts("labels") if "alert" in rule.written else ():
        words = _WORDS.get(name, ())
        if words and text not in words and "{{" not in text:
            known = f"; there are {', '.join(words)}" if len(words) < _FEW else _hint(text, words)
            yield rule.problem("labels", f"{text!r} is no {name}{known}", name)


def _template_problems(part: _Part, key: str, *, strict: bool) -> Iterator[Problem]:
    for name, text in part.texts(key):
        yield from (part.problem(key, message, name) for message in _template_faults(text, strict=strict))


def _template_faults(text: str, *, strict: bool) -> Iterator[str]:
    """Why it is no template; if `strict`, also what could only ever write an error."""
    try:
        template = compile_template(text)
    except TemplateError as error:
        yield f"{_where(text, error.position)} of the template: {error.message}"
        return
    yield from (f"the template cannot be used: {fault}" for fault in faults(template) if strict)
