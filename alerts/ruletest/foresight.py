"""Rules evaluated ahead, each for all ticks at once: what a test spends most of its time on otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from alerts.promql import Expression, PromQLError, Vector, evaluate, evaluate_range
from alerts.promql.syntax import Selector
from alerts.rule import AlertRule, Group, RecordingRule
from alerts.ruletest.parts import number_of, stand_in, with_stand_ins
from alerts.ruletest.reading import Plan, Reading, readings
from alerts.ruletest.steps import stepped
from alerts.ruletest.tape import Tape
from drawdown.series import (
    ABSENT,
    NAME,
    STALE,
    Block,
    Bools,
    Floats,
    Labels,
    Matcher,
    Selection,
    SeriesSource,
    is_absent,
)

_STEPS: Final = 20_000
"""Ticks that are evaluated at once."""
_NOTHING: Final = Vector((), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """What an expression gives at every tick: `values` (series, ticks) where `present`."""

    labels: tuple[Labels, ...]
    values: Floats
    present: Bools

    def at(self, tick: int) -> Vector:
        rows = np.flatnonzero(self.present[:, tick])
        if not len(rows):
            return _NOTHING
        labels = self.labels if len(rows) == len(self.labels) else tuple(self.labels[row] for row in rows)
        return Vector(labels, self.values[rows, tick])


class Foresight:
    """`groups` are what is left to be evaluated tick by tick, with `evaluate` for the rules' expressions."""

    def __init__(self, groups: Sequence[Group], tape: Tape, ticks: Floats, *, step: float) -> None:
        """What can be recorded ahead is written to `tape`. `ticks` (Unix seconds) are `step` seconds apart; so are
        those of a subquery that names no step.
        """
        self._tape = tape
        self._step = step
        self._times = ticks
        self._ticks = {round(tick * 1000): number for number, tick in enumerate(ticks)}
        self._known: dict[Expression, _Series] = {}
        self._parts: list[_Series] = []
        self._rests: dict[Expression, Expression] = {}
        left = set(self._left(readings(groups)))
        self.groups = tuple(
            replace(group, rules=tuple(rule for rule in group.rules if id(rule) in left)) for group in groups
        )

    def evaluate(self, expression: Expression, source: SeriesSource, at: float) -> Vector:
        """The value at Unix second `at`, from what is known or from `source`."""
        tick = self._ticks.get(round(at * 1000))
        known = self._known.get(expression)
        if tick is None or (known is None and expression not in self._rests):
            return evaluate(stepped(expression, self._step), source, at)
        if known:
            return known.at(tick)
        return evaluate(self._rests[expression], _Known(source, self._parts, tick, at=self._times[tick]), at)

    def _left(self, rules: Sequence[Reading]) -> Iterator[int]:
        """Look ahead where that is possible; the ids of the rules that still have something to do at the ticks."""
        plan = Plan(rules)
        for reading in rules:
            series = self._foresee(reading) if plan.allows(reading) else None
            if series is None:
                plan.live(reading)
                self._foresee_parts(reading, plan)
                yield id(reading.rule)
                continue
            plan.known(reading)
            if isinstance(reading.rule, AlertRule) and series.present.any():
                self._known[reading.rule.expression] = series
                yield id(reading.rule)

    def _foresee_parts(self, reading: Reading, plan: Plan) -> None:
        """Reckon those parts ahead that allow it."""
        expression = stepped(reading.rule.expression, self._step)
        if reading.group.query_offset:
            return
        root = with_stand_ins(expression.root, lambda node: self._part_ahead(Expression(expression.text, node), plan))
        self._rests[reading.rule.expression] = Expression(expression.text, root)

    def _part_ahead(self, part: Expression, plan: Plan) -> Selector | None:
        if not plan.knows(part):
            return None
        try:
            self._parts.append(self._whole(part))
        except PromQLError:
            return None
        return stand_in(part.root, len(self._parts) - 1)

    def _foresee(self, reading: Reading) -> _Series | None:
        """What it gives; None where it fails at some tick, for then the tick matters."""
        try:
            series = self._whole(stepped(reading.rule.expression, self._step))
        except PromQLError:
            return None
        if isinstance(reading.rule, RecordingRule):
            return series if self._record(reading.rule, series, limit=reading.group.limit) else None
        return series

    def _whole(self, expression: Expression) -> _Series:
        parts = [self._part(expression, start) for start in range(0, len(self._times), _STEPS)]
        if len(parts) == 1:
            return parts[0]
        rows = {labels: row for row, labels in enumerate(dict.fromkeys(each for part in parts for each in part.labels))}
        values = np.full((len(rows), len(self._times)), ABSENT)
        for number, part in enumerate(parts):
            places = [rows[labels] for labels in part.labels]
            values[places, number * _STEPS : number * _STEPS + part.values.shape[1]] = part.values
        return _Series(tuple(rows), values, ~is_absent(values))

    def _part(self, expression: Expression, first: int) -> _Series:
        times = self._times[first : first + _STEPS]
        start, end = float(times[0]), float(times[-1])
        matrix = evaluate_range(expression, self._tape, start=start, end=end, step=self._step)
        return _Series(matrix.labels, matrix.values, ~is_absent(matrix.values))

    def _record(self, rule: RecordingRule, series: _Series, *, limit: int) -> bool:
        """Write what is recorded, with a staleness marker where a series ends, unless the rule fails at some tick."""
        named = [labels.with_({**rule.labels, NAME: rule.name}) for labels in series.labels]
        if len(set(named)) < len(named) or 0 < limit < _most(series.present):
            return False
        ends = np.zeros_like(series.present)
        ends[:, 1:] = series.present[:, :-1] & ~series.present[:, 1:]
        values = np.where(series.present, series.values, ABSENT)
        values[ends] = STALE
        self._tape.lay(named, values, times=self._times)
        return True


class _Known:
    """A source that also has the parts reckoned ahead, as they are at one tick."""

    def __init__(self, source: SeriesSource, parts: Sequence[_Series], tick: int, *, at: float) -> None:
        self._source = source
        self._parts = parts
        self._tick = tick
        self._at = at

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        number = number_of(matchers)
        if number is None:
            return self._source.select(matchers, start, end, window=window)
        vector = self._parts[number].at(self._tick)
        return Block(vector.labels, np.array([self._at]), vector.values[:, np.newaxis])


def _most(present: npt.NDArray[np.bool_]) -> int:
    """The most series at one tick."""
    return int(present.sum(axis=0).max(initial=0))
