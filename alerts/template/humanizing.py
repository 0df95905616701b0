"""Numbers as people read them. Source: util/common and template/template.go of Prometheus 3."""

import math

from alerts.gotemplate import TemplateError, Value
from alerts.gotemplate.printing import plain, special
from alerts.template.moment import Moment

_LARGE = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_LARGE_1024 = ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_SMALL = ("", "m", "u", "n", "p", "f", "a", "z", "y")


def number_of(value: Value) -> float:
    """`value` as a number; a text is read as one.

    Raises:
        TemplateError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TemplateError(f"{plain(value)} is not a number")
    try:
        return float(value)
    except ValueError:
        raise TemplateError(f"{value!r} is not a number") from None


def _four(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else special(value)


def _scaled(value: float, base: float, prefixes: tuple[str, ...]) -> str:
    power = 0
    while abs(value) >= base and power < len(prefixes) - 1:
        value, power = value / base, power + 1
    return _four(value) + prefixes[power]


def _small(value: float) -> str:
    power = 0
    while abs(value) < 1 and power < len(_SMALL) - 1:
        value, power = value * 1000, power + 1
    return _four(value) + _SMALL[power]


def humanize(value: Value) -> str:
    """12345 → `12.35k`, 0.012 → `12m`."""
    number = number_of(value)
    if number == 0 or not math.isfinite(number):
        return _four(number)
    return _scaled(number, 1000, _LARGE) if abs(number) >= 1 else _small(number)


def humanize_1024(value: Value) -> str:
    """2048 → `2ki`."""
    number = number_of(value)
    if abs(number) <= 1 or not math.isfinite(number):
        return _four(number)
    return _scaled(number, 1024, _LARGE_1024)


def humanize_percentage(value: Value) -> str:
    """0.3142 → `31.42%`."""
    return _four(number_of(value) * 100) + "%"


def humanize_duration(value: Value) -> str:
    """3725 → `1h 2m 5s`, 1.5 → `1.5s`, 0.012 → `12ms`."""
    number = number_of(value)
    if not math.isfinite(number):
        return _four(number)
    if abs(number) >= 60:
        return ("-" if number < 0 else "") + _clock(int(abs(number)))
    return (_four(number) if number == 0 or abs(number) >= 1 else _small(number)) + "s"


def _clock(seconds: int) -> str:
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{unit}" for count, unit in parts[first:])


def humanize_timestamp(value: Value) -> str:
    """1435065584.128 → `2015-06-23 13:19:44.128 +0000 UTC`."""
    number = number_of(value)
    return str(Moment.of(number)) if math.isfinite(number) else special(number)


def to_time(value: Value) -> Moment:
    """Unix seconds as a time with `.Format`, `.Year`, …"""
    number = number_of(value)
    if not math.isfinite(number):
        raise TemplateError("a time is neither NaN nor Inf")
    return Moment.of(number)
