"""The functions that Prometheus gives to the templates of rules, with its results to the letter.

Source: template/template.go and util/common of Prometheus 3, fmt.Sprintf and strconv of Go.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

Value = str | float | int | bool | Mapping[str, str]
Function = Callable[..., Value]

_LARGE = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_LARGE_1024 = ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_SMALL = ("", "m", "u", "n", "p", "f", "a", "z", "y")
_VERB = re.compile(r"%([-+# 0]*\d{0,3}(?:\.\d{1,2})?)([a-zA-Z%])")
_GROUP = re.compile(r"\$\$|\$\{(\w+)\}|\$(\w+)")


class TemplateError(ValueError):
    """A template that cannot be read, or whose text cannot be made from the sample at hand."""


def text_of(value: Value) -> str:
    """`value` as `{{ }}` prints it: Go's %v."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{name}:{value[name]}" for name in sorted(value)) + "]"
    return str(value)


def _shortest(value: float) -> str:
    if not math.isfinite(value):
        return _special(value)
    number = Decimal(repr(value)).normalize()
    if value == 0 or -4 <= number.adjusted() < 21:
        return f"{number:f}"
    return f"{number.scaleb(-number.adjusted()):f}e{number.adjusted():+03d}"


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "+Inf" if value > 0 else "-Inf"


def _four(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else _special(value)


def number_of(value: Value) -> float:
    """`value` as a number; text is read as one.

    Raises:
        TemplateError: it is none.
    """
    if isinstance(value, bool | Mapping):
        raise TemplateError(f"{text_of(value)} is not a number")
    try:
        return float(value)
    except ValueError:
        raise TemplateError(f"{value!r} is not a number") from None


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


def printf(layout: Value, *values: Value) -> str:
    """Go's Sprintf with the verbs %s %q %v %d %f %e %g and %%.

    Raises:
        TemplateError: a verb is unknown, does not fit its value, or the numbers of verbs and values differ.
    """
    rest = list(values)
    text = _VERB.sub(lambda match: _verb(match[1], match[2], rest), str(layout))
    if rest:
        raise TemplateError(f"printf {layout!r} has more values than verbs")
    return text


def _verb(flags: str, verb: str, rest: list[Value]) -> str:
    if verb == "%":
        return "%"
    if not rest:
        raise TemplateError("printf has more verbs than values")
    value = rest.pop(0)
    if verb in "sqv":
        text = f'"{text_of(value)}"' if verb == "q" else text_of(value)
        return f"%{flags}s" % text
    if verb == "d" and isinstance(value, int):
        return f"%{flags}d" % value
    if verb in "feg" and isinstance(value, float):
        return f"%{flags}{verb}" % value if math.isfinite(value) else _special(value)
    raise TemplateError(f"printf %{verb} does not fit {text_of(value)}")


def re_replace_all(pattern: Value, replacement: Value, text: Value) -> str:
    """`text` with every match of `pattern` replaced; `$1` and `${name}` stand for groups.

    Raises:
        TemplateError: the pattern is not a regular expression.
    """
    try:
        expression = re.compile(str(pattern))
    except re.error as error:
        raise TemplateError(f"{pattern!r} is not a regular expression: {error}") from None
    return expression.sub(lambda match: _filled(str(replacement), match), str(text))


def _filled(replacement: str, match: re.Match[str]) -> str:
    groups = {str(number): text or "" for number, text in enumerate((match[0], *match.groups()))}
    groups |= {name: text or "" for name, text in match.groupdict().items()}
    return _GROUP.sub(lambda part: "$" if part[0] == "$$" else groups.get(part[1] or part[2], ""), replacement)


def title(text: Value) -> str:
    """The first letter of each word in upper case, the others as they are."""
    return re.sub(r"\b\w", lambda match: match[0].upper(), str(text))


def true(value: Value) -> bool:
    """Whether `if` takes `value` for true: not empty and not zero."""
    return bool(value)


def _kind(value: Value) -> type:
    return next(kind for kind in (str, bool, int, float, Mapping) if isinstance(value, kind))


def _same_kind(left: Value, right: Value) -> None:
    if _kind(left) is not _kind(right) or isinstance(left, Mapping):
        raise TemplateError(f"{text_of(left)} and {text_of(right)} are of different kinds; write a number as 5.0")


def _equal(left: Value, *rights: Value) -> bool:
    for right in rights:
        _same_kind(left, right)
    return left in rights


def _less(left: Value, right: Value) -> bool:
    _same_kind(left, right)
    return left < right  # type: ignore[operator]  # one kind, and none without an order


def _conjunction(*values: Value) -> Value:
    return next((value for value in values if not true(value)), values[-1])


def _disjunction(*values: Value) -> Value:
    return next((value for value in values if true(value)), values[-1])


FUNCTIONS: Final[Mapping[str, Function]] = {
    "humanize": humanize,
    "humanize1024": humanize_1024,
    "humanizePercentage": humanize_percentage,
    "humanizeDuration": humanize_duration,
    "printf": printf,
    "print": lambda *values: "".join(text_of(value) for value in values),
    "toUpper": lambda text: str(text).upper(),
    "toLower": lambda text: str(text).lower(),
    "title": title,
    "reReplaceAll": re_replace_all,
    "eq": _equal,
    "ne": lambda left, right: not _equal(left, right),
    "lt": _less,
    "le": lambda left, right: _less(left, right) or _equal(left, right),
    "gt": lambda left, right: _less(right, left),
    "ge": lambda left, right: _less(right, left) or _equal(left, right),
    "and": _conjunction,
    "or": _disjunction,
    "not": lambda value: not true(value),
}
"""By the name in a template. A wrong number of arguments is a TypeError."""
