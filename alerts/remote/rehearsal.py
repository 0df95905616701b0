"""What the templates of rules ask is known only when they are rendered: they are, once, and nobody sees the texts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alerts.api.reading import joined
from alerts.naming import Naming
from alerts.promql import PromQLError, Vector, evaluate, parse
from alerts.remote.answers import Answers
from alerts.remote.split import Part, Split, holds, parts_of
from alerts.rule import AlertRule, Group, RecordingRule
from alerts.state import RuleError
from alerts.template import External, Scene, Template
from drawdown.series import NAME, Block, Labels, Matcher, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Goes through the rules of groups as an evaluation will, over what is known already."""

    answers: Answers
    split: Split
    external: External

    def parts(self, group: Group, now: float) -> tuple[Part, ...]:
        """What the templates of `group` ask of the other side at Unix second `now`. A text that needs an answer that is
        not there yet is not rendered to its end, and may ask for more later.
        """
        asked: dict[Part, None] = {}
        ahead, at = _Ahead(self.answers), now - group.query_offset
        scene = Scene(lambda text: self._query(text, ahead, now, asked), external=self.external)
        for rule in group.rules:
            if isinstance(rule, RecordingRule):
                ahead.record(rule, _value(rule, ahead, at), at)
            elif asks(rule):
                _render(rule, _value(rule, ahead, at), scene)
        return tuple(asked)

    def _query(self, text: str, ahead: "_Ahead", now: float, asked: dict[Part, None]) -> Vector:
        expression = self.split(parse(text))
        asked.update(dict.fromkeys(parts_of(expression)))
        return evaluate(expression, ahead, now)


def asks(rule: AlertRule) -> bool:
    """Whether its templates may ask."""
    return any("query" in template.text for template in _templates(rule))


class _Ahead:
    """The answers and our series, as they will be when rules that come before have recorded theirs."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._recorded: dict[str, list[Block]] = {}

    def record(self, rule: RecordingRule, vector: Vector | None, at: float) -> None:
        if vector is None:
            return  # the rule says why itself when it is evaluated
        try:
            labels = Naming().named(vector.labels, rule)
        except RuleError:
            return
        block = Block(labels, np.array([at]), vector.values[:, np.newaxis])
        self._recorded.setdefault(rule.name, []).append(block)

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        """Also series that will have ended: it does no harm to ask for more."""
        found = self._answers.select(matchers, start, end, window=window)
        for block in self._recorded.get(_name(matchers), ()):
            part = _chosen(block, matchers)
            if (
                part.labels
                and start <= part.times[0] <= end
                and (not len(found.times) or found.times[-1] < part.times[0])
            ):
                found = joined([Block(found.labels, found.times, found.values), part])
        return found


def _name(matchers: tuple[Matcher, ...]) -> str:
    return next((matcher.value for matcher in matchers if matcher.name == NAME), "")


def _chosen(block: Block, matchers: tuple[Matcher, ...]) -> Block:
    rows = [
        row
        for row, labels in enumerate(block.labels)
        if all(holds(matcher, labels.get(matcher.name, "")) for matcher in matchers)
    ]
    return Block(tuple(block.labels[row] for row in rows), block.times, block.values[rows])


def _value(rule: AlertRule | RecordingRule, ahead: _Ahead, at: float) -> Vector | None:
    try:
        return evaluate(rule.expression, ahead, at)
    except PromQLError:
        return None


def _render(rule: AlertRule, vector: Vector | None, scene: Scene) -> None:
    for labels, value in _elements(vector):
        for template in _templates(rule):
            template.render(labels, value, scene)


def _elements(vector: Vector | None) -> Iterator[tuple[Labels, float]]:
    return iter(()) if vector is None else zip(vector.labels, vector.values.tolist(), strict=True)


def _templates(rule: AlertRule) -> Iterator[Template]:
    yield from rule.labels.values()
    yield from rule.annotations.values()
