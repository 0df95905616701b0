"""Go's Sprintf. What does not fit shows in the text, as Go shows it: `%!d(float64=0.5)`.

Not there: explicit argument indexes (`%[2]d`), widths from arguments (`%*d`), `%p`, and `#` but for `%#x` and `%#o`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.printing import plain, shortest, special
from alerts.gotemplate.values import Value, type_of

_WIDEST: Final = 1000
_DIRECTIVE: Final = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)", re.DOTALL)
_ESCAPES: Final = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
}


@dataclass(frozen=True, slots=True)
class Directive:
    """One `%…`: flags, width, the precision if there is one, and the verb."""

    flags: str
    width: int
    precision: int | None
    verb: str

    def padded(self, text: str, *, zeros: bool = False) -> str:
        """`text` as wide as is asked; zeros go between a sign and its number."""
        if "-" in self.flags:
            return text.ljust(self.width)
        return text.zfill(self.width) if zeros and "0" in self.flags else text.rjust(self.width)

    def signed(self, digits: str, *, negative: bool) -> str:
        if negative:
            return f"-{digits}"
        return ("+" if "+" in self.flags else " " if " " in self.flags else "") + digits


def sprintf(layout: str, *values: Value) -> str:
    """`layout` with its directives filled in from `values`.

    Raises:
        TemplateError: a width or a precision is beyond reason.
    """
    parts, end, rest = [], 0, list(values)
    for match in _DIRECTIVE.finditer(layout):
        parts += [layout[end : match.start()], _filled(_directive(match), rest)]
        end = match.end()
    extra = ", ".join(f"{type_of(value)}={plain(value)}" if value is not None else "<nil>" for value in rest)
    return "".join([*parts, layout[end:], f"%!(EXTRA {extra})" if rest else ""])


def _directive(match: re.Match[str]) -> Directive:
    width, precision = int(match[2] or 0), None if match[3] is None else int(match[3] or 0)
    if max(width, precision or 0) > _WIDEST:
        raise TemplateError(f"printf {match[0]} is wider than {_WIDEST}")
    return Directive(match[1], width, precision, match[4])


def _filled(directive: Directive, rest: list[Value]) -> str:
    verb = directive.verb
    if verb == "%":
        return "%"
    if not verb:
        return "%!(NOVERB)"
    if not rest:
        return f"%!{verb}(MISSING)"
    value = rest.pop(0)
    text = _WRITERS[verb](directive, value) if verb in _WRITERS else None
    return _misfit(verb, value) if text is None else text


def _misfit(verb: str, value: Value) -> str:
    return f"%!{verb}(<nil>)" if value is None else f"%!{verb}({type_of(value)}={plain(value)})"


def _any(directive: Directive, value: Value) -> str | None:
    if isinstance(value, float):
        return _float(directive, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _decimal(directive, value)
    return directive.padded(plain(value)[: directive.precision])


def _string(directive: Directive, value: Value) -> str | None:
    if value is None or isinstance(value, bool | int | float):
        return None
    return directive.padded(plain(value)[: directive.precision])


def _quoted(directive: Directive, value: Value) -> str | None:
    if isinstance(value, str):
        return directive.padded(quoted(value[: directive.precision]))
    if isinstance(value, int) and not isinstance(value, bool):
        return directive.padded("'" + quoted(chr(value))[1:-1].replace('\\"', '"').replace("'", r"\'") + "'")
    return None


def quoted(text: str) -> str:
    """`text` in double quotes with Go's escapes."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES or character == '"':
        return _ESCAPES.get(character, r"\"")
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _decimal(directive: Directive, value: Value) -> str | None:
    return _integer(directive, value, "d")


def _integer(directive: Directive, value: Value, base: str) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    digits = format(abs(value), ("#" if "#" in directive.flags else "") + base)
    return directive.padded(directive.signed(digits, negative=value < 0), zeros=True)


def _hexadecimal(directive: Directive, value: Value) -> str | None:
    if isinstance(value, str):
        digits = value.encode("utf-8", "surrogatepass").hex()
        return directive.padded(digits.upper() if directive.verb == "X" else digits)
    return _integer(directive, value, directive.verb)


def _character(directive: Directive, value: Value) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    known = 0 <= value < 0x110000 and not 0xD800 <= value < 0xE000
    return directive.padded(chr(value) if known else "\ufffd")


def _unicode(directive: Directive, value: Value) -> str | None:
    return directive.padded(f"U+{value:04X}") if type(value) is int else None


def _bool(directive: Directive, value: Value) -> str | None:
    return directive.padded(plain(value)) if isinstance(value, bool) else None


def _float(directive: Directive, value: Value) -> str | None:
    if not isinstance(value, float):
        return None
    if not math.isfinite(value):
        return directive.padded(special(value))
    return directive.padded(_sign_and_digits(directive, value), zeros=True)


def _sign_and_digits(directive: Directive, value: float) -> str:
    verb = "g" if directive.verb == "v" else directive.verb
    if directive.precision is None and verb in "gG":
        digits = shortest(abs(value), capital=verb == "G")
    else:
        digits = format(abs(value), f".{6 if directive.precision is None else directive.precision}{verb}")
    return directive.signed(digits, negative=math.copysign(1.0, value) < 0)


_WRITERS: Final[Mapping[str, Callable[[Directive, Value], str | None]]] = {
    "v": _any,
    "s": _string,
    "q": _quoted,
    "d": _decimal,
    "b": lambda directive, value: _integer(directive, value, "b"),
    "o": lambda directive, value: _integer(directive, value, "o"),
    "x": _hexadecimal,
    "X": _hexadecimal,
    "c": _character,
    "U": _unicode,
    "t": _bool,
    "T": lambda directive, value: directive.padded("<nil>" if value is None else type_of(value)),
    **dict.fromkeys("eEfFgG", _float),
}
