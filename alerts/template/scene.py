"""Where a template is rendered: what it can ask, and what it can name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from alerts.gotemplate import Function, Kind, Sample, TemplateError, Value
from alerts.gotemplate.printing import plain
from alerts.promql import PromQLError, Vector
from alerts.template.functions import FUNCTIONS
from drawdown.series import Labels

FACTS: Final = ("Labels", "ExternalLabels", "ExternalURL", "Value")
"""The fields of a rule's dot."""


def _nothing_to_ask(_: str) -> Vector:
    raise PromQLError("there is nothing to ask here")


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """What the whole monitor is called from outside: the labels of its site, and the address of its page."""

    labels: Labels = Labels()
    url: str = ""


_NOT_NAMED: Final = External()


class Scene:
    """`query` answers an expression at the time of the evaluation; it may raise PromQLError."""

    def __init__(self, query: Callable[[str], Vector] = _nothing_to_ask, *, external: External = _NOT_NAMED) -> None:
        self.external = external
        self.functions: Mapping[str, Function] = {
            **FUNCTIONS,
            "query": Function(partial(_asked, query), (Kind.TEXT,)),
            "externalURL": Function(lambda: external.url),
            "pathPrefix": Function(lambda: urlsplit(external.url).path),
        }


def _asked(query: Callable[[str], Vector], text: str) -> tuple[Sample, ...]:
    try:
        vector = query(text)
    except PromQLError as error:
        raise TemplateError(f"query {text!r}: {error.message}") from None
    return tuple(map(Sample, vector.labels, vector.values.tolist()))


NOWHERE: Final = Scene()


@dataclass(frozen=True, slots=True)
class Facts:
    """The dot of a rule's template: the values of FACTS."""

    values: tuple[Value, ...]

    def field(self, name: str) -> Value:
        if name not in FACTS:
            raise TemplateError(f"{name} is not defined; there are {', '.join(FACTS)}")
        return self.values[FACTS.index(name)]

    def __str__(self) -> str:
        return "{" + " ".join(map(plain, self.values)) + "}"
