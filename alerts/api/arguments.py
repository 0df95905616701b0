"""The parameters of a request, from its address and its form, read as Prometheus reads them."""

import math
import re
from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from alerts.api.errors import ApiError, ErrorType, wrong_argument
from alerts.promql import Expression, PromQLError, Selector, parse
from alerts.promql.syntax import Shift
from drawdown.durations import parse_duration
from drawdown.series import Matcher, Op

FAR = 9_223_372_036.0
"""Seconds around 1970 beyond which nothing is a time or a duration: what Prometheus' nanoseconds can hold."""
_EDGES = {"-292273086-05-16T16:47:06Z": -FAR, "292277025-08-18T07:12:54.999999999Z": FAR}
"""Prometheus' own earliest and latest time, whose years have too many digits."""
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_YES, _NO = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


async def read_arguments(request: web.Request) -> "Arguments":
    """What the request says in its path, in its form, and after the `?`; the first value of a name counts.

    Raises:
        ApiError: the form cannot be read.
    """
    form = await _form(request)
    return Arguments([*request.match_info.items(), *form, *request.query.items()])


async def _form(request: web.Request) -> Iterable[tuple[str, str]]:
    if request.method != "POST" or request.content_type != "application/x-www-form-urlencoded":
        return ()
    try:
        form = await request.post()
    except (web.HTTPRequestEntityTooLarge, UnicodeDecodeError, LookupError, ValueError) as error:
        raise ApiError(ErrorType.BAD_DATA, f"error parsing form values: {error}") from None
    return [(name, value) for name, value in form.items() if isinstance(value, str)]


class Arguments:
    """Parameters by name. Whatever cannot be read is an ApiError that names the parameter."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = tuple(pairs)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of `name`."""
        return tuple(value for key, value in self._pairs if key == name)

    def text(self, name: str) -> str:
        """Empty where it is not given."""
        return next(iter(self.all(name)), "")

    def time(self, name: str, default: float | None = None) -> float:
        """Unix seconds, to the millisecond; needed where there is no `default`."""
        text = self.text(name)
        if not text and default is not None:
            return default
        seconds = _number(text, _date(text))
        if seconds is None or abs(seconds) > FAR:
            raise wrong_argument(name, f"cannot parse {_quoted(text)} to a valid timestamp")
        return _to_millisecond(seconds)

    def duration(self, name: str, default: float | None = None) -> float:
        """Seconds; needed where there is no `default`."""
        text = self.text(name)
        if not text and default is not None:
            return default
        seconds = _number(text, _duration(text))
        if seconds is None or abs(seconds) > FAR:
            raise wrong_argument(name, f"cannot parse {_quoted(text)} to a valid duration")
        return seconds

    def count(self, name: str, default: int = 0) -> int:
        """A whole number that is not negative."""
        text = self.text(name)
        if text and not re.fullmatch(r"\+?[0-9]{1,18}", text):
            raise wrong_argument(name, f"{_quoted(text)} is not a whole number from 0 on")
        return int(text or default)

    def flag(self, name: str) -> bool:
        text = self.text(name)
        if text and text not in (*_YES, *_NO):
            raise wrong_argument(name, f"{_quoted(text)} is neither true nor false")
        return text in _YES

    def expression(self, name: str = "query") -> Expression:
        return _parsed(name, self.text(name))

    def selectors(self, name: str = "match[]") -> tuple[tuple[Matcher, ...], ...]:
        """The matchers of every selector that is given."""
        return tuple(_matchers(name, text) for text in self.all(name))


def _parsed(name: str, text: str) -> Expression:
    try:
        return parse(text)
    except PromQLError as error:
        raise wrong_argument(name, f"{_place(text, error.position)}: parse error: {error.message}") from None


def _place(text: str, position: int) -> str:
    before = text[:position]
    return f"{before.count(chr(10)) + 1}:{position - before.rfind(chr(10))}"


def _matchers(name: str, text: str) -> tuple[Matcher, ...]:
    root = _parsed(name, text).root
    if not isinstance(root, Selector) or root.shift != Shift():
        raise wrong_argument(name, f'{_quoted(text)} is not a selector; write for example up{{job="a"}}')
    return root.matchers


def fits(matcher: Matcher, value: str) -> bool:
    """Whether the value of its label satisfies `matcher`."""
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return (value == matcher.value) is (matcher.op is Op.EQUAL)
    return bool(re.fullmatch(matcher.value, value, re.DOTALL)) is (matcher.op is Op.MATCH)


def _number(text: str, otherwise: float | None) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return otherwise
    return seconds if math.isfinite(seconds) and "_" not in text else None


def _to_millisecond(seconds: float) -> float:
    """The nearest millisecond, of two that are as near the one further from 0."""
    fraction, whole = math.modf(seconds)
    return whole + math.copysign(math.floor(abs(fraction) * 1000 + 0.5) / 1000, seconds)


def _date(text: str) -> float | None:
    if not _RFC_3339.fullmatch(text):
        return _EDGES.get(text)
    try:
        at = datetime.fromisoformat(text)
        return at.replace(microsecond=0).timestamp() + at.microsecond // 1000 / 1000
    except (ValueError, OverflowError):
        return None


def _duration(text: str) -> float | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None


def _quoted(text: str) -> str:
    shown = text if len(text) <= 100 else text[:100] + "…"
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
