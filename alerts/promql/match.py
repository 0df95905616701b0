"""Binary operators between scalars, vectors and both, with vector matching."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from alerts.promql.errors import PromQLError
from alerts.promql.frame import Frame, Indices, Partition, together, united, without_name
from alerts.promql.memo import Memo
from alerts.promql.syntax import Binary, Card, Matching
from drawdown.series import NAME, Bools, Floats, Labels

Key = tuple[str, ...] | Labels
Counts = npt.NDArray[np.int64]
ARITHMETIC: Final[dict[str, Callable[[Floats, Floats], Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.float_power,  # np.power takes a root for ^ 0.5, which differs for minus infinity
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


def vector_with_scalar(node: Binary, left: Frame, right: Floats, *, memo: Memo) -> Frame:
    return _applied(node, left, (left.values, right), memo)


def scalar_with_vector(node: Binary, left: Floats, right: Frame, *, memo: Memo) -> Frame:
    return _applied(node, right, (left, right.values), memo)


def _applied(node: Binary, frame: Frame, sides: tuple[Floats, Floats], memo: Memo) -> Frame:
    if node.operator in ARITHMETIC:
        return without_name(frame.with_values(ARITHMETIC[node.operator](*sides)), memo, node.position)
    holds = COMPARISON[node.operator](*sides)
    if node.returns_bool:
        return without_name(frame.with_values(holds.astype(np.float64)), memo, node.position)
    return frame.where(holds).slimmed()


def vectors(node: Binary, left: Frame, right: Frame, *, memo: Memo) -> Frame:
    """Two vectors, matched as the operator says."""
    sides = _Sides(left, right, memo(_keys, node, left.labels, right.labels))
    if node.matching.card is Card.MANY_TO_MANY:
        return _SETS[node.operator](node, sides, memo)
    return _matched(node, sides, memo(_pairs, node, sides.keys, left.labels, right.labels))


@dataclass(frozen=True, slots=True, eq=False)
class _Keys:
    """The rows of two vectors, numbered by the labels on which they match, which are `names`."""

    names: tuple[Key, ...]
    left: Indices
    right: Indices
    are_unique: bool
    """Whether neither side has two rows of the same number."""


def _keys(node: Binary, left: tuple[Labels, ...], right: tuple[Labels, ...]) -> _Keys:
    known: dict[Key, int] = {}
    keys = [[known.setdefault(_key(node.matching, each), len(known)) for each in labels] for labels in (left, right)]
    are_unique = all(len(set(numbers)) == len(numbers) for numbers in keys)
    return _Keys(tuple(known), np.array(keys[0], np.intp), np.array(keys[1], np.intp), are_unique)


def _key(matching: Matching, labels: Labels) -> Key:
    if matching.on:
        return tuple(labels.get(name, "") for name in matching.labels)
    return labels.without(NAME, *matching.labels)


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    left: Frame
    right: Frame
    keys: _Keys

    def count(self, keys: Indices, present: Bools) -> Counts:
        """How many rows are present, by key and time."""
        counts = np.zeros((len(self.keys.names), present.shape[1]), np.int64)
        np.add.at(counts, keys, present)
        return counts

    def on_the_right(self) -> Bools:
        """Where the right side has an element for each row of the left."""
        there: Bools = self.count(self.keys.right, self.right.present)[self.keys.left] > 0
        return there

    def on_the_left(self) -> Bools:
        """Where the left side has an element for each row of the right."""
        there: Bools = self.count(self.keys.left, self.left.present)[self.keys.right] > 0
        return there


def _and(_node: Binary, sides: _Sides, _memo: Memo) -> Frame:
    return sides.left.where(sides.on_the_right()).slimmed()


def _unless(_node: Binary, sides: _Sides, _memo: Memo) -> Frame:
    return sides.left.where(~sides.on_the_right()).slimmed()


def _or(node: Binary, sides: _Sides, memo: Memo) -> Frame:
    left, right = sides.left, sides.right.where(~sides.on_the_left()).slimmed()
    both = memo(_both, left.labels, right.labels)
    values, present = np.concatenate([left.values, right.values]), np.concatenate([left.present, right.present])
    return united(values, present, both, node.position)


def _both(left: tuple[Labels, ...], right: tuple[Labels, ...]) -> Partition:
    return together((*left, *right))


_SETS: Final = {"and": _and, "or": _or, "unless": _unless}


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The rows of both sides that match, in the order of the left side, and the labels of what they give."""

    left: Indices
    right: Indices
    result: Partition


def _pairs(node: Binary, keys: _Keys, left: tuple[Labels, ...], right: tuple[Labels, ...]) -> _Pairs:
    left_rows, right_rows = _meeting(keys)
    return _Pairs(left_rows, right_rows, together(_result_labels(node, (left, left_rows), (right, right_rows))))


def _meeting(keys: _Keys) -> tuple[Indices, Indices]:
    order = np.argsort(keys.right, kind="stable")
    ranked = keys.right[order]
    begin = np.searchsorted(ranked, keys.left, side="left")
    counts = np.searchsorted(ranked, keys.left, side="right") - begin
    left_rows = np.repeat(np.arange(len(keys.left)), counts)
    within = np.arange(len(left_rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left_rows, order[np.repeat(begin, counts) + within]


def _matched(node: Binary, sides: _Sides, pairs: _Pairs) -> Frame:
    if not sides.keys.are_unique:
        _check_unique(node, sides)
    left, right = sides.left.values[pairs.left], sides.right.values[pairs.right]
    present = sides.left.present[pairs.left] & sides.right.present[pairs.right]
    if node.operator in ARITHMETIC:
        return _united(node, pairs, ARITHMETIC[node.operator](left, right), present)
    holds = COMPARISON[node.operator](left, right)
    if node.returns_bool:
        return _united(node, pairs, holds.astype(np.float64), present)
    _united(node, pairs, left, present)
    return _united(node, pairs, left, present & holds).slimmed()


def _united(node: Binary, pairs: _Pairs, values: Floats, present: Bools) -> Frame:
    complaint = "several elements match: group_left or group_right does not keep apart what the result has"
    return united(values, present, pairs.result, node.position, complaint=complaint)


def _check_unique(node: Binary, sides: _Sides) -> None:
    """At every time where both sides have elements, the side with one must have one for each key."""
    busy = sides.left.present.any(axis=0) & sides.right.present.any(axis=0)
    left = sides.count(sides.keys.left, sides.left.present) * busy
    right = sides.count(sides.keys.right, sides.right.present) * busy
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


def _double(node: Binary, sides: _Sides, counts: Counts) -> str:
    key = sides.keys.names[int(np.argwhere(counts > 1)[0][0])]
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
