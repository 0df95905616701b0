"""Two selections behind one another, as one."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from collector.chunk import Columns, columns_of, numbers_of
from collector.remembered import Remembered
from drawdown.series import ABSENT, Bools, Edges, Floats, Labels, Newest, Selection, is_absent

Part = TypeVar("Part", Edges, Newest)

_MOST = 1_000_000
"""Labels of joined selections that are remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The `labels` of two selections together, and where those of each stand among them."""

    labels: tuple[Labels, ...]
    left: Columns
    right: Columns

    @classmethod
    def of(cls, left: tuple[Labels, ...], right: tuple[Labels, ...]) -> Self:
        """All of the right, then what only the left has."""
        places = {labels: place for place, labels in enumerate(dict.fromkeys((*right, *left)))}
        labels = right if len(places) == len(right) else tuple(places)
        return cls(labels, columns_of(np.array([places[one] for one in left], np.intp)), slice(0, len(right)))


class Alignments:
    """Gives the same alignment for the same two tuples of labels."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[int, int], tuple[object, Alignment]] = Remembered()

    def of(self, left: tuple[Labels, ...], right: tuple[Labels, ...]) -> Alignment:
        """As `Alignment.of`."""
        key = id(left), id(right)  # both are kept, so that no other tuple can have their ids
        known = self._known.get(key)
        if known is None:
            known = (left, right), Alignment.of(left, right)
            self._known.keep(key, known, weight=len(known[1].labels) + 1, most=_MOST)
        return known[1]


class Joined:
    """`left`, and `right` behind it, whose times all come later; a `drawdown.series.Selection`."""

    def __init__(self, left: Selection, right: Selection, alignment: Alignment) -> None:
        self.labels = alignment.labels
        self._left = left
        self._right = right
        self._alignment = alignment

    @cached_property
    def times(self) -> Floats:
        return np.concatenate([self._left.times, self._right.times])

    @cached_property
    def values(self) -> Floats:
        seam = len(self._left.times)
        values = np.full((len(self.labels), len(self.times)), ABSENT)
        values[self._alignment.left, :seam] = self._left.values
        values[self._alignment.right, seam:] = self._right.values
        return values

    def cut(self, left: int, right: int) -> Self:
        seam = len(self._left.times)
        before = self._left.cut(min(left, seam), min(right, seam))
        behind = self._right.cut(max(left - seam, 0), max(right - seam, 0))
        return type(self)(before, behind, self._alignment)

    def edges(self) -> Edges:
        """From those of both; a fall from the last sample of the left to the first of the right is lost too."""
        seam, (left, right) = len(self._left.times), self._spread(self._left.edges(), self._right.edges())
        here, there = left.count > 0, right.count > 0
        fell = here & there & (right.first < left.last)
        lost = [np.where(here, left.lost, 0.0), np.where(there, right.lost, 0.0), np.where(fell, left.last, 0.0)]
        return Edges(
            count=left.count + right.count,
            first=np.where(here, left.first, right.first),
            last=np.where(there, right.last, left.last),
            begin=np.where(here, left.begin, right.begin + seam),
            end=np.where(there, right.end + seam, left.end),
            lost=lost[0] + lost[1] + lost[2],
        )

    def newest(self) -> Newest:
        """From those of both; where the right has only a staleness marker, it hides the left."""
        seam, (left, right) = len(self._left.times), self._spread(self._left.newest(), self._right.newest())
        hidden = self._ended(left.present & ~right.present)
        return Newest(
            values=np.where(right.present, right.values, left.values),
            columns=np.where(right.present, right.columns + seam, left.columns),
            present=right.present | (left.present & ~hidden),
        )

    def _spread(self, left: Part, right: Part) -> tuple[Part, Part]:
        """Both among the labels of both."""
        width = len(self.labels)
        return _spread(left, self._alignment.left, width), _spread(right, self._alignment.right, width)

    def _ended(self, asked: Bools) -> Bools:
        """Which of the series that are asked for have anything in the right, which can but be a staleness marker."""
        ended = np.zeros(len(self.labels), np.bool_)
        rows = np.flatnonzero(asked[self._alignment.right])
        if len(rows):
            ended[numbers_of(self._alignment.right)[rows]] = ~is_absent(self._right.values[rows]).all(axis=1)
        return ended


def _spread(part: Part, places: Columns, width: int) -> Part:
    """What is told of some series, among all of them."""
    spread = {}
    for each in fields(part):
        told = getattr(part, each.name)
        spread[each.name] = np.zeros(width, told.dtype)
        spread[each.name][places] = told
    return type(part)(**spread)
