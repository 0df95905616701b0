"""How numbers and graphs are asked for and drawn, the same on every row."""

from collections.abc import Mapping
from typing import Any

from grafana.panel import Panel, Query, Shape, Unit

_WINDOW = "$__rate_interval"


def rate(name: str, *matchers: str, by: str = "") -> str:
    """How fast what matches grows, per second; in all, or by some labels."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({name}{{{', '.join(matchers)}}}[{_WINDOW}]))"


def number(title: str, description: str, expression: str, **more: Any) -> Panel:
    """`more` are fields of a Panel; a share unless it says otherwise."""
    queries = (Query(expression=expression, legend=title),)
    fields = {"unit": Unit.SHARE, **more}
    return Panel(title=title, description=description, shape=Shape.NUMBER, queries=queries, width=4, height=4, **fields)


def graph(
    title: str, description: str, *, draw: tuple[Shape, Unit], queries: Mapping[str, str], width: int = 12
) -> Panel:
    """`queries` by the name of their series."""
    return Panel(
        title=title,
        description=description,
        shape=draw[0],
        unit=draw[1],
        queries=tuple(Query(expression=expression, legend=legend) for legend, expression in queries.items()),
        width=width,
    )
