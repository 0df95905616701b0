"""What a template reckons with: Go's values as Python's.

string, bool, int and float64 are str, bool, int and float; map[string]string is Labels, any other map a Mapping; the
result of a query is a tuple of Samples; a nil interface is None.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from alerts.gotemplate.errors import TemplateError
from drawdown.series import Labels


@dataclass(frozen=True, slots=True)
class Sample:
    """An element of a query's result. A field that templates see has the name that they know it by."""

    labels: Labels
    value: float

    def field(self, name: str) -> Any:
        return {"Labels": self.labels, "Value": self.value}[name]


class Record(Protocol):
    """A value with fields.

    `field` raises KeyError for one that there is not. What it returns is called with arguments if it can be called.
    """

    def field(self, name: str) -> Any: ...


Value = Any
"""One of the above."""

_GO_NAMES: Mapping[type, str] = {str: "string", bool: "bool", int: "int", float: "float64", Labels: "map[string]string"}


def type_of(value: Value) -> str:
    """The name of its type in Go."""
    if value is None:
        return "nil"
    if isinstance(value, tuple):
        return "a query's result"
    if isinstance(value, Mapping) and not isinstance(value, Labels):
        return "map[string]interface {}"
    return _GO_NAMES.get(type(value), type(value).__name__.lower())


def true(value: Value) -> bool:
    """Whether `if` takes it for true: not zero, not empty, not nil. NaN is true."""
    if value is None or isinstance(value, bool | int | float | str | Mapping | tuple):
        return bool(value)
    return True


def field_of(value: Value, name: str) -> Value:
    """`value.name`: of a map the value of the key, of what a key lacks the empty text or nil.

    Raises:
        TemplateError: it has no such field.
    """
    if isinstance(value, Labels):
        return value.get(name, "")
    if isinstance(value, Mapping):
        return value.get(name)
    if hasattr(value, "field"):
        try:
            return value.field(name)
        except KeyError:
            raise TemplateError(f"{type_of(value)} has no field {name}") from None
    raise TemplateError(f"{type_of(value)} has no field {name}")


def items_of(value: Value) -> Iterator[tuple[Value, Value]]:
    """What `range` goes over: index and element, key and value in the order of the keys, or a number's numbers.

    Raises:
        TemplateError: nothing to go over.
    """
    if value is None:
        return iter(())
    if isinstance(value, tuple):
        return enumerate(value)
    if isinstance(value, Mapping):
        return iter(sorted(value.items()))
    if isinstance(value, int) and not isinstance(value, bool):
        return ((number, number) for number in range(value))
    raise TemplateError(f"range cannot go over {type_of(value)}")
