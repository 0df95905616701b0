"""Subqueries without a step of their own, given the one of the test."""

from dataclasses import fields, replace
from typing import Any

from alerts.promql import Expression
from alerts.promql.syntax import Node, Subquery, nodes


def stepped(expression: Expression, step: float) -> Expression:
    """`expression` with `step` seconds for every subquery that names none."""
    if not any(isinstance(node, Subquery) and node.step is None for node in nodes(expression)):
        return expression
    return Expression(expression.text, _stepped(expression.root, step))


def _stepped(node: Any, step: float) -> Any:
    if isinstance(node, tuple):
        return tuple(_stepped(each, step) for each in node)
    if not isinstance(node, Node):
        return node
    inner = replace(node, **{field.name: _stepped(getattr(node, field.name), step) for field in fields(node)})
    return replace(inner, step=step) if isinstance(inner, Subquery) and inner.step is None else inner
