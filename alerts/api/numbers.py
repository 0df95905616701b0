"""Numbers and times as Prometheus writes them into JSON.

Digits are as few as tell the value. Sources: `util/jsonutil` of Prometheus, where samples have an exponent below 1e-6
and from 1e21; `promql.Scalar`; Go's RFC 3339 with nanoseconds.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal

NEVER = "0001-01-01T00:00:00Z"
"""Go's zero time."""


def number(value: float) -> str:
    """A sample's value: 1.0 → `1`, 1e-7 → `1e-07`, infinity → `+Inf`."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    if "e" not in text and "n" not in text:
        return text
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
    return text if abs(value) < 1e-6 or abs(value) >= 1e21 else format(Decimal(text), "f")


def plain(value: float) -> str:
    """A scalar, never with an exponent: 1e-7 → `0.0000001`."""
    return format(Decimal(repr(value)), "f").removesuffix(".0") if math.isfinite(value) else number(value)


def scientific(value: float) -> str:
    """An alert's value, always with an exponent: 0.31 → `3.1e-01`."""
    if not math.isfinite(value):
        return number(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    text = "".join(map(str, digits))
    shown = text.rstrip("0") or "0"
    power = exponent + len(text) - 1 if shown != "0" else 0
    return f"{'-' * sign}{shown[0]}{'.' * (len(shown) > 1)}{shown[1:]}e{'-' if power < 0 else '+'}{abs(power):02d}"


def timestamp(seconds: float) -> str:
    """Unix seconds to the millisecond, as a JSON number: 1.5 → `1.500`."""
    millis = round(seconds * 1000)
    whole, rest = divmod(abs(millis), 1000)
    return f"{'-' * (millis < 0)}{whole}{f'.{rest:03d}' * (rest > 0)}"


def moment(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat()
    whole, _, rest = text.removesuffix("+00:00").partition(".")
    return f"{whole}{'.' * bool(rest)}{rest.rstrip('0')}Z"
