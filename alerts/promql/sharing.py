"""What expressions have in common that look at one source at one time is worked out once."""

from collections.abc import Callable, Collection, Hashable
from typing import Final, TypeVar

from alerts.promql.frame import Grid
from alerts.promql.syntax import Call, Node, Selector, Window, bare
from drawdown.series import Matcher, Selection, SeriesSource

Value = TypeVar("Value")
_ANY: Final = ""
"""Stands for the metric of selectors that name none."""


class Sharing:
    """A source (a `SeriesSource`) for as long as it stays as it is: what selectors, and functions of range selectors,
    give at a single time is kept for the next one who asks. Whoever writes to the source in the meantime must say so.
    """

    def __init__(self, source: SeriesSource) -> None:
        self._source = source
        self._known: dict[str, dict[Hashable, object]] = {}

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        """As that of the source."""
        return self._source.select(matchers, start, end, window=window)

    def forget(self, metrics: Collection[str]) -> None:
        """Series of these metrics were written."""
        for metric in (*metrics, _ANY):
            self._known.pop(metric, None)

    def value(self, node: Node, grid: Grid, compute: Callable[[], Value]) -> Value:
        """What `compute` gives for `node`, or gave for its like."""
        metric, asked = _reading(node)
        if asked is None or len(grid.times) > 1:
            return compute()
        values: dict[Hashable, Value] = self._known.setdefault(metric, {})  # type: ignore[assignment]  # one kind a node
        key = (asked, int(grid.times[0]), grid.start, grid.end)
        if key not in values:
            values[key] = compute()
        return values[key]


def _reading(node: Node) -> tuple[str, Hashable]:
    """The metric that it looks at, and what else tells it from others: None for a node that does more than read."""
    if isinstance(node, Selector):
        return node.name, (node.matchers, node.shift)
    window = bare(node.arguments[0]) if isinstance(node, Call) and len(node.arguments) == 1 else None
    if isinstance(node, Call) and isinstance(window, Window):
        return window.selector.name, (node.function, window.range, window.selector.matchers, window.selector.shift)
    return _ANY, None
