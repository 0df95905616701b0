"""How Go prints values: `%v`, `print` and `println`."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal

from alerts.gotemplate.values import Sample, Value


def text_of(value: Value) -> str:
    """`value` as `{{ }}` prints it."""
    return "<no value>" if value is None else plain(value)


def plain(value: Value) -> str:
    """`value` as `%v` prints it, within others too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return shortest(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{name}:{plain(value[name])}" for name in sorted(value)) + "]"
    if isinstance(value, tuple):
        return "[" + " ".join(map(plain, value)) + "]"
    if isinstance(value, Sample):
        return f"{{{plain(value.labels)} {plain(value.value)}}}"
    return "<nil>" if value is None else str(value)


def shortest(value: float, *, capital: bool = False) -> str:
    """`%g`: the fewest digits that mean this number, with an exponent below 1e-4 and from 1e+06 on."""
    if not math.isfinite(value):
        return special(value)
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    number = Decimal(repr(abs(value))).normalize()
    exponent = number.adjusted()
    if value == 0 or -4 <= exponent < 6:
        return f"{sign}{number:f}"
    return f"{sign}{number.scaleb(-exponent):f}{'E' if capital else 'e'}{exponent:+03d}"


def special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "+Inf" if value > 0 else "-Inf"


def print_(*values: Value) -> str:
    """Go's Sprint: a space between two values of which neither is a text."""
    parts: list[str] = []
    for number, value in enumerate(values):
        if number and not isinstance(value, str) and not isinstance(values[number - 1], str):
            parts.append(" ")
        parts.append(plain(value))
    return "".join(parts)


def println(*values: Value) -> str:
    """Go's Sprintln: a space between any two values, and a new line."""
    return spaced(values) + "\n"


def spaced(values: Iterable[Value]) -> str:
    return " ".join(map(plain, values))
