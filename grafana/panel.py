"""What a dashboard is made of, as plain values; the build turns them into Grafana's own."""

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """How a panel draws."""

    NUMBER = "number"
    LINES = "lines"
    STACK = "stack"
    BARS = "bars"


class Unit(StrEnum):
    """Grafana's names of the units in use."""

    SHARE = "percentunit"
    PER_SECOND = "cps"
    SECONDS = "s"
    COUNT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A PromQL expression, with Grafana's variables, and what its series are called."""

    expression: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. `width` counts of 24 columns, `height` of Grafana's rows."""

    title: str
    description: str
    shape: Shape
    unit: Unit
    queries: tuple[Query, ...]
    width: int = 12
    height: int = 8
    thresholds: tuple[tuple[float, str], ...] = ()
    """Values from which a number is shown in a colour, ascending; below the first it is green."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice above the dashboard: the values of a label of a metric. `default` is chosen first, empty means all."""

    name: str
    metric: str
    default: str = ""

    @property
    def query(self) -> str:
        return f"label_values({self.metric}, {self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A page of Grafana. `marks` is the expression whose series are drawn over all panels while they exist."""

    uid: str
    title: str
    description: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    marks: Query
