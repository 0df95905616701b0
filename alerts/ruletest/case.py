"""One test of a file, read: everything in it parsed, with the places of its expectations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from alerts.promql import Expression, PromQLError, parse
from alerts.ruletest.comparing import Sample, Told
from alerts.ruletest.histogram import Histogram, Histograms
from alerts.ruletest.notation import expand, parse_series
from alerts.ruletest.shape import WrittenAlertTest, WrittenExpressionTest, WrittenSample, WrittenSeries, WrittenTest
from alerts.template import External
from drawdown.document import Document, Key
from drawdown.errors import Place, Problem
from drawdown.series import Floats, Labels

T = TypeVar("T")
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertExpectation:
    """The alerts `name` that fire `after` seconds."""

    place: Place
    name: str
    after: float
    alerts: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionExpectation:
    """What `expression` gives `after` seconds."""

    place: Place
    expression: Expression
    after: float
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test. Samples of `series` are `interval` seconds apart, from `start` (Unix seconds) on."""

    place: Place
    name: str
    start: float
    interval: float
    series: tuple[tuple[Labels, Floats], ...]
    histograms: Histograms
    alerts: tuple[AlertExpectation, ...]
    expressions: tuple[ExpressionExpectation, ...]
    external: External

    @property
    def lasts(self) -> float:
        """Seconds until the last expectation."""
        times = [*(each.after for each in self.alerts), *(each.after for each in self.expressions)]
        return max(times, default=0.0)


class CaseReader:
    """Reads the tests of one document; `problems` are those found on the way."""

    def __init__(self, document: Document, *, interval: float) -> None:
        """`interval` (seconds) is that of the tests which name none."""
        self.problems: list[Problem] = []
        self._document = document
        self._interval = interval or _MINUTE

    def read(self, written: WrittenTest, path: Sequence[Key]) -> Case:
        histograms = Histograms()
        alerts = [self._alerts(each, (*path, "alert_rule_test", at)) for at, each in enumerate(written.alert_rule_test)]
        expressions = [
            self._expression(each, (*path, "promql_expr_test", at)) for at, each in enumerate(written.promql_expr_test)
        ]
        return Case(
            place=self._document.place(path),
            name=written.name,
            start=written.start_timestamp,
            interval=written.interval or self._interval,
            series=tuple(self._series(written.input_series, (*path, "input_series"), histograms)),
            histograms=histograms,
            alerts=tuple(alerts),
            expressions=tuple(each for each in expressions if each),
            external=External(labels=Labels(written.external_labels), url=written.external_url),
        )

    def _series(
        self, written: Sequence[WrittenSeries], path: Sequence[Key], histograms: Histograms
    ) -> Iterator[tuple[Labels, Floats]]:
        for at, each in enumerate(written):
            labels = self._parsed(parse_series, each.series, (*path, at, "series"))
            samples = self._parsed(lambda text: expand(text, histograms), each.values, (*path, at, "values"))
            if labels is not None and samples is not None:
                yield labels, samples

    def _alerts(self, written: WrittenAlertTest, path: Sequence[Key]) -> AlertExpectation:
        name = {"alertname": written.alertname}
        told = (Told(Labels({**each.exp_labels, **name}), Labels(each.exp_annotations)) for each in written.exp_alerts)
        place = self._document.place(path)
        return AlertExpectation(place=place, name=written.alertname, after=written.eval_time, alerts=tuple(told))

    def _expression(self, written: WrittenExpressionTest, path: Sequence[Key]) -> ExpressionExpectation | None:
        expression = self._parsed(parse, written.expr, (*path, "expr"))
        samples = tuple(self._samples(written.exp_samples, (*path, "exp_samples")))
        place = self._document.place(path)
        if expression is None:
            return None
        return ExpressionExpectation(place=place, expression=expression, after=written.eval_time, samples=samples)

    def _samples(self, written: Sequence[WrittenSample], path: Sequence[Key]) -> Iterator[Sample]:
        for at, each in enumerate(written):
            labels = self._parsed(parse_series, each.labels, (*path, at, "labels"))
            value: float | Histogram | None = each.value
            if each.histogram:
                value = self._parsed(Histogram.parse, each.histogram, (*path, at, "histogram"))
            if labels is not None and value is not None:
                yield Sample(labels, value)

    def _parsed(self, parse_text: Callable[[str], T], text: str, path: Sequence[Key]) -> T | None:
        try:
            return parse_text(text)
        except PromQLError as error:
            message = f"character {error.position + 1}: {error.message}"
            self.problems.append(self._document.problem(path, message))
            return None
