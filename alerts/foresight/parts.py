"""Parts of an expression put in place of what they were reckoned to be, so that only the rest is left to the ticks."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Final

from alerts.promql.syntax import Aggregation, Binary, Call, Kind, Node, Selector, Subquery, Window
from drawdown.series import Matcher, Op

_MARK: Final = "\0known"
"""The label that no series has."""
_LOOKS_AT_ITS_ARGUMENT: Final = frozenset({"absent", "absent_over_time"})


def stand_in(node: Node, number: int) -> Selector:
    """A selector in place of `node`, which selects what is known under `number`."""
    return Selector(position=node.position, name="", matchers=(Matcher(_MARK, Op.EQUAL, str(number)),))


def number_of(matchers: tuple[Matcher, ...]) -> int | None:
    """The number under which a stand-in's series are known; None for any other selector."""
    return int(matchers[0].value) if len(matchers) == 1 and matchers[0].name == _MARK else None


def with_stand_ins(node: Node, find: Callable[[Node], Selector | None]) -> Node:
    """`node` with its largest parts replaced that `find` has a stand-in for: vectors at the time of the tick."""
    reckons = isinstance(node, Aggregation | Binary | Call) and node.kind is Kind.VECTOR
    found = find(node) if reckons else None
    return found or _inside(node, find)


def _inside(node: Node, find: Callable[[Node], Selector | None]) -> Node:
    if isinstance(node, Subquery | Window) or (isinstance(node, Call) and node.function in _LOOKS_AT_ITS_ARGUMENT):
        return node
    changes = {field.name: _changed(getattr(node, field.name), find) for field in fields(node)}
    return replace(node, **changes)


def _changed(value: Any, find: Callable[[Node], Selector | None]) -> Any:
    if isinstance(value, tuple):
        return tuple(_changed(each, find) for each in value)
    return with_stand_ins(value, find) if isinstance(value, Node) else value
