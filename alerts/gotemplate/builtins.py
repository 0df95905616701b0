"""The functions that Go's templates always have."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote_plus

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.formatting import sprintf
from alerts.gotemplate.function import Function, Kind
from alerts.gotemplate.printing import print_, println
from alerts.gotemplate.values import Value, true, type_of
from drawdown.series import Labels

_HTML: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"},
)
_JS: Final = str.maketrans(
    {
        "\\": r"\\",
        "'": r"\'",
        '"': r"\"",
        "<": r"\u003C",
        ">": r"\u003E",
        "&": r"\u0026",
        "=": r"\u003D",
        **{chr(code): f"\\u{code:04X}" for code in range(32)},
    }
)


def equal(left: Value, *rights: Value) -> bool:
    """Whether `left` is one of `rights`."""
    for right in rights:
        if left is None or right is None:
            if left is right:
                return True
        elif _basic(left) is not _basic(right):
            raise TemplateError(f"{type_of(left)} cannot be compared with {type_of(right)}{_hint(left, right)}")
        elif left == right:
            return True
    return False


def less(left: Value, right: Value) -> bool:
    if _basic(left) is not _basic(right):
        raise TemplateError(f"{type_of(left)} cannot be compared with {type_of(right)}{_hint(left, right)}")
    if isinstance(left, bool):
        raise TemplateError("bool has no order")
    return bool(left < right)


def _basic(value: Value) -> type:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind
    raise TemplateError(f"{type_of(value)} cannot be compared")


def _hint(left: Value, right: Value) -> str:
    return "; write a number as 5.0" if {type(left), type(right)} == {int, float} else ""


def index(value: Value, *keys: Value) -> Value:
    """`value[key]…`; of a text the byte."""
    for key in keys:
        if isinstance(value, Mapping):
            value = _at_key(value, key)
        elif isinstance(value, str | tuple):
            value = _at_place(value, key)
        else:
            raise TemplateError(f"{type_of(value)} has no index")
    return value


def _at_key(value: Mapping[str, Value], key: Value) -> Value:
    if not isinstance(key, str):
        raise TemplateError(f"a map is indexed by a string, not {type_of(key)}")
    return value.get(key, "") if isinstance(value, Labels) else value.get(key)


def _at_place(value: Value, key: Value) -> Value:
    sequence = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return sequence[_place(key, most=len(sequence) - 1)]


def _place(key: Value, *, most: int) -> int:
    if not isinstance(key, int) or isinstance(key, bool):
        raise TemplateError(f"an index is an int, not {type_of(key)}")
    if not 0 <= key <= most:
        raise TemplateError(f"index {key} is out of range")
    return key


def slice_(value: Value, *places: Value) -> Value:
    """`value[first:after]`; of a text by its bytes."""
    if not isinstance(value, str | tuple) or len(places) > 2:
        raise TemplateError(f"{type_of(value)} cannot be cut {len(places)} times")
    sequence = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    first, after = [*[_place(place, most=len(sequence)) for place in places], *(0, len(sequence))[len(places) :]]
    if after < first:
        raise TemplateError(f"index {first} lies behind {after}")
    cut = sequence[first:after]
    return cut.decode("utf-8", "replace") if isinstance(cut, bytes) else cut


def length(value: Value) -> int:
    """How many elements; of a text how many bytes."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Mapping | tuple):
        return len(value)
    raise TemplateError(f"{type_of(value)} has no length")


_TWO: Final = (Kind.ANY, Kind.ANY)

BUILTINS: Final[Mapping[str, Function]] = {
    "and": Function(lambda value, *_: value, (Kind.ANY,), Kind.ANY),
    "or": Function(lambda value, *_: value, (Kind.ANY,), Kind.ANY),
    "not": Function(lambda value: not true(value), (Kind.ANY,)),
    "eq": Function(equal, _TWO, Kind.ANY),
    "ne": Function(lambda left, right: not equal(left, right), _TWO),
    "lt": Function(less, _TWO),
    "le": Function(lambda left, right: less(left, right) or equal(left, right), _TWO),
    "gt": Function(lambda left, right: not (less(left, right) or equal(left, right)), _TWO),
    "ge": Function(lambda left, right: not less(left, right), _TWO),
    "len": Function(length, (Kind.ANY,)),
    "index": Function(index, (Kind.ANY,), Kind.ANY),
    "slice": Function(slice_, (Kind.ANY,), Kind.ANY),
    "print": Function(print_, (), Kind.ANY),
    "println": Function(println, (), Kind.ANY),
    "printf": Function(sprintf, (Kind.TEXT,), Kind.ANY),
    "html": Function(lambda *values: print_(*values).translate(_HTML), (), Kind.ANY),
    "js": Function(lambda *values: print_(*values).translate(_JS), (), Kind.ANY),
    "urlquery": Function(lambda *values: quote_plus(print_(*values)), (), Kind.ANY),
}
