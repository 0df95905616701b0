"""Series that stand still: most counters of a monitor count nothing in an hour.

What such a series gained is 0 at any time. To a sum it adds nothing, but that its group is there: so of all that stand
still one of each group is enough. Sums over what counters gained say which they need by a matcher of their own, and get
the same bit for bit, for sums of the engine add one row after the other.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from alerts.foresight.register import Matchers
from alerts.promql.syntax import Aggregation, Call, Node, Window, bare
from drawdown.series import NAME, Bools, Floats, Labels, Matcher, Numbers, Op

_MARK: Final = "\0once"
"""The label that no series has."""
_BETWEEN: Final = "\0"
_GAINS: Final = frozenset({"delta", "increase", "rate"})


def spared(node: Any) -> Any:
    """`node` with its sums over what counters gained marked."""
    if isinstance(node, tuple):
        return tuple(spared(each) for each in node)
    if not isinstance(node, Node):
        return node
    inner = replace(node, **{field.name: spared(getattr(node, field.name)) for field in fields(node)})
    return _marked(inner) if isinstance(inner, Aggregation) and inner.operator == "sum" else inner


def _marked(node: Aggregation) -> Aggregation:
    call = bare(node.inner)
    window = bare(call.arguments[0]) if isinstance(call, Call) and call.function in _GAINS else None
    if not isinstance(call, Call) or not isinstance(window, Window):
        return node
    mark = Matcher(_MARK, Op.NOT_EQUAL if node.without else Op.EQUAL, _BETWEEN.join(node.labels))
    selector = replace(window.selector, matchers=(*window.selector.matchers, mark))
    return replace(node, inner=replace(call, arguments=(replace(window, selector=selector),)))


def mark_of(matchers: Matchers) -> tuple[Matchers, Matcher | None]:
    """The matchers without the mark, and the mark if there is one."""
    marked = bool(matchers) and matchers[-1].name == _MARK
    return (matchers[:-1], matchers[-1]) if marked else (matchers, None)


def needed(labels: Iterable[Labels], still: Bools, mark: Matcher) -> Numbers:
    """The series that a sum needs which left the `mark`: all that move, and the first of each group that does not."""
    group = _grouping(tuple(mark.value.split(_BETWEEN)), without=mark.op is not Op.EQUAL)
    seen: set[Hashable] = set()
    rows = []
    for row, (each, rests) in enumerate(zip(labels, still.tolist(), strict=True)):
        if not rests or group(each) not in seen:
            rows.append(row)
        if rests:
            seen.add(group(each))
    return np.array(rows, dtype=np.intp)


def _grouping(names: tuple[str, ...], *, without: bool) -> Callable[[Labels], Hashable]:
    """What tells groups apart."""
    if without:
        return lambda labels: labels.without(NAME, *names)
    return lambda labels: tuple([labels.get(name) for name in names])


def stand_still(values: Floats) -> Bools:
    """Which series (series, T) have one and the same number at all times."""
    first = values[:, :1]
    still: Bools = (np.isfinite(first) & (values == first)).all(axis=1)
    return still
