"""What an expression gives at most, told from those parts of it that are known.

`share > 3 * normal and on () sum(attempts) > 9` gives nothing where `share and on () sum(attempts) > 9` does, whatever
`normal` is: so a rule that looks at its own past need not be evaluated at the many times at which it cannot matter.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from alerts.promql.syntax import Binary, Call, Kind, Matching, Node, Number, Selector, Window, bare

_COMPARISONS: Final = frozenset({"==", "!=", ">", "<", ">=", "<="})
_SETS: Final = frozenset({"and", "or", "unless"})

Bounds = tuple[Node, ...]
Knows = Callable[[Node], bool]
"""Whether a part is known for all ticks, at none of which it fails."""


def bounds(node: Node, knows: Knows) -> Bounds | None:
    """Known vectors one of which has every element that `node` gives, at any time; None where there are none such."""
    node = bare(node)
    if knows(node):
        return (node,)
    if not isinstance(node, Binary) or node.kind is not Kind.VECTOR or node.returns_bool:
        return None
    if node.operator == "or":
        left, right = bounds(node.left, knows), bounds(node.right, knows)
        return None if left is None or right is None else (*left, *right)
    if node.operator in _COMPARISONS | _SETS:
        return _filtered(node, knows)
    return None


def _filtered(node: Binary, knows: Knows) -> Bounds | None:
    """Of one vector, of which the other side takes elements away."""
    if node.left.kind is not Kind.VECTOR:
        return None
    within = bounds(node.left, knows)
    if within is None:
        return None
    if knows(bare(node.right)) or isinstance(bare(node.right), Number):
        return tuple(replace(node, left=each) for each in within)
    return within if _only_takes_away(node) and cannot_fail(node.right, knows) else None


def _only_takes_away(node: Binary) -> bool:
    """Whether what is left has the labels that it had."""
    return node.operator in _SETS or node.matching == Matching()


def cannot_fail(node: Node, knows: Knows) -> bool:
    """Whether it has a value for whatever series there are."""
    node = bare(node)
    if knows(node):
        return True
    if isinstance(node, Binary):
        sound = all(cannot_fail(each, knows) for each in node.children)
        return sound and (node.operator in _SETS or any(_scalars(node)))
    if isinstance(node, Call):
        return node.function.endswith("_over_time") and all(map(_is_one_metric, node.arguments))
    return _is_one_metric(node) or isinstance(node, Number)


def _scalars(node: Binary) -> Iterator[bool]:
    """Whether either side is a number, the other being one metric: then no two elements can come to be the same."""
    for one, other in (node.children, node.children[::-1]):
        yield isinstance(bare(one), Number) and _is_one_metric(bare(other))


def _is_one_metric(node: Node) -> bool:
    selector = node.selector if isinstance(node, Window) else node
    return isinstance(selector, Selector) and bool(selector.name)
