"""How far back rules look, so that enough is kept."""

import math
from collections.abc import Iterable
from typing import Final

from alerts.promql import Expression
from alerts.promql.evaluation import SUBQUERY_STEP
from alerts.promql.syntax import Node, Selector, Shift, Subquery, Window
from alerts.rule import Group

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


def _reach(node: Node) -> float:
    match node:
        case Window():
            return node.range + _back(node.selector.shift)
        case Selector():
            return LOOK_BACK + _back(node.shift)
        case Subquery():
            step = SUBQUERY_STEP / 1000.0 if node.step is None else node.step
            return node.range + step + _back(node.shift) + _reach(node.inner)
    return max(map(_reach, node.children), default=0.0)


def _back(shift: Shift) -> float:
    return math.inf if shift.at is not None else max(0.0, shift.offset)
