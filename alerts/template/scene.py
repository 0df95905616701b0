"""Where a template is rendered: what it can ask, and what it can name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from alerts.gotemplate import TemplateError, Value
from alerts.gotemplate.printing import plain
from alerts.promql import PromQLError, Vector
from drawdown.series import Labels

FACTS: Final = ("Labels", "ExternalLabels", "ExternalURL", "Value")
"""The fields of a rule's dot."""


def _nothing_to_ask(_: str) -> Vector:
    raise PromQLError("there is nothing to ask here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`query` answers an expression at the time of the evaluation; it may raise PromQLError."""

    query: Callable[[str], Vector] = _nothing_to_ask
    external_labels: Labels = Labels()
    external_url: str = ""


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
