"""What an expression is while nothing fires, and what it is just before a tick.

A rule that keeps what was normal while an alert fires, `(normal and on () ALERTS{…}) or avg_over_time(…)`, is known
ahead for as long as no such alert is there.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from alerts.foresight.bounds import Knows, cannot_fail
from alerts.promql.syntax import Binary, Call, Node, Selector, Window, bare

ALERTS: Final = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_OF_ALL_SAMPLES: Final = "_over_time"
_NOT_EMPTY: Final = frozenset({"absent_over_time"})
_A_MILLISECOND: Final = 0.001


@dataclass(frozen=True, slots=True)
class Calm:
    """`root` is what is left while none of `alerts` has a sample; None where nothing is left."""

    root: Node | None
    alerts: tuple[Selector | Window, ...] = ()

    def beside(self, other: "Calm", root: Node | None) -> "Calm":
        """Both hold, and give `root`."""
        return Calm(root, (*self.alerts, *other.alerts))


def calm(node: Node, knows: Knows) -> Calm | None:
    """`node` while nothing fires; None where that is not known ahead either."""
    node = bare(node)
    silent = _of_alerts(node)
    if silent:
        return Calm(None, (silent,))
    if knows(node):
        return Calm(node)
    return _joined(node, knows) if isinstance(node, Binary) else None


def before_the_tick(node: Any, hidden: Collection[str]) -> Any:
    """`node` with its windows over `hidden` series, which have no sample yet at the tick itself, ended a millisecond
    before it: where all samples of a window count alike, that is the same.
    """
    if isinstance(node, tuple):
        return tuple(before_the_tick(each, hidden) for each in node)
    if not isinstance(node, Node) or not hidden:
        return node
    if isinstance(node, Call) and node.function.endswith(_OF_ALL_SAMPLES):
        return replace(node, arguments=tuple(_ended_before(each, hidden) for each in node.arguments))
    return replace(node, **{field.name: before_the_tick(getattr(node, field.name), hidden) for field in fields(node)})


def _ended_before(argument: Node, hidden: Collection[str]) -> Node:
    window = bare(argument)
    if not isinstance(window, Window) or window.selector.name not in hidden or window.selector.shift.offset:
        return argument
    shift = replace(window.selector.shift, offset=_A_MILLISECOND)
    return replace(window, selector=replace(window.selector, shift=shift), range=window.range - _A_MILLISECOND)


def _joined(node: Binary, knows: Knows) -> Calm | None:
    """A union, or what one vector is without another."""
    right = calm(node.right, knows)
    if node.operator == "and" and right and right.root is None:
        return right if cannot_fail(node.left, knows) else None
    left = calm(node.left, knows)
    if left is None or right is None:
        return None
    if node.operator == "or":
        both = replace(node, left=left.root, right=right.root) if left.root and right.root else left.root or right.root
        return left.beside(right, both)
    if node.operator == "unless" and right.root is None:
        return left.beside(right, left.root)
    return None


def _of_alerts(node: Node) -> Selector | Window | None:
    """What it selects of alerts, if it is nothing without them."""
    if isinstance(node, Call) and node.function.endswith(_OF_ALL_SAMPLES) and node.function not in _NOT_EMPTY:
        windows = [each for each in map(bare, node.arguments) if isinstance(each, Window)]
        return windows[0] if windows and windows[0].selector.name in ALERTS else None
    return node if isinstance(node, Selector) and node.name in ALERTS else None
