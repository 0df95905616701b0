"""Expressions as text again: on one line, or broken where a line would be too long.

Source: `printer.go` and `prettier.go` of Prometheus' PromQL parser. Regular expressions come out as the engine reads
them, and durations that stand for numbers as seconds.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from alerts.api.numbers import plain
from alerts.promql import Expression, Selector
from alerts.promql.syntax import (
    Aggregation,
    Binary,
    Call,
    Card,
    Edge,
    Matching,
    Negation,
    Node,
    Number,
    Parenthesis,
    Shift,
    String,
    Subquery,
    Window,
)
from drawdown.durations import format_duration
from drawdown.series import NAME, Matcher, Op

WIDTH: Final = 100
_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_NOT_A_METRIC: Final = frozenset({"inf", "nan", "bool", "on", "ignoring", "group_left", "group_right", "atan2"})
"""Words that mean something else where a metric may stand, in any case."""
_GROUPED: Final = {Card.MANY_TO_ONE: "group_left", Card.ONE_TO_MANY: "group_right"}


def formatted(expression: Expression) -> str:
    """The expression over as many lines as it needs."""
    return _broken(expression.root, 0)


def text(node: Node) -> str:
    """`node` on one line."""
    return _WRITTEN[type(node)](node)


def _broken(node: Node, level: int) -> str:
    """`node` in lines that start `level` steps to the right."""
    indent, line = "  " * level, text(node)
    if len(line) <= WIDTH or isinstance(node, Selector | Window | Number | String):
        return indent + line
    match node:
        case Binary():
            return _broken_chain(node, level)
        case Negation():
            return f"{indent}-{_broken(node.inner, level).lstrip()}"
        case Subquery():
            return _broken(node.inner, level) + _range(node)
        case Parenthesis():
            return f"{indent}(\n{_broken(node.inner, level + 1)}\n{indent})"
    inner = ",\n".join(_broken(each, level + 1) for each in node.children)
    return f"{indent}{_opening(node)}(\n{inner}\n{indent})"


def _chain(node: Binary) -> list[Binary]:
    """`node` and what stands on its left, the innermost first: a list, for chains of operators may be long."""
    chain = [node]
    while isinstance(chain[-1].left, Binary):
        chain.append(chain[-1].left)
    return chain[::-1]


def _binary(node: Binary) -> str:
    chain = _chain(node)
    return " ".join([text(chain[0].left), *(f"{_operator(each)} {text(each.right)}" for each in chain)])


def _broken_chain(node: Binary, level: int) -> str:
    first, rest = _start(_chain(node))
    depth = level + len(rest)
    lines = [_broken(first, depth)]
    for number, each in enumerate(rest, start=1):
        lines += ["  " * (depth - number) + _operator(each), _broken(each.right, depth - number + 1)]
    return "\n".join(lines)


def _start(chain: Sequence[Binary]) -> tuple[Node, Sequence[Binary]]:
    """As much of the beginning as fits on a line, and what is left of the chain."""
    widths = [len(text(chain[0].left)), *(len(_operator(each)) + len(text(each.right)) + 2 for each in chain)]
    fitting = sum(width <= WIDTH for width in accumulate(widths)) - 1
    return (chain[fitting - 1], chain[fitting:]) if fitting > 0 else (chain[0].left, chain)


def _operator(node: Binary) -> str:
    return node.operator + " bool" * node.returns_bool + _matching(node.matching)


def _matching(matching: Matching) -> str:
    if not matching.on and not matching.labels and matching.card not in _GROUPED:
        return ""
    way = f" {'on' if matching.on else 'ignoring'} {_labels(matching.labels)}"
    return f"{way} {_GROUPED[matching.card]} {_labels(matching.include)}" if matching.card in _GROUPED else way


def _labels(names: Iterable[str]) -> str:
    return f"({', '.join(map(_label, names))})"


def _label(name: str) -> str:
    return name if _LABEL.fullmatch(name) else _quoted(name)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _opening(node: Node) -> str:
    """What stands before the parenthesis of a call or an aggregation."""
    if isinstance(node, Call):
        return node.function
    assert isinstance(node, Aggregation)  # noqa: S101 - nothing else has several children
    if not node.labels and not node.without:
        return node.operator
    return f"{node.operator} {'without' if node.without else 'by'} {_labels(node.labels)} "


def _called(node: Node) -> str:
    return f"{_opening(node)}({', '.join(map(text, node.children))})"


def _selector(node: Selector) -> str:
    return _series(node) + _shift(node.shift)


def _series(node: Selector) -> str:
    readable = _METRIC.fullmatch(node.name) and node.name.lower() not in _NOT_A_METRIC
    name = node.name if readable else ""
    named = Matcher(NAME, Op.EQUAL, name)
    inner = ",".join(sorted(_matcher(each) for each in node.matchers if each != named))
    return name + (f"{{{inner}}}" if inner or not name else "")


def _matcher(matcher: Matcher) -> str:
    return f"{_label(matcher.name)}{matcher.op}{_quoted(matcher.value)}"


def _window(node: Window) -> str:
    return f"{_series(node.selector)}[{format_duration(node.range)}]{_shift(node.selector.shift)}"


def _range(node: Subquery) -> str:
    step = "" if node.step is None else format_duration(node.step)
    return f"[{format_duration(node.range)}:{step}]{_shift(node.shift)}"


def _shift(shift: Shift) -> str:
    at = "" if shift.at is None else f" @ {shift.at if isinstance(shift.at, Edge) else f'{shift.at:.3f}'}"
    return at + (f" offset {format_duration(shift.offset)}" if shift.offset else "")


_WRITTEN: Final[Mapping[type[Node], Callable[[Any], str]]] = {
    Number: lambda node: plain(node.value),
    String: lambda node: _quoted(node.value),
    Selector: _selector,
    Window: _window,
    Subquery: lambda node: text(node.inner) + _range(node),
    Parenthesis: lambda node: f"({text(node.inner)})",
    Negation: lambda node: f"-{text(node.inner)}",
    Binary: _binary,
    Aggregation: _called,
    Call: _called,
}
