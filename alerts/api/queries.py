"""`query` and `query_range`: an expression at one time, and at the steps of a range."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from alerts.api.answer import Answer, encode, matrix_answer, string_answer, vector_answer
from alerts.api.arguments import FAR, Arguments
from alerts.api.errors import ApiError, ErrorType, wrong_argument
from alerts.api.printing import formatted
from alerts.api.reading import Reader
from alerts.api.settings import QuerySettings
from alerts.api.workers import Workers
from alerts.promql import (
    Expression,
    PromQLError,
    evaluate,
    evaluate_range,
    evaluate_window,
    string_value,
)
from alerts.promql.select import LOOK_BACK
from alerts.promql.syntax import Kind
from drawdown.clock import Clock

T = TypeVar("T")
MAX_FORMATTED = 4000


@dataclass(frozen=True, slots=True)
class Queries:
    """Answers queries; they are computed by `workers`."""

    workers: Workers
    clock: Clock
    settings: QuerySettings

    async def instant(self, asked: Arguments) -> Answer:
        """`query`."""
        at = asked.time("time", self.clock.now())
        limit, seconds = self._bounds(asked)
        expression = asked.expression()
        if (text := string_value(expression)) is not None:
            return string_answer(text, at)
        return await self.workers.run(partial(_instant, expression, at, limit), seconds=seconds)

    async def ranged(self, asked: Arguments) -> Answer:
        """`query_range`."""
        start, end, step = asked.time("start"), asked.time("end"), asked.duration("step")
        self._check_range(start, end, step)
        limit, seconds = self._bounds(asked)
        expression = asked.expression()
        kind = expression.root.kind
        if kind not in {Kind.SCALAR, Kind.VECTOR}:
            message = f'invalid expression type "{kind.value}" for range query, must be Scalar or instant Vector'
            raise wrong_argument("query", message)
        return await self.workers.run(partial(_ranged, expression, (start, end, step), limit), seconds=seconds)

    def _bounds(self, asked: Arguments) -> tuple[int, float]:
        """How many series may come back, and within how many seconds."""
        if asked.duration("lookback_delta", LOOK_BACK / 1000) != LOOK_BACK / 1000:
            raise wrong_argument("lookback_delta", "it is always 5m here")
        most = self.settings.max_series
        return min(asked.count("limit") or most, most), asked.duration("timeout", self.settings.timeout)

    def _check_range(self, start: float, end: float, step: float) -> None:
        if end < start:
            raise wrong_argument("end", "end timestamp must not be before start time")
        if step < 0.001:
            raise wrong_argument("step", "query resolution step widths shorter than 1ms are not accepted")
        if (end - start) // step > self.settings.max_points:
            message = f"exceeded maximum resolution of {self.settings.max_points:,} points per timeseries."
            raise ApiError(ErrorType.BAD_DATA, f"{message} Try decreasing the query resolution (?step=XX)")


def format_query(asked: Arguments) -> Answer:
    """`format_query`: an expression as text with line breaks."""
    if len(asked.text("query")) > MAX_FORMATTED:
        raise wrong_argument("query", f"an expression longer than {MAX_FORMATTED} characters is not formatted")
    return Answer(encode(formatted(asked.expression())))


def exemplars(asked: Arguments) -> Answer:
    """`query_exemplars`: none are kept."""
    asked.expression()
    if asked.time("end", FAR) < asked.time("start", -FAR):
        raise wrong_argument("end", "end timestamp must not be before start timestamp")
    return Answer(encode([]))


def _instant(expression: Expression, at: float, limit: int, reader: Reader) -> Answer:
    if expression.root.kind is Kind.WINDOW:
        return matrix_answer(_executed(lambda: evaluate_window(expression, reader, at)), limit)
    return vector_answer(_executed(lambda: evaluate(expression, reader, at)), at, limit)


def _ranged(expression: Expression, steps: tuple[float, float, float], limit: int, reader: Reader) -> Answer:
    start, end, step = steps
    return matrix_answer(_executed(lambda: evaluate_range(expression, reader, start=start, end=end, step=step)), limit)


def _executed(work: Callable[[], T]) -> T:
    try:
        return work()
    except PromQLError as error:
        raise ApiError(ErrorType.EXECUTION, error.message) from None
