"""Rule files of Prometheus: groups of recording and alerting rules, read into frozen values.

    groups = load_rules(read_document(path))       # or InvalidInput with every problem and its place

Source: the Prometheus documentation on recording and alerting rules. With a catalogue, as our own configuration has
one, stricter than Prometheus: names are known, one name stands for one alert in a group, and the labels `severity` and
`reason` hold words of ours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.promql import Expression, parse
from alerts.rule_checks import Elsewhere, Known, check_rules
from alerts.rule_shape import Names, WrittenFile, WrittenGroup, WrittenRule
from alerts.template import Template, compile_template
from drawdown.catalogue import SERIES_LABELS
from drawdown.document import Document
from drawdown.errors import InvalidInput, Problem


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
    """`expression` written as the series `name`, with `labels` on top of its own; an empty one takes a label away."""

    name: str
    expression: Expression
    labels: Mapping[str, str]


Rule = AlertRule | RecordingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other at one time. `interval` is seconds, None the default; the rules look
    `query_offset` seconds into the past, and write there; with a `limit` above 0, a rule that gives more fails.
    `source` is the file they stand in. `labels`, as they are written, are those of the rules already.
    """

    name: str
    source: str = ""
    interval: float | None = None
    query_offset: float = 0.0
    limit: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...]


def load_rules(
    document: Document, *, catalogue: Known | None = SERIES_LABELS, names: Names = Names.LEGACY
) -> tuple[Group, ...]:
    """The groups of one rule file.

    Raises:
        InvalidInput: as `load_rule_files`.
    """
    return load_rule_files([document], catalogue=catalogue, names=names)


def load_rule_files(
    documents: Sequence[Document],
    *,
    catalogue: Known | None = SERIES_LABELS,
    names: Names = Names.LEGACY,
    elsewhere: Elsewhere | None = None,
) -> tuple[Group, ...]:
    """The groups of all `documents`, in order. Expressions may name what is in `catalogue` (series name → the labels
    it can have), what the files record, and `ALERTS`; without a catalogue it is as in Prometheus. `elsewhere` says that
    they read series which are not here, and what is wrong with them then.

    Raises:
        InvalidInput: with every problem of every file: shape, expressions, templates, names, words.
    """
    problems: list[Problem] = []
    written = [document.as_written() for document in documents]
    files = [(document.source, _bind(document, names, problems)) for document in written]
    problems.extend(check_rules(written, catalogue=catalogue, elsewhere=elsewhere))
    if problems:
        raise InvalidInput(problems)
    return tuple(_group(group, source) for source, file in files for group in file.groups)


def _bind(document: Document, names: Names, problems: list[Problem]) -> WrittenFile:
    try:
        return document.bind(WrittenFile, context=names)
    except InvalidInput as error:
        problems.extend(error.problems)
        return WrittenFile()


def _group(written: WrittenGroup, source: str) -> Group:
    return Group(
        name=written.name,
        source=source,
        interval=written.interval,
        query_offset=written.query_offset or 0.0,
        limit=written.limit,
        labels=written.labels,
        rules=tuple(_rules(written.rules, written.labels)),
    )


def _rules(written: Iterable[WrittenRule], shared: Mapping[str, str]) -> Iterator[Rule]:
    """The rules, with the labels of their group under their own."""
    for rule in written:
        expression, labels = parse(rule.expr), {**shared, **rule.labels}
        if rule.record:
            yield RecordingRule(name=rule.record, expression=expression, labels=labels)
        else:
            yield AlertRule(
                name=rule.alert,
                expression=expression,
                hold=rule.for_,
                keep_firing_for=rule.keep_firing_for,
                labels=_templates(labels),
                annotations=_templates(rule.annotations),
            )


def _templates(written: Mapping[str, str]) -> dict[str, Template]:
    return {name: compile_template(text) for name, text in written.items()}
