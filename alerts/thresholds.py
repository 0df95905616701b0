"""The numbers of rules that a site may want otherwise. Each has a name, and behind it in a rule file stands where it is
used: `> 0.1 # threshold channel_failing_share` in an expression, `{{ 0.1 | humanizePercentage }}{{/* threshold
channel_failing_share */}}` in a text. So a rule file is whole by itself, and all its places can be set at once.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from pydantic import ConfigDict

from drawdown.document import Document, load_document

_SOURCE: Final = "alerts/thresholds.yaml"
_PLACE: Final = re.compile(
    r"(?P<number>\d[\d.]*(?:e[+-]?\d+)?)"
    r"(?P<rest>[ \t]*\#[ ]threshold[ ](?P<expression>\w+)|[^{}\n]*\}\}\{\{/\*[ ]threshold[ ](?P<text>\w+)[ ]\*/\}\})"
)


class Unit(StrEnum):
    """What a threshold counts. A share lies between 0 and 1; the others have no upper bound."""

    SHARE = "share"
    COUNT = "count"
    TIMES = "times"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """`value` is what the shipped rules have, `meaning` says what it is, `change` when to choose another."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    value: float
    unit: Unit
    meaning: str
    change: str


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Those of the shipped rules, by name."""
    text = resources.files("alerts").joinpath("thresholds.yaml").read_text(encoding="utf-8")
    return load_document(text, source=_SOURCE).bind(dict[str, Threshold])


def checked(values: dict[str, float]) -> dict[str, float]:
    """`values` by name, if they can stand for thresholds.

    Raises:
        ValueError: a name is not known, or its value is not possible; says which and what to write.
    """
    for name, value in values.items():
        if name not in thresholds():
            close = get_close_matches(name, thresholds(), n=1)
            raise ValueError(f"there is no threshold {name}{f'; did you mean {close[0]}?' if close else ''}")
        most = 1.0 if thresholds()[name].unit is Unit.SHARE else math.inf
        if not (0 < value <= most and math.isfinite(value)):
            raise ValueError(f"{name} cannot be {value:g}; it is {_bounds(most)}")
    return values


def _bounds(most: float) -> str:
    return "a share above 0 and up to 1" if most == 1 else "a number above 0"


def set_thresholds(text: str, values: Mapping[str, float]) -> str:
    """`text` of rules with these `values` in the places that have their names."""
    return _PLACE.sub(lambda place: _written(place, values), text)


def _written(place: re.Match[str], values: Mapping[str, float]) -> str:
    value = values.get(place["expression"] or place["text"])
    return place[0] if value is None else f"{number(value)}{place['rest']}"


def number(value: float) -> str:
    """As PromQL and templates read it: `0.1`, `14.4`, `3`."""
    return f"{int(value)}" if value == int(value) else repr(value)


def places(text: str) -> Iterator[tuple[str, float]]:
    """The names of thresholds in a rule file's text, each with the number that stands there."""
    for place in _PLACE.finditer(text):
        yield place["expression"] or place["text"], float(place["number"])


def with_thresholds(document: Document, values: Mapping[str, float]) -> Document:
    """A rule file in which the thresholds are set; every part keeps its place."""
    return document.with_value(_walked(document.value, values)) if values else document


def _walked(part: Any, values: Mapping[str, float]) -> Any:
    if isinstance(part, dict):
        return {key: _walked(each, values) for key, each in part.items()}
    if isinstance(part, list):
        return [_walked(each, values) for each in part]
    return set_thresholds(part, values) if isinstance(part, str) else part
