"""How far back rules look, so that enough is kept, and how long a gap in the past can hide something from them."""

import math
from collections.abc import Iterable, Iterator
from typing import Final

from alerts.promql import Expression
from alerts.promql.evaluation import SUBQUERY_STEP
from alerts.promql.syntax import Node, Selector, Shift, Subquery, Window
from alerts.rule import Group
from drawdown.series import Matcher

LOOK_BACK: Final = 300.0
"""Seconds for which an instant selector takes the last sample for the present one."""


def reach_of_all(groups: Iterable[Group]) -> float:
    """Seconds, the most of any rule."""
    return max((reach(rule.expression) + group.query_offset for group in groups for rule in group.rules), default=0.0)


def reach(expression: Expression) -> float:
    """Seconds before its evaluation of the oldest sample that an expression can read; infinite where it names a time
    with `@`.
    """
    return _reach(expression.root)


def far_selectors(groups: Iterable[Group], beyond: float) -> tuple[tuple[Matcher, ...], ...]:
    """The matchers of the selectors that read samples from more than `beyond` seconds before an evaluation."""
    found = (
        matchers
        for group in groups
        for rule in group.rules
        for matchers, seconds in _reaches(rule.expression.root, group.query_offset)
        if seconds > beyond
    )
    return tuple(dict.fromkeys(found))


def _reaches(node: Node, outside: float) -> Iterator[tuple[tuple[Matcher, ...], float]]:
    """Every selector, with the reach that it has where what is around it starts `outside` seconds back."""
    match node:
        case Window():
            yield node.selector.matchers, outside + _reach(node)
        case Selector():
            yield node.matchers, outside + _reach(node)
        case Subquery():
            yield from _reaches(node.inner, outside + _span(node))
        case _:
            for child in node.children:
                yield from _reaches(child, outside)


def _reach(node: Node) -> float:
    match node:
        case Window():
            return node.range + _back(node.selector.shift)
        case Selector():
            return LOOK_BACK + _back(node.shift)
        case Subquery():
            return _span(node) + _reach(node.inner)
    return max(map(_reach, node.children), default=0.0)


def _span(node: Subquery) -> float:
    """Seconds before its evaluation of the first time at which a subquery evaluates what is in it."""
    step = SUBQUERY_STEP / 1000.0 if node.step is None else node.step
    return node.range + step + _back(node.shift)


def _back(shift: Shift) -> float:
    return math.inf if shift.at is not None else max(0.0, shift.offset)
