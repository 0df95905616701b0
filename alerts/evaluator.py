"""Runs the rules: reads series, writes what is recorded and what alerts, and hands on the alerts."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from alerts.alert import Alert, AlertState
from alerts.elsewhere import Elsewhere, Nowhere
from alerts.naming import Naming
from alerts.past import ALERTS, owners, reads_itself, settling
from alerts.promql import Expression, Memo, PromQLError, Sharing, Vector, evaluate, prepare
from alerts.rule import AlertRule, Group, Rule
from alerts.state import RuleError, States, advance
from alerts.template import NOWHERE, External, Scene
from alerts.turns import Turns
from alerts.view import GroupView, Look, RuleView
from drawdown.catalogue import EVALUATION_FAILURES, EVALUATION_SECONDS, Instruments
from drawdown.clock import Clock
from drawdown.series import NAME, STALE, Floats, Labels, SeriesSink, SeriesSource

Evaluate = Callable[[Expression, SeriesSource, float], Vector]
Query = Callable[[SeriesSource, float], Vector]

_NOT_NAMED = External()
_NOWHERE = Nowhere()


class Evaluator:
    """Owns the state of every alert. `tick` is its only writer."""

    def __init__(  # noqa: PLR0913 - the seams to the series, the instruments and the engine
        self,
        groups: Sequence[Group],
        *,
        source: SeriesSource,
        sink: SeriesSink,
        instruments: Instruments,
        clock: Clock,
        interval: float = 1.0,
        evaluate: Evaluate | None = None,
        external: External = _NOT_NAMED,
        backdates: bool = False,
        elsewhere: Elsewhere = _NOWHERE,
    ) -> None:
        """`interval` (seconds) is that of the groups that name none. `evaluate` is for a caller who knows the answers;
        without it each rule's expression is prepared once. `backdates` says that `sink` takes samples of the past: then
        what a group with a `query_offset` gives is written at the time it has looked at, as in Prometheus, else at the
        tick. `elsewhere` is where a part of what `source` gives is fetched from.
        """
        self._elsewhere = elsewhere
        self._instruments = instruments
        self._clock = clock
        prepared = _preparing(evaluate)
        self._groups = [_RunningGroup(group, interval=interval, prepared=prepared) for group in groups]
        self._desk = _Desk(source, sink, evaluate, external=external, backdates=backdates, read=elsewhere.read)
        for rule in self._rules():
            instruments.add(EVALUATION_FAILURES, 0.0, rule=rule.rule.name)

    async def fetch(self, now: float) -> None:
        """Ask for what the groups that are due at `now` (Unix seconds) read elsewhere, before they are evaluated."""
        await self._elsewhere.fetch([group.group for group in self._groups if group.is_due(now)], now)

    def tick(self, now: float) -> tuple[Alert, ...]:
        """Evaluate the groups that are due at `now` (Unix seconds) and have all that they read. All alerts that are
        pending or firing, and those that stopped firing just now.
        """
        started = self._clock.monotonic()
        self._desk.look_anew()
        for rule in self._rules():
            rule.forget_resolved()
        for group in self._groups:
            if group.is_due(now) and self._elsewhere.take(group.group):
                group.take_turn(now)
                self._run(group, now)
        self._instruments.set(EVALUATION_SECONDS, self._clock.monotonic() - started)
        return tuple(alert for rule in self._rules() for alert in rule.alerts.values())

    def restore(self, alerts: Iterable[Alert], *, now: float, seen: float | None = None) -> None:
        """Take up alerts of a run before, which was last seen at Unix second `seen`, see `alerts.past.settling`. Alerts
        of rules that are no longer there are dropped.
        """
        rules = {(running.group.name, running.rule.name): running for running in self._rules()}
        for alert in alerts:
            running = rules.get((alert.group, alert.name))
            if running and alert.state is not AlertState.INACTIVE:
                restored = settling(alert, running.rule, running.group, now=now, seen=seen)
                running.alerts = {**running.alerts, alert.labels: restored}

    def take_up(self, series: Sequence[Labels], values: Floats, at: float) -> frozenset[Labels]:
        """Take up series of a run before, with their last `values`, after `restore`: those that its rules wrote end
        when the first evaluation does not give them any more. At `at` (Unix seconds) what is a state is written anew:
        the alerts, and the series of rules that read their own. Gives the series that belong to a rule.
        """
        rules = [*self._rules()]
        owned = owners(series, [running.rule for running in rules])
        last: list[dict[Labels, float]] = [{} for _ in rules]
        for one, value in zip(series, values.tolist(), strict=True):
            if one in owned:
                last[owned[one]][one] = value
        for running, own in zip(rules, last, strict=True):
            running.take_up(own, self._desk, at)
        return frozenset(owned)

    def groups(self) -> tuple[GroupView, ...]:
        """The groups in order, as they stand now."""
        return tuple(group.view() for group in self._groups)

    def _rules(self) -> Iterator["_RunningRule"]:
        return (rule for group in self._groups for rule in group.rules)

    def _run(self, group: "_RunningGroup", now: float) -> None:
        started = self._clock.monotonic()
        for running in group.rules:
            running.look = self._attempt(running, now)
        group.look = Look(at=now, took=self._clock.monotonic() - started)

    def _attempt(self, running: "_RunningRule", now: float) -> Look:
        started, failure = self._clock.monotonic(), ""
        try:
            running.run(self._desk, now)
        except (PromQLError, RuleError) as error:
            failure = str(error)
            self._instruments.add(EVALUATION_FAILURES, rule=running.rule.name)
        return Look(at=now, took=self._clock.monotonic() - started, error=failure)


def _preparing(evaluate: Evaluate | None) -> Callable[[Expression], Query]:
    """How the expressions of rules become queries, which remember together what they make of labels."""
    if evaluate:
        return lambda expression: partial(evaluate, expression)
    memo = Memo()
    return lambda expression: prepare(expression, memo).evaluate


class _Desk:
    """What a rule reads from and writes to."""

    def __init__(  # noqa: PLR0913 - what the evaluator was given
        self,
        source: SeriesSource,
        sink: SeriesSink,
        answers: Evaluate | None,
        *,
        external: External,
        backdates: bool,
        read: Callable[[str], Expression],
    ) -> None:
        self.backdates = backdates
        self._source = source
        self._shared = Sharing(source)
        self._sink = sink
        self._evaluate = answers or evaluate
        self._external = external
        self._read = read

    def scene(self, now: float) -> Scene:
        """Where the templates of a rule are rendered."""
        return Scene(lambda text: self._evaluate(self._read(text), self._source, now), external=self._external)

    def look_anew(self) -> None:
        """Others have written to the source."""
        self._shared = Sharing(self._source)

    def read(self, query: Query, now: float) -> Vector:
        return query(self._shared, now)

    def write(self, labels: tuple[Labels, ...], values: Floats, now: float) -> None:
        if labels:
            self._sink.append(now, labels, values)

    def written(self, metrics: Collection[str]) -> None:
        """Series of these metrics are no longer what they were."""
        self._shared.forget(metrics)


class _RunningGroup:
    def __init__(self, group: Group, *, interval: float, prepared: Callable[[Expression], Query]) -> None:
        self.rules = [_RunningRule(group, rule, prepared(rule.expression)) for rule in group.rules]
        self.look: Look | None = None
        self.group = group
        self._interval = group.interval or interval
        self._turns = Turns(self._interval)

    def view(self) -> GroupView:
        rules = tuple(rule.view() for rule in self.rules)
        return GroupView(group=self.group, interval=self._interval, look=self.look, rules=rules)

    def is_due(self, now: float) -> bool:
        """Whether its turn has come at `now`."""
        return self._turns.due(now)

    def take_turn(self, now: float) -> None:
        """Wait for the turn after that of `now`."""
        self._turns.take(now)


class _RunningRule:
    """A rule, the alerts it has now, and the series it wrote last."""

    def __init__(self, group: Group, rule: Rule, query: Query) -> None:
        self.group = group
        self.rule = rule
        self.alerts: States = {}
        self.look: Look | None = None
        self._offset = group.query_offset
        self._limit = group.limit
        self._query = query
        self._naming = Naming()
        self._written: tuple[Labels, ...] = ()

    def view(self) -> RuleView:
        alerts = tuple(alert for alert in self.alerts.values() if alert.state is not AlertState.INACTIVE)
        return RuleView(rule=self.rule, look=self.look, alerts=alerts)

    def forget_resolved(self) -> None:
        if self.alerts and any(alert.state is AlertState.INACTIVE for alert in self.alerts.values()):
            self.alerts = {
                labels: alert for labels, alert in self.alerts.items() if alert.state is not AlertState.INACTIVE
            }

    def take_up(self, last: Mapping[Labels, float], desk: _Desk, at: float) -> None:
        """`last` are the series that it wrote in a run before."""
        state = dict(_alert_series(self.alerts.values())) if isinstance(self.rule, AlertRule) else {}
        if reads_itself(self.rule):
            state.update(last)
        desk.write(tuple(state), np.array([*state.values()], np.float64), at)
        self._written = (*state, *(one for one in last if one not in state))

    def run(self, desk: _Desk, now: float) -> None:
        """Evaluate at `now` and write the series; nothing changes when it raises, but that an alert rule beyond its
        limit loses its alerts.
        """
        labels, values = self._results(desk.read(self._query, now - self._offset), desk, now)
        at = now - self._offset if desk.backdates else now
        desk.write(labels, values, at)
        if labels is not self._written:
            ended = tuple(set(self._written).difference(labels))
            desk.write(ended, np.full(len(ended), STALE), at)
        desk.written(ALERTS if isinstance(self.rule, AlertRule) else (self.rule.name,))
        self._written = labels

    def _results(self, vector: Vector, desk: _Desk, now: float) -> tuple[tuple[Labels, ...], Floats]:
        """The series to write; of a recording rule the same tuple as long as they stay the same."""
        if isinstance(self.rule, AlertRule):
            self._advance(self.rule, vector, now, desk)
            samples = dict(_alert_series(self.alerts.values()))
            return tuple(samples), np.array([*samples.values()], np.float64)
        self._expect_within_limit(len(vector.labels), "series")
        return self._naming.named(vector.labels, self.rule), vector.values

    def _advance(self, rule: AlertRule, vector: Vector, now: float, desk: _Desk) -> None:
        scene = desk.scene(now) if vector.labels else NOWHERE
        advanced = advance(rule, self.alerts, vector, now, scene=scene)
        self.alerts = {}
        self._expect_within_limit(sum(alert.state is not AlertState.INACTIVE for alert in advanced.values()), "alerts")
        self.alerts = {labels: replace(alert, group=self.group.name) for labels, alert in advanced.items()}

    def _expect_within_limit(self, count: int, what: str) -> None:
        if 0 < self._limit < count:
            raise RuleError(f"{self.rule.name} gives {count} {what}, more than the limit of {self._limit}")


def _alert_series(alerts: Iterable[Alert]) -> Iterator[tuple[Labels, float]]:
    for alert in alerts:
        if alert.state is not AlertState.INACTIVE:
            yield alert.labels.with_({NAME: ALERTS[0], "alertstate": alert.state.value}), 1.0
            yield alert.labels.with_({NAME: ALERTS[1]}), float(int(alert.active_at))
