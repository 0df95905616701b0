"""Rules evaluated ahead, each for all ticks at once, exactly as they would be one tick after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alerts.foresight.bounds import Bounds, bounds
from alerts.foresight.calm import before_the_tick, calm
from alerts.foresight.known import NOTHING, Known, WithKnown
from alerts.foresight.parts import stand_in, with_stand_ins
from alerts.foresight.plan import Plan, Reading, readings
from alerts.foresight.steps import stepped
from alerts.foresight.still import spared
from alerts.foresight.tape import Tape
from alerts.foresight.times import Stretch, Times
from alerts.promql import (
    Expression,
    Memo,
    Prepared,
    PromQLError,
    Vector,
    evaluate,
    evaluate_range,
    evaluate_window,
    prepare,
)
from alerts.promql.syntax import Kind, Node, Selector
from alerts.rule import AlertRule, Group, RecordingRule
from drawdown.series import ABSENT, NAME, STALE, Bools, Floats, Labels, SeriesSource, is_absent


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Rest:
    """A rule's expression with stand-ins for its parts that are known, `hidden` being the series that are made later at
    the same tick. Where `quiet` it gives nothing; while none of `alerts` has a sample, it gives `calm`.
    """

    expression: Prepared
    hidden: frozenset[str]
    quiet: Bools
    alerts: tuple[Expression, ...] = ()
    calm: Known | None = None

    def is_calm(self, source: SeriesSource, at: float) -> bool:
        return self.calm is not None and not any(len(_present(each, source, at)) for each in self.alerts)


class Foresight:
    """`groups` are what is left to be evaluated tick by tick, with `evaluate` for the rules' expressions."""

    def __init__(
        self, groups: Sequence[Group], tape: Tape, ticks: Floats, *, step: float, interval: float | None = None
    ) -> None:
        """What can be recorded ahead is written to `tape`. `ticks` (Unix seconds) are `step` seconds apart, of which
        some may be missing or come twice; `step` is also that of a subquery that names none. `interval` is that of the
        groups that name none; without it they are evaluated at every tick.
        """
        self._tape = tape
        self._step = step
        self._known: dict[Expression, Known] = {}
        self._reckoned: dict[tuple[Node, int], Known] = {}
        self._parts: list[Known] = []
        self._rests: dict[Expression, _Rest] = {}
        self._memo = Memo()
        self._times = {id(group): Times.of(group, ticks, interval=interval or step) for group in groups}
        self._when: dict[Expression, Times] = {
            rule.expression: self._times[id(group)] for group in groups for rule in group.rules
        }
        left = set(self._left(readings(groups)))
        kept = (replace(group, rules=tuple(rule for rule in group.rules if id(rule) in left)) for group in groups)
        self.groups = tuple(group for group in kept if group.rules)

    def evaluate(self, expression: Expression, source: SeriesSource, at: float) -> Vector:
        """The value at Unix second `at`, from what is known or from `source`."""
        turn = self._when[expression].column(at) if expression in self._when else None
        known, rest = self._known.get(expression), self._rests.get(expression)
        if turn is None or (known is None and rest is None):
            return evaluate(stepped(expression, self._step), source, at)
        if known:
            return known.at(turn)
        if rest is None or rest.quiet[turn]:
            return NOTHING
        if rest.calm and rest.is_calm(source, at):
            return rest.calm.at(turn)
        return rest.expression.evaluate(WithKnown(source, self._parts, turn, at=at, hidden=rest.hidden), at)

    def _left(self, rules: Sequence[Reading]) -> Iterator[int]:
        """Look ahead where that is possible; the ids of the rules that still have something to do at the ticks."""
        plan, live = Plan(rules), []
        for reading in rules:
            series = self._foresee(reading) if plan.allows(reading) else None
            if series is None:
                plan.live(reading)
                live.append(reading)
                continue
            plan.known(reading)
            if isinstance(reading.rule, AlertRule) and series.present.any():
                self._known[reading.rule.expression] = series
                yield id(reading.rule)
        for reading in live:
            rest = None if reading.group.query_offset else self._rest(reading, plan)
            if rest:
                self._rests[reading.rule.expression] = rest
            if rest is None or not rest.quiet.all():
                yield id(reading.rule)

    def _rest(self, reading: Reading, plan: Plan) -> _Rest:
        """What is left of a rule once the parts that are known have been reckoned ahead."""
        written = stepped(reading.rule.expression, self._step)
        times, hidden = self._times[id(reading.group)], plan.made_later(reading)
        root = before_the_tick(written.root, hidden)

        def known(node: Node) -> Known | None:
            part = Expression(written.text, node)
            return self._known_part(part, times) if plan.knows_at_ticks(part, reading) else None

        def knows(node: Node) -> bool:
            return known(node) is not None

        def found(node: Node) -> Selector | None:
            series = known(node)
            return None if series is None else self._stand_in(node, series)

        serene = calm(root, knows)
        whole = Expression(written.text, serene.root) if serene and serene.root else None
        return _Rest(
            expression=prepare(Expression(written.text, with_stand_ins(root, found)), self._memo),
            hidden=hidden,
            quiet=self._quiet(bounds(root, knows), times),
            alerts=tuple(Expression(written.text, each) for each in serene.alerts) if serene else (),
            calm=self._known_part(whole, times) if whole else None,
        )

    def _stand_in(self, node: Node, series: Known) -> Selector:
        self._parts.append(series)
        return stand_in(node, len(self._parts) - 1)

    def _known_part(self, part: Expression, times: Times) -> Known | None:
        """What it gives; None where it is no vector, or fails at some turn."""
        if part.root.kind is not Kind.VECTOR:
            return None
        try:
            return self._whole(part, times)
        except PromQLError:
            return None

    def _quiet(self, most: Bounds | None, times: Times) -> Bools:
        """At which turns a rule gives nothing that gives `most` at most."""
        quiet = np.full(len(times.at), fill_value=most is not None)
        for each in most or ():
            series = self._known_part(Expression("", each), times)
            quiet &= False if series is None else ~series.present.any(axis=0)
        return quiet

    def _foresee(self, reading: Reading) -> Known | None:
        """What it gives; None where it fails at some tick, for then the tick matters."""
        times = self._times[id(reading.group)]
        try:
            series = self._whole(stepped(reading.rule.expression, self._step), times)
        except PromQLError:
            return None
        if isinstance(reading.rule, RecordingRule):
            return series if self._record(reading.rule, series, times, limit=reading.group.limit) else None
        return series

    def _whole(self, expression: Expression, times: Times) -> Known:
        """What a part that is known gives at all turns."""
        key = expression.root, id(times)
        if key not in self._reckoned:
            self._reckoned[key] = self._at_turns(expression, times)
        return self._reckoned[key]

    def _at_turns(self, expression: Expression, times: Times) -> Known:
        sparing = Expression(expression.text, spared(expression.root))
        parts = [self._part(sparing, times.at, stretch) for stretch in times.stretches]
        if len(parts) == 1:
            return parts[0]
        rows = {labels: row for row, labels in enumerate(dict.fromkeys(each for part in parts for each in part.labels))}
        values = np.full((len(rows), len(times.at)), ABSENT)
        for stretch, part in zip(times.stretches, parts, strict=True):
            places = [rows[labels] for labels in part.labels]
            values[places, stretch.first : stretch.last] = part.values
        return Known(tuple(rows), values, ~is_absent(values))

    def _part(self, expression: Expression, at: Floats, stretch: Stretch) -> Known:
        start, end = float(at[stretch.first]), float(at[stretch.last - 1])
        matrix = evaluate_range(expression, self._tape, start=start, end=end, step=stretch.step)
        return Known(matrix.labels, matrix.values, ~is_absent(matrix.values))

    def _record(self, rule: RecordingRule, series: Known, times: Times, *, limit: int) -> bool:
        """Write what is recorded, with a staleness marker where a series ends, unless the rule fails at some tick."""
        named = [labels.with_({**rule.labels, NAME: rule.name}) for labels in series.labels]
        if len(set(named)) < len(named) or 0 < limit < _most(series.present):
            return False
        ends = np.zeros_like(series.present)
        ends[:, 1:] = series.present[:, :-1] & ~series.present[:, 1:]
        values = np.where(series.present, series.values, ABSENT)
        values[ends] = STALE
        self._tape.lay(named, values, times=times.at)
        return True


def _present(expression: Expression, source: SeriesSource, at: float) -> tuple[Labels, ...]:
    """What a selector or a range of it has at Unix second `at`."""
    if expression.root.kind is Kind.WINDOW:
        return evaluate_window(expression, source, at).labels
    return evaluate(expression, source, at).labels


def _most(present: npt.NDArray[np.bool_]) -> int:
    """The most series at one tick."""
    return int(present.sum(axis=0).max(initial=0))
