"""What a template can call."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.values import Sample, Value, type_of


class Kind(StrEnum):
    """What an argument must be."""

    ANY = "anything"
    TEXT = "a string"
    SAMPLE = "an element of a query's result"
    SAMPLES = "a query's result"


_TYPES: Final[dict[Kind, type]] = {Kind.ANY: object, Kind.TEXT: str, Kind.SAMPLE: Sample, Kind.SAMPLES: tuple}


@dataclass(frozen=True, slots=True)
class Function:
    """`call` takes arguments of the kinds `takes`, and after them any number of the kind `more`."""

    call: Callable[..., Value]
    takes: tuple[Kind, ...] = ()
    more: Kind | None = None

    def called(self, name: str, arguments: tuple[Value, ...]) -> Value:
        """The result.

        Raises:
            TemplateError: there are too few or too many arguments, or one is of the wrong kind.
        """
        self.expect(name, len(arguments))
        kinds = (*self.takes, *[self.more or Kind.ANY] * (len(arguments) - len(self.takes)))
        for kind, argument in zip(kinds, arguments, strict=True):
            if not isinstance(argument, _TYPES[kind]):
                raise TemplateError(f"{name} takes {kind}, not {type_of(argument)}")
        return self.call(*arguments)

    def expect(self, name: str, count: int) -> None:
        """Raises TemplateError where it does not take that many arguments."""
        if count < len(self.takes) or (self.more is None and count > len(self.takes)):
            least = "" if self.more is None else "at least "
            noun = "argument" if len(self.takes) == 1 else "arguments"
            raise TemplateError(f"{name} takes {least}{len(self.takes)} {noun}, not {count}")
