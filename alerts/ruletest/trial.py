"""Runs one test: its rules over its series, tick by tick, and looks at what is expected when its time has come."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.alert import Alert
from alerts.evaluator import Evaluator
from alerts.foresight.foresight import Foresight
from alerts.foresight.tape import Tape
from alerts.promql import Expression, PromQLError, Vector, selectors
from alerts.promql.syntax import Selector, bare
from alerts.rule import Group
from alerts.ruletest.case import AlertExpectation, Case, ExpressionExpectation
from alerts.ruletest.comparing import Same, Sample, Told, in_order, same_samples, told_in_order
from alerts.ruletest.verdict import Failure
from drawdown.catalogue import EVALUATION_FAILURES, Metric
from drawdown.durations import format_duration
from drawdown.series import NAME, Floats

_HAIR: Final = 1e-9
_HALF_A_MILLISECOND: Final = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all tests of a file: their rules, the seconds between ticks, and when two numbers are the same."""

    groups: tuple[Group, ...]
    interval: float
    same: Same


def run(case: Case, terms: Terms) -> Iterator[Failure]:
    """What is other than expected. When a rule fails, the test ends there, as in promtool."""
    strange = list(_beyond_us(case, terms.groups))
    yield from strange or _Trial(case, terms).failures()


class _Trial:
    def __init__(self, case: Case, terms: Terms) -> None:
        self._case = case
        self._same = terms.same
        self._interval = terms.interval
        self._ticks = _spaced(case.start, terms.interval, int(case.lasts / terms.interval + _HAIR) + 1)
        self._watch = _Watch()
        self._tape = _tape(case, terms.groups, self._ticks)
        self._foresight = Foresight(terms.groups, self._tape, self._ticks, step=terms.interval)
        self._evaluator = Evaluator(
            self._foresight.groups,
            source=self._tape,
            sink=self._tape,
            instruments=self._watch,
            clock=self._watch,
            interval=terms.interval,
            evaluate=self._foresight.evaluate,
            external=case.external,
            backdates=True,
        )

    def failures(self) -> Iterator[Failure]:
        due = self._due()
        for number, tick in enumerate(self._ticks.tolist()):
            self._tape.until = tick
            alerts = self._evaluator.tick(tick)
            if self._watch.failed:
                yield from self._errors(tick)
                return
            for expectation in due[number]:
                yield from self._alerts(expectation, alerts)
        for each in self._case.expressions:
            yield from self._expression(each)

    def _due(self) -> dict[int, list[AlertExpectation]]:
        """The expectations by the number of the last tick that is not later."""
        due = defaultdict(list)
        for expectation in self._case.alerts:
            due[int(expectation.after / self._interval + _HAIR)].append(expectation)
        return due

    def _errors(self, tick: float) -> Iterator[Failure]:
        when = format_duration(tick - self._case.start)
        for view in (view for group in self._evaluator.groups() for view in group.rules):
            if view.look and view.look.error:
                yield Failure(
                    place=self._case.place,
                    test=self._case.name,
                    subject=f"rule {view.rule.name} at {when}",
                    expected=("no error",),
                    got=(view.look.error,),
                )

    def _alerts(self, expectation: AlertExpectation, alerts: Iterable[Alert]) -> Iterator[Failure]:
        firing = [Told.by(alert) for alert in alerts if alert.firing and alert.name == expectation.name]
        got, expected = told_in_order(firing), told_in_order(expectation.alerts)
        if got != expected:
            yield Failure(
                place=expectation.place,
                test=self._case.name,
                subject=f"alert {expectation.name} at {format_duration(expectation.after)}",
                expected=tuple(line for told in expected for line in told.lines()),
                got=tuple(line for told in got for line in told.lines()),
            )

    def _expression(self, expectation: ExpressionExpectation) -> Iterator[Failure]:
        try:
            got = in_order(self._samples(expectation))
            as_expected, lines = same_samples(expectation.samples, got, self._same), tuple(map(str, got))
        except PromQLError as error:
            as_expected, lines = False, (f"error at character {error.position + 1}: {error.message}",)
        if not as_expected:
            yield Failure(
                place=expectation.place,
                test=self._case.name,
                subject=f"{expectation.expression.text} at {format_duration(expectation.after)}",
                expected=tuple(map(str, in_order(expectation.samples))),
                got=lines,
            )

    def _samples(self, expectation: ExpressionExpectation) -> Iterator[Sample]:
        at = self._case.start + expectation.after
        vector: Vector = self._foresight.evaluate(expectation.expression, self._tape, at)
        found = self._case.histograms.find(vector.values)
        for labels, value, histogram in zip(vector.labels, vector.values.tolist(), found, strict=True):
            yield Sample(labels, value if histogram is None else histogram)


class _Watch:
    """The instruments and the clock of an evaluator under test: it notices a rule that fails, and no time passes."""

    def __init__(self) -> None:
        self.failed = False

    def add(self, metric: Metric, amount: float = 1.0, /, **_labels: str) -> None:
        self.failed = self.failed or (metric is EVALUATION_FAILURES and amount > 0)

    def set(self, _metric: Metric, _value: float, /, **_labels: str) -> None:
        """No gauge is looked at."""

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep_until(self, _when: float) -> None:
        """An evaluator does not wait."""


def _spaced(start: float, interval: float, count: int) -> Floats:
    return np.arange(count, dtype=np.float64) * interval + start


def _tape(case: Case, groups: Iterable[Group], ticks: Floats) -> Tape:
    """The samples of the case up to the last tick, and room for what the rules give."""
    longest = max((len(samples) for _, samples in case.series), default=0)
    times = _spaced(case.start, case.interval, longest)
    times = times[: np.searchsorted(times, ticks[-1] + _HALF_A_MILLISECOND)]
    offsets = {group.query_offset for group in groups}
    tape = Tape([*times, *ticks, *(tick - offset for offset in offsets for tick in ticks)])
    for labels, samples in case.series:
        shown = samples[: len(times)]
        tape.lay((labels,), shown[np.newaxis, :], times=times[: len(shown)])
    return tape


def _beyond_us(case: Case, groups: Iterable[Group]) -> Iterator[Failure]:
    """Where more is done with native histograms than to select them."""
    named = {labels.get(NAME, "") for labels, samples in case.series if any(case.histograms.find(samples))}
    if not named:
        return
    expressions = {f"rule {rule.name}": rule.expression for group in groups for rule in group.rules}
    expressions |= {each.expression.text: each.expression for each in case.expressions}
    for subject, expression in expressions.items():
        if _reckons_with(expression, named):
            message = "native histograms can only be selected here, not reckoned with"
            yield Failure(place=case.place, test=case.name, subject=subject, expected=("a result",), got=(message,))


def _reckons_with(expression: Expression, named: set[str]) -> bool:
    read = {selector.name for selector in selectors(expression)}
    return bool(read & {*named, ""}) and not isinstance(bare(expression.root), Selector)
