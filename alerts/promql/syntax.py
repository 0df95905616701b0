"""What an expression is made of. Durations and times are seconds, `position` is the 0-based offset into the text."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from drawdown.series import Matcher


class Kind(StrEnum):
    """The type of an expression's value."""

    SCALAR = "scalar"
    VECTOR = "instant vector"
    WINDOW = "range vector"
    STRING = "string"

    def __str__(self) -> str:
        """With its article, as a sentence wants it."""
        return f"{'an' if self is Kind.VECTOR else 'a'} {self.value}"


class Edge(StrEnum):
    """`@ start()` and `@ end()`: the first and last time of the query."""

    START = "start()"
    END = "end()"


class Card(StrEnum):
    """How many elements of either side may meet."""

    ONE_TO_ONE = "one-to-one"
    MANY_TO_ONE = "many-to-one"
    ONE_TO_MANY = "one-to-many"
    MANY_TO_MANY = "many-to-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    position: int

    @property
    def kind(self) -> Kind:
        return Kind.VECTOR

    @property
    def children(self) -> tuple["Node", ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Node):
    value: float

    @property
    def kind(self) -> Kind:
        return Kind.SCALAR


@dataclass(frozen=True, slots=True, kw_only=True)
class String(Node):
    value: str

    @property
    def kind(self) -> Kind:
        return Kind.STRING


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """`offset` (back in time) and `@` (instead of the time of evaluation)."""

    offset: float = 0.0
    at: float | Edge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector(Node):
    """Series by their labels; `name` is empty where no metric is named. `matchers` hold the name too,
    and regular expressions in the syntax that RE2 and Python share.
    """

    name: str
    matchers: tuple[Matcher, ...]
    shift: Shift = Shift()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Node):
    """`selector[range]`."""

    selector: Selector
    range: float

    @property
    def kind(self) -> Kind:
        return Kind.WINDOW

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.selector,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery(Node):
    """`inner[range:step]`; `step` is None where the engine's own applies."""

    inner: Node
    range: float
    step: float | None
    shift: Shift = Shift()

    @property
    def kind(self) -> Kind:
        return Kind.WINDOW

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parenthesis(Node):
    inner: Node
    kind_: Kind

    @property
    def kind(self) -> Kind:
        return self.kind_

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation(Node):
    """Unary minus."""

    inner: Node
    kind_: Kind

    @property
    def kind(self) -> Kind:
        return self.kind_

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How the elements of two vectors find each other; `include` are labels taken over from the side with one."""

    card: Card = Card.ONE_TO_ONE
    on: bool = False
    labels: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node
    matching: Matching
    returns_bool: bool
    kind_: Kind

    @property
    def kind(self) -> Kind:
        return self.kind_

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation(Node):
    operator: str
    inner: Node
    parameter: Node | None
    labels: tuple[str, ...] = ()
    without: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.inner,) if self.parameter is None else (self.parameter, self.inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    function: str
    arguments: tuple[Node, ...]
    kind_: Kind

    @property
    def kind(self) -> Kind:
        return self.kind_

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A parsed expression and the text it was parsed from."""

    text: str
    root: Node

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def bare(node: Node) -> Node:
    """`node` without the parentheses around it."""
    while isinstance(node, Parenthesis):
        node = node.inner
    return node


def nodes(expression: Expression) -> Iterator[Node]:
    """Every part of the expression, the outer ones before the inner ones, from left to right."""
    waiting = [expression.root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def selectors(expression: Expression) -> Iterator[Selector]:
    """The selectors of the expression, from left to right."""
    return (node for node in nodes(expression) if isinstance(node, Selector))


def metric_names(expression: Expression) -> frozenset[str]:
    """The metrics that the expression names."""
    return frozenset(selector.name for selector in selectors(expression) if selector.name)


def grouping_labels(expression: Expression) -> frozenset[str]:
    """The labels named after by, without, on, ignoring, group_left and group_right."""
    named: set[str] = set()
    for node in nodes(expression):
        if isinstance(node, Aggregation):
            named.update(node.labels)
        elif isinstance(node, Binary):
            named.update(node.matching.labels, node.matching.include)
    return frozenset(named)
