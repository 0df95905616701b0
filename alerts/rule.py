"""Rule files of Prometheus: groups of recording and alerting rules, read into frozen values.

    groups = load_rules(read_document(path))       # or InvalidInput with every problem and its place

Source: the Prometheus documentation on recording and alerting rules. Stricter than Prometheus: one name stands for one
alert in a group, and the labels `severity` and `reason` hold words of ours.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from alerts.promql import Expression, parse
from alerts.rule_checks import Known, check_rules, text_written
from alerts.template import Template, compile_template
from drawdown.catalogue import SERIES_LABELS
from drawdown.document import Document
from drawdown.durations import Duration
from drawdown.errors import InvalidInput, Problem
from drawdown.series import NAME, Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert for each element of `expression`, firing after it was returned for `hold` seconds (`for`)."""

    name: str
    expression: Expression
    hold: float = 0.0
    keep_firing_for: float = 0.0
    labels: Mapping[str, Template]
    annotations: Mapping[str, Template]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule:
    """`expression` written as the series `name`, with `labels` on top of its own."""

    name: str
    expression: Expression
    labels: Labels


Rule = AlertRule | RecordingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other at one time. `interval` is seconds, None the default; `source` is
    the file they stand in.
    """

    name: str
    source: str = ""
    interval: float | None = None
    rules: tuple[Rule, ...]


_SERIES_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _series_name(name: str) -> str:
    if not _SERIES_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a series; use letters, digits, _ and :")
    return name


def _label_name(name: str) -> str:
    if not _LABEL_NAME.fullmatch(name) or name == NAME:
        raise ValueError(f"{name!r} cannot name a label; use letters, digits and _")
    return name


_Name = Annotated[StrictStr, AfterValidator(_series_name)]
_LabelName = Annotated[StrictStr, AfterValidator(_label_name)]
_Text = StrictStr | StrictInt | StrictFloat | StrictBool


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _WrittenRule(_Written):
    record: _Name | None = None
    alert: Annotated[StrictStr, Field(min_length=1)] | None = None
    expr: _Text
    for_: Duration = Field(default=0.0, alias="for")
    keep_firing_for: Duration = 0.0
    labels: dict[_LabelName, _Text] = Field(default_factory=dict)
    annotations: dict[_LabelName, _Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_kind(self) -> "_WrittenRule":
        if (self.record is None) == (self.alert is None):
            raise ValueError("a rule has either `record` or `alert`")
        if self.record and {"for_", "keep_firing_for", "annotations"} & self.model_fields_set:
            raise ValueError("a recording rule has no `for`, `keep_firing_for` or `annotations`")
        return self


class _WrittenGroup(_Written):
    name: Annotated[StrictStr, Field(min_length=1)]
    interval: Duration | None = None
    rules: tuple[_WrittenRule, ...] = ()


class _WrittenFile(_Written):
    groups: tuple[_WrittenGroup, ...] = ()


def load_rules(document: Document, *, catalogue: Known | None = SERIES_LABELS) -> tuple[Group, ...]:
    """The groups of one rule file.

    Raises:
        InvalidInput: as `load_rule_files`.
    """
    return load_rule_files([document], catalogue=catalogue)


def load_rule_files(documents: Sequence[Document], *, catalogue: Known | None = SERIES_LABELS) -> tuple[Group, ...]:
    """The groups of all `documents`, in order. Expressions may name what is in `catalogue` (series name → the labels
    it can have), what the files record, and `ALERTS`; without a catalogue names are not checked.

    Raises:
        InvalidInput: with every problem of every file: shape, expressions, templates, names, words.
    """
    problems: list[Problem] = []
    files = [_bind(document, problems) for document in documents]
    problems.extend(check_rules(documents, catalogue=catalogue))
    if problems:
        raise InvalidInput(problems)
    return tuple(
        _group(group, document.source) for document, file in zip(documents, files, strict=True) for group in file.groups
    )


def _bind(document: Document, problems: list[Problem]) -> _WrittenFile:
    try:
        return document.bind(_WrittenFile)
    except InvalidInput as error:
        problems.extend(error.problems)
        return _WrittenFile()


def _group(written: _WrittenGroup, source: str) -> Group:
    return Group(name=written.name, source=source, interval=written.interval, rules=tuple(_rules(written.rules)))


def _rules(written: Iterable[_WrittenRule]) -> Iterator[Rule]:
    for rule in written:
        expression = parse(text_written(rule.expr))
        if rule.record:
            labels = Labels({name: text_written(value) for name, value in rule.labels.items()})
            yield RecordingRule(name=rule.record, expression=expression, labels=labels)
        else:
            yield AlertRule(
                name=str(rule.alert),
                expression=expression,
                hold=rule.for_,
                keep_firing_for=rule.keep_firing_for,
                labels=_templates(rule.labels),
                annotations=_templates(rule.annotations),
            )


def _templates(written: Mapping[str, _Text]) -> dict[str, Template]:
    return {name: compile_template(text_written(text)) for name, text in written.items()}
