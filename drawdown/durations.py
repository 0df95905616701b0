"""Durations as people and Prometheus write them: `300ms`, `5m`, `1h30m`. Inside they are seconds as `float`."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PATTERN = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")


def parse_duration(text: str) -> float:
    """Seconds of a Prometheus duration: integers with units, largest first, each unit at most once; `0` needs no unit.

    Raises:
        ValueError: `text` is not such a duration.
    """
    if text == "0":
        return 0.0
    match = _PATTERN.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a duration; write for example 300ms, 30s, 5m or 1h30m")
    given = zip(match.groups(), _UNITS.values(), strict=True)
    seconds, millis = divmod(sum(int(number) * round(unit * 1000) for number, unit in given if number), 1000)
    return seconds + millis / 1000


def format_duration(seconds: float) -> str:
    """The shortest Prometheus duration for `seconds`, to the millisecond: 90 → `1m30s`, 0.25 → `250ms`, 0 → `0s`."""
    rest, parts = round(abs(seconds) * 1000), []
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, round(_UNITS[unit] * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 and parts else "") + ("".join(parts) or "0s")


def humanize_duration(seconds: float) -> str:
    """A duration for a tired reader, two units at most: 73.4 → `1m 13s`, 4.26 → `4.3s`, 0.0821 → `82ms`."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f}ms"
    if abs(seconds) < 10:
        return f"{seconds:.1f}s"
    parts = re.findall(r"\d+[a-z]+", format_duration(round(seconds)))
    return ("-" if seconds < 0 else "") + " ".join(parts[:2])


def _coerce(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} is not a duration; write it with its unit, for example 30s")


Duration = Annotated[float, BeforeValidator(_coerce)]
"""A pydantic field that is written as `5m` and read as seconds."""
