"""Takes expressions apart: what is asked of the other side, and what is left for the engine.

    split = Split(ours)
    rest = split(parse("sum(rate(requests_total[5m])) > on () threshold:recorded"))

The root of `rest` reads `sum(rate(requests_total[5m]))` through a selector that stands for the answer (`Part.of`).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Flag
from typing import Final, Self

from alerts.promql import Expression, PromQLError, selectors
from alerts.promql.syntax import (
    Aggregation,
    Binary,
    Call,
    Kind,
    Negation,
    Node,
    Parenthesis,
    Selector,
    Subquery,
)
from alerts.remote.slicing import source_text
from drawdown.series import NAME, Matcher, Op

_PART: Final = "\0part"
"""A label that no series can have. Its value tells how far into the past the part looks."""


class Reads(Flag):
    """Whose series an expression reads."""

    NOTHING = 0
    OURS = 1
    THEIRS = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Part:
    """Something to ask of the other side: an expression as text, at the time of the evaluation less `offset` seconds.
    `scalar` says that a scalar comes back.
    """

    text: str
    scalar: bool = False
    offset: float = 0.0

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """The selector that stands for the answer."""
        return (
            Matcher(NAME, Op.EQUAL, self.text),
            Matcher(_PART, Op.EQUAL, f"{'scalar' if self.scalar else 'vector'} {self.offset!r}"),
        )

    @classmethod
    def of(cls, matchers: tuple[Matcher, ...]) -> Self | None:
        """The part that these matchers stand for, if they do."""
        if len(matchers) != 2 or matchers[1].name != _PART:
            return None
        kind, offset = matchers[1].value.split()
        return cls(matchers[0].value, kind == "scalar", float(offset))


def parts_of(expression: Expression) -> Iterator[Part]:
    """What is to be asked before an expression that was split can be evaluated."""
    parts = (Part.of(selector.matchers) for selector in selectors(expression))
    return (part for part in dict.fromkeys(parts) if part is not None)


def asked_whole(expression: Expression, *, offset: float = 0.0) -> Expression:
    """`expression` as nothing but a part, unless it has no value at a single time."""
    if expression.root.kind not in {Kind.VECTOR, Kind.SCALAR}:
        return expression
    return Expression(expression.text, _standing_for(expression.root, expression.text, offset))


@dataclass(frozen=True, slots=True)
class _Seen:
    node: Node
    reads: Reads


class Split:
    """Splits expressions; `ours` are the names of the series that are read here, all others are there."""

    def __init__(self, ours: Collection[str]) -> None:
        self._ours = frozenset(ours)

    def __call__(self, expression: Expression, *, offset: float = 0.0) -> Expression:
        """`expression`, with the largest parts that read only their series replaced. Its text stays as it is. Parts are
        asked `offset` seconds before the time at which the rest is evaluated.

        Raises:
            PromQLError: it cannot be taken apart, for a selector or a subquery reads both.
        """
        reads = self._all_read(expression)
        if reads is Reads.BOTH:
            return Expression(expression.text, _Splitting(self, expression, offset).rest())
        return asked_whole(expression, offset=offset) if reads is Reads.THEIRS else expression

    def reads(self, selector: Selector) -> Reads:
        """Whose series `selector` can find.

        Raises:
            PromQLError: it could find both.
        """
        if selector.name:
            return Reads.OURS if selector.name in self._ours else Reads.THEIRS
        names = [matcher for matcher in selector.matchers if matcher.name == NAME]
        found = sorted(name for name in self._ours if all(holds(each, name) for each in names))
        if found:
            complaint = f"series of the other Prometheus and {found[0]}, which is kept here; name one metric"
            raise PromQLError(f"this selector can find both {complaint}", selector.position)
        return Reads.THEIRS

    def _all_read(self, expression: Expression) -> Reads:
        """Without recursion: chains of operators may be long."""
        reads = Reads.NOTHING
        for selector in selectors(expression):
            reads |= self.reads(selector)
        return reads


class _Splitting:
    """One expression that reads both."""

    def __init__(self, split: Split, expression: Expression, offset: float) -> None:
        self._split = split
        self._expression = expression
        self._offset = offset

    def rest(self) -> Node:
        return self._seen(self._expression.root).node

    def _seen(self, node: Node) -> _Seen:
        if isinstance(node, Selector):
            return _Seen(node, self._split.reads(node))
        if isinstance(node, Binary):
            return self._chain(node)
        return self._with(node, [self._seen(child) for child in node.children])

    def _chain(self, node: Binary) -> _Seen:
        """Goes down the left side in a loop, for chains of operators may be long."""
        chain = [node]
        while isinstance(chain[-1].left, Binary):
            chain.append(chain[-1].left)
        left = self._seen(chain[-1].left)
        for each in reversed(chain):
            left = self._with(each, [left, self._seen(each.right)])
        return left

    def _with(self, node: Node, operands: Sequence[_Seen]) -> _Seen:
        """`node` over its operands: once these read both, theirs are asked for."""
        reads = Reads.NOTHING
        for operand in operands:
            reads |= operand.reads
        if reads is not Reads.BOTH:
            return _Seen(node, reads)
        if isinstance(node, Subquery):
            complaint = "reads series of the other Prometheus and such as are kept here"
            raise PromQLError(f"a subquery {complaint}; record the former with a rule of its own", node.position)
        return _Seen(_rebuilt(node, [self._asked(operand) for operand in operands]), reads)

    def _asked(self, operand: _Seen) -> Node:
        if operand.reads is not Reads.THEIRS:
            return operand.node
        if operand.node.kind is Kind.WINDOW:
            complaint = "the number beside this range is of series that are kept here"
            raise PromQLError(f"{complaint}, and the range is of the other Prometheus; write the number out",
                              operand.node.position)  # fmt: skip
        return _standing_for(operand.node, source_text(self._expression, operand.node), self._offset)


def _standing_for(node: Node, text: str, offset: float) -> Node:
    part = Part(text, node.kind is Kind.SCALAR, offset)
    selector = Selector(position=node.position, name=part.text, matchers=part.matchers)
    if not part.scalar:
        return selector
    return Call(position=node.position, function="scalar", arguments=(selector,), kind_=Kind.SCALAR)


def _rebuilt(node: Node, children: Sequence[Node]) -> Node:
    match node:
        case Binary():
            return replace(node, left=children[0], right=children[1])
        case Aggregation(parameter=None):
            return replace(node, inner=children[0])
        case Aggregation():
            return replace(node, parameter=children[0], inner=children[1])
        case Call():
            return replace(node, arguments=tuple(children))
        case Negation() | Parenthesis():
            return replace(node, inner=children[0])
    return node


def holds(matcher: Matcher, value: str) -> bool:
    """Whether a label with that value satisfies `matcher`."""
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return (value == matcher.value) is (matcher.op is Op.EQUAL)
    return (re.fullmatch(matcher.value, value, re.DOTALL) is not None) is (matcher.op is Op.MATCH)
