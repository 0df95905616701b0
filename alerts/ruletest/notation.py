"""Series and their samples as tests write them.

A series is `up{job="a"}`. Its samples, one each interval, are parted by blanks: `1.5`, `_` (none), `stale`, `1x3` (1 1
1 1), `_x3` (three times none), `1+2x3` (1 3 5 7), `9-2x3`; also NaN, Inf, and `{{count:2 sum:3}}+{{count:1 sum:1}}x3`.
Source: promtool's documentation of unit tests, and the grammar of Prometheus' series descriptions.
"""

import re
from typing import Final

import numpy as np

from alerts.promql import PromQLError
from alerts.promql.cursor import Cursor
from alerts.promql.lexer import Lexeme
from alerts.ruletest.histogram import Histogram, Histograms
from drawdown.series import ABSENT, NAME, STALE, Floats, Labels

MAX_SAMPLES: Final = 10_000_000
"""Of one series."""

_TIMES: Final = r"\d{1,9}"
_NUMBER: Final = r"(?:inf|nan|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
_ITEM: Final = re.compile(
    rf"(?P<blank>_)(?:x(?P<blanks>{_TIMES}))?|(?P<stale>stale)"
    rf"|(?P<first>[+-]?{_NUMBER})(?P<step>[+-]{_NUMBER})?(?:x(?P<more>{_TIMES}))?",
    re.IGNORECASE,
)
_HISTOGRAM: Final = re.compile(
    r"(?P<first>\{\{[^{}]*\}\})(?:(?P<sign>[+-])(?P<step>\{\{[^{}]*\}\}))?(?:x(?P<more>\d{1,9}))?"
)
_WORD: Final = re.compile(r"(?:\{\{[^{}]*\}\}|\S)+")


def parse_series(text: str) -> Labels:
    """The labels of `name{label="value"}`; of an empty text none.

    Raises:
        PromQLError: it is no such thing; with the position.
    """
    cursor = Cursor(text)
    pairs: dict[str, str] = {}
    if cursor.next.lexeme is Lexeme.NAME:
        pairs[NAME] = cursor.take().text
    if cursor.accept("{"):
        _pairs(cursor, pairs)
    if not cursor.at_end:
        raise cursor.unexpected('a series, such as up{job="a"}')
    return Labels(pairs)


def _pairs(cursor: Cursor, pairs: dict[str, str]) -> None:
    while not cursor.accept("}"):
        if cursor.next.lexeme not in {Lexeme.NAME, Lexeme.STRING}:
            raise cursor.unexpected("the name of a label, or '}'")
        name = cursor.take()
        if name.lexeme is Lexeme.STRING and cursor.is_at(",", "}"):
            pairs[NAME] = name.text
        else:
            cursor.expect("=", "after the name of a label")
            pairs[name.text] = _value(cursor)
        if not cursor.is_at("}"):
            cursor.expect(",", "or '}' after a label")


def _value(cursor: Cursor) -> str:
    if cursor.next.lexeme is not Lexeme.STRING:
        raise cursor.unexpected("the value of the label in quotes")
    return cursor.take().text


def expand(text: str, histograms: Histograms) -> Floats:
    """The samples (intervals,), ABSENT where there is none; a histogram is what `histograms` has it stand for.

    Raises:
        PromQLError: at something that is no sample, or when there are more than MAX_SAMPLES.
    """
    parts: list[Floats] = []
    count = 0
    for word in _WORD.finditer(text):
        item = (_HISTOGRAM if "{{" in word[0] else _ITEM).fullmatch(word[0])
        if item is None:
            message = f"{word[0]!r} is no sample; write for example 5, _, stale, 1x10 or 1+2x10"
            raise PromQLError(message, word.start())
        count += _length(item)
        if count > MAX_SAMPLES:
            raise PromQLError(f"a series has at most {MAX_SAMPLES} samples", word.start())
        parts.append(_samples(item) if item.re is _ITEM else _boxed(item, histograms, word.start()))
    return np.concatenate([*parts, np.empty(0)])


def _length(item: re.Match[str]) -> int:
    groups = item.groupdict()
    return int(groups["blanks"] or 1) if groups.get("blank") else 1 + int(groups["more"] or 0)


def _samples(item: re.Match[str]) -> Floats:
    if item["blank"]:
        return np.full(_length(item), ABSENT)
    if item["stale"]:
        return np.array([STALE])
    values = np.full(_length(item), float(item["step"] or 0.0))
    values[0] = float(item["first"])
    return np.add.accumulate(values)


def _boxed(item: re.Match[str], histograms: Histograms, position: int) -> Floats:
    histogram = Histogram.parse(item["first"], position)
    step = Histogram.parse(item["step"], position) if item["step"] else Histogram()
    sign = -1.0 if item["sign"] == "-" else 1.0
    numbers = []
    for _ in range(_length(item)):
        numbers.append(histograms.stand_in(histogram))
        histogram = histogram.plus(step, sign)
    return np.array(numbers)
