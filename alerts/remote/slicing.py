"""The text that a part of an expression was read from."""

from collections.abc import Iterator
from dataclasses import fields

from alerts.promql import Expression, PromQLError, parse
from alerts.promql.lexer import tokens
from alerts.promql.syntax import Binary, Call, Node, nodes


def source_text(expression: Expression, part: Node) -> str:
    """The text of `part`, an operand of `expression`, as it was written: what prints a tree loses what Prometheus alone
    can read, as in regular expressions.

    Nodes know where they start. Each end of a token after the last thing inside is tried, until the text between is
    read as `part`.
    """
    start = _start(part)
    last = max(node.position for node in _inside(part))
    for end in _ends(expression.text, last):
        written = expression.text[start:end]
        if _is_read_as(part, written, start):
            return _without_comment(part, written, start)
    raise AssertionError(f"no text of {expression!r} is read as its part at {start}")


def _without_comment(part: Node, written: str, start: int) -> str:
    """`written` without what follows its last token."""
    shorter, hash_, _ = written.rpartition("#")
    if hash_ and _is_read_as(part, shorter, start):
        return _without_comment(part, shorter, start)
    return written.rstrip()


def _start(node: Node) -> int:
    while isinstance(node, Binary):
        node = node.left
    return node.position


def _ends(text: str, after: int) -> Iterator[int]:
    """Read from there alone: of a chain with a thousand parts each would read all of it again."""
    return (after + token.position for token in tokens(text[after:]) if token.position)


def _is_read_as(part: Node, written: str, start: int) -> bool:
    try:
        root = parse(" " * start + written).root
    except PromQLError:
        return False
    return _shape(root) == _shape(part)


def _shape(root: Node) -> list[tuple[object, ...]]:
    """All that tells the tree from others; a list, for chains of operators may be long."""
    return [(type(node), *_own(node)) for node in _inside(root)]


def _own(node: Node) -> Iterator[str]:
    """Its fields but for its operands; as texts, for NaN is not equal to itself."""
    for field in fields(node):
        value = getattr(node, field.name)
        if not isinstance(value, Node) and not (isinstance(node, Call) and field.name == "arguments"):
            yield repr(value)


def _inside(root: Node) -> Iterator[Node]:
    return nodes(Expression("", root))
