"""How an expression is read: the tree of ours and that of Prometheus' `parse_query` in one form.

Parentheses and a plus sign leave no trace, times are milliseconds, matchers are a set, and zero has no sign.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts.promql.frame import millis
from alerts.promql.syntax import (
    Aggregation,
    Binary,
    Call,
    Edge,
    Matching,
    Negation,
    Node,
    Number,
    Selector,
    Shift,
    String,
    Subquery,
    Window,
    bare,
)

Tree = tuple[Any, ...]
Told = Mapping[str, Any]


def our_tree(node: Node) -> Tree:
    node = bare(node)
    return _OURS[type(node)](node)


def their_tree(told: Told) -> Tree:
    return _THEIRS[told["type"]](told)


def _number(value: float) -> Tree:
    return "number", repr(value + 0.0)


def _our_series(selector: Selector) -> Tree:
    matchers = {(each.name, str(each.op), each.value) for each in selector.matchers}
    return frozenset(matchers), *_our_shift(selector.shift)


def _our_shift(shift: Shift) -> Tree:
    if isinstance(shift.at, Edge):
        return millis(shift.offset), shift.at.name.lower()
    return millis(shift.offset), None if shift.at is None else millis(shift.at)


def _our_matching(matching: Matching) -> Tree:
    return str(matching.card), matching.on, matching.labels, matching.include


def _our_binary(node: Binary) -> Tree:
    return node.operator, our_tree(node.left), our_tree(node.right), node.returns_bool, _our_matching(node.matching)


_OURS: Final[Mapping[type[Node], Callable[[Any], Tree]]] = {
    Number: lambda node: _number(node.value),
    String: lambda node: ("string", node.value),
    Selector: lambda node: ("selector", *_our_series(node)),
    Window: lambda node: ("window", *_our_series(node.selector), millis(node.range)),
    Subquery: lambda node: (
        "subquery",
        our_tree(node.inner),
        *_our_shift(node.shift),
        millis(node.range),
        millis(node.step or 0),
    ),
    Negation: lambda node: ("-", our_tree(node.inner)),
    Call: lambda node: (node.function, *map(our_tree, node.arguments)),
    Aggregation: lambda node: (node.operator, *map(our_tree, node.children), node.labels, node.without),
    Binary: _our_binary,
}


def _their_series(told: Told) -> Tree:
    matchers = {(each["name"], each["type"], each["value"]) for each in told["matchers"]}
    return frozenset(matchers), *_their_shift(told)


def _their_shift(told: Told) -> Tree:
    return told["offset"], told["startOrEnd"] or told["timestamp"]


def _their_matching(told: Told | None) -> Tree:
    """There is none where one side is a scalar."""
    if told is None:
        return _our_matching(Matching())
    return told["card"], told["on"], tuple(told["labels"]), tuple(told["include"])


def _their_binary(told: Told) -> Tree:
    matching = _their_matching(told["matching"])
    return told["op"], their_tree(told["lhs"]), their_tree(told["rhs"]), told["bool"], matching


def _their_aggregation(told: Told) -> Tree:
    parameter = (their_tree(told["param"]),) if told["param"] else ()
    return told["op"], *parameter, their_tree(told["expr"]), tuple(told["grouping"]), told["without"]


_THEIRS: Final[Mapping[str, Callable[[Told], Tree]]] = {
    "parenExpr": lambda told: their_tree(told["expr"]),
    "numberLiteral": lambda told: _number(float(told["val"])),
    "stringLiteral": lambda told: ("string", told["val"]),
    "vectorSelector": lambda told: ("selector", *_their_series(told)),
    "matrixSelector": lambda told: ("window", *_their_series(told), told["range"]),
    "subquery": lambda told: ("subquery", their_tree(told["expr"]), *_their_shift(told), told["range"], told["step"]),
    "unaryExpr": lambda told: ("-", their_tree(told["expr"])) if told["op"] == "-" else their_tree(told["expr"]),
    "call": lambda told: (told["func"]["name"], *map(their_tree, told["args"])),
    "aggregation": _their_aggregation,
    "binaryExpr": _their_binary,
}
