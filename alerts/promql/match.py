"""Binary operators between scalars, vectors and both, with vector matching."""

from collections.abc import Callable
from typing import Final

import numpy as np

from alerts.promql.errors import PromQLError
from alerts.promql.frame import Frame, Indices, merged, without_name
from alerts.promql.syntax import Binary, Card, Matching
from drawdown.series import NAME, Bools, Floats, Labels

Key = tuple[str, ...] | Labels
ARITHMETIC: Final[dict[str, Callable[[Floats, Floats], Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "atan2": np.arctan2,
}
COMPARISON: Final[dict[str, Callable[[Floats, Floats], Bools]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def scalars(node: Binary, left: Floats, right: Floats) -> Floats:
    """Two scalars; a comparison gives 0 or 1."""
    if node.operator in ARITHMETIC:
        return ARITHMETIC[node.operator](left, right)
    return COMPARISON[node.operator](left, right).astype(np.float64)


def vector_with_scalar(node: Binary, left: Frame, right: Floats) -> Frame:
    return _applied(node, left, (left.values, right))


def scalar_with_vector(node: Binary, left: Floats, right: Frame) -> Frame:
    return _applied(node, right, (left, right.values))


def _applied(node: Binary, frame: Frame, sides: tuple[Floats, Floats]) -> Frame:
    if node.operator in ARITHMETIC:
        return without_name(frame.with_values(ARITHMETIC[node.operator](*sides)), node.position)
    holds = COMPARISON[node.operator](*sides)
    if node.returns_bool:
        return without_name(frame.with_values(holds.astype(np.float64)), node.position)
    return frame.where(holds).pruned()


def vectors(node: Binary, left: Frame, right: Frame) -> Frame:
    """Two vectors, matched as the operator says."""
    sides = _Sides(node.matching, left, right)
    if node.matching.card is Card.MANY_TO_MANY:
        return _SETS[node.operator](node, sides)
    return _matched(node, sides)


class _Sides:
    """Two vectors whose rows are numbered by the labels on which they match: `left_keys` and `right_keys`."""

    def __init__(self, matching: Matching, left: Frame, right: Frame) -> None:
        self.left, self.right = left, right
        known: dict[Key, int] = {}
        self.left_keys = self._numbered(matching, left, known)
        self.right_keys = self._numbered(matching, right, known)
        self.names = tuple(known)

    @staticmethod
    def _numbered(matching: Matching, frame: Frame, known: dict[Key, int]) -> Indices:
        return np.array([known.setdefault(_key(matching, labels), len(known)) for labels in frame.labels], np.intp)

    def count(self, keys: Indices, present: Bools) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
        """How many rows are present, by key and time."""
        counts = np.zeros((len(self.names), present.shape[1]), np.int64)
        np.add.at(counts, keys, present)
        return counts


def _key(matching: Matching, labels: Labels) -> Key:
    if matching.on:
        return tuple(labels.get(name, "") for name in matching.labels)
    return labels.without(NAME, *matching.labels)


def _and(_node: Binary, sides: _Sides) -> Frame:
    there = sides.count(sides.right_keys, sides.right.present) > 0
    return sides.left.where(there[sides.left_keys]).pruned()


def _unless(_node: Binary, sides: _Sides) -> Frame:
    there = sides.count(sides.right_keys, sides.right.present) > 0
    return sides.left.where(~there[sides.left_keys]).pruned()


def _or(node: Binary, sides: _Sides) -> Frame:
    there = sides.count(sides.left_keys, sides.left.present) > 0
    left, right = sides.left, sides.right.where(~there[sides.right_keys]).pruned()
    both = Frame(
        (*left.labels, *right.labels),
        np.concatenate([left.values, right.values]),
        np.concatenate([left.present, right.present]),
    )
    return merged(both, node.position)


_SETS: Final = {"and": _and, "or": _or, "unless": _unless}


def _matched(node: Binary, sides: _Sides) -> Frame:
    left_rows, right_rows = _pairs(sides)
    _check_unique(node, sides)
    left, right = sides.left.values[left_rows], sides.right.values[right_rows]
    present = sides.left.present[left_rows] & sides.right.present[right_rows]
    labels = _result_labels(node, (sides.left.labels, left_rows), (sides.right.labels, right_rows))
    if node.operator in ARITHMETIC:
        return _united(node, Frame(labels, ARITHMETIC[node.operator](left, right), present))
    holds = COMPARISON[node.operator](left, right)
    if node.returns_bool:
        return _united(node, Frame(labels, holds.astype(np.float64), present))
    _united(node, Frame(labels, left, present))
    return _united(node, Frame(labels, left, present & holds)).pruned()


def _united(node: Binary, frame: Frame) -> Frame:
    complaint = "several elements match: group_left or group_right does not keep apart what the result has"
    return merged(frame, node.position, complaint=complaint)


def _pairs(sides: _Sides) -> tuple[Indices, Indices]:
    """The rows of both sides that match, in the order of the left side."""
    order = np.argsort(sides.right_keys, kind="stable")
    ranked = sides.right_keys[order]
    begin = np.searchsorted(ranked, sides.left_keys, side="left")
    counts = np.searchsorted(ranked, sides.left_keys, side="right") - begin
    left_rows = np.repeat(np.arange(len(sides.left_keys)), counts)
    within = np.arange(len(left_rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left_rows, order[np.repeat(begin, counts) + within]


def _check_unique(node: Binary, sides: _Sides) -> None:
    """At every time where both sides have elements, the side with one must have one for each key."""
    busy = sides.left.present.any(axis=0) & sides.right.present.any(axis=0)
    left = sides.count(sides.left_keys, sides.left.present) * busy
    right = sides.count(sides.right_keys, sides.right.present) * busy
    card = node.matching.card
    one, name = (left, "left") if card is Card.ONE_TO_MANY else (right, "right")
    if (one > 1).any():
        raise PromQLError(
            f"{_double(node, sides, one)} on the {name} side: many-to-many matching is not allowed; "
            f"the labels matched must be unique on one side",
            node.position,
        )
    if card is Card.ONE_TO_ONE and ((left > 1) & (right > 0)).any():
        raise PromQLError(
            f"{_double(node, sides, left * (right > 0))} on the left side; many-to-one matching must be "
            f"written with group_left or group_right",
            node.position,
        )


def _double(node: Binary, sides: _Sides, counts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> str:
    key = sides.names[int(np.argwhere(counts > 1)[0][0])]
    labels = key if isinstance(key, Labels) else Labels(dict(zip(node.matching.labels, key, strict=True)))
    return f"several elements match {labels!r}"


def _result_labels(
    node: Binary, left: tuple[tuple[Labels, ...], Indices], right: tuple[tuple[Labels, ...], Indices]
) -> tuple[Labels, ...]:
    many, one = (right, left) if node.matching.card is Card.ONE_TO_MANY else (left, right)
    return tuple(
        _labels(node, many[0][many_row], one[0][one_row])
        for many_row, one_row in zip(many[1].tolist(), one[1].tolist(), strict=True)
    )


def _labels(node: Binary, many: Labels, one: Labels) -> Labels:
    matching = node.matching
    if node.operator in ARITHMETIC or node.returns_bool:
        many = many.without(NAME)
    if matching.card is Card.ONE_TO_ONE:
        return many.only(*matching.labels) if matching.on else many.without(*matching.labels)
    return many.with_({name: one.get(name, "") for name in matching.include}) if matching.include else many
