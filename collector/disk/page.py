"""What a segment has said so far: the series that it numbers, and its last row."""

from collections.abc import Sequence

import numpy as np

from collector.disk.bodies import Bits
from drawdown.series import ABSENT, Floats, Labels, Numbers


class Page:
    """Grows with a segment, in the same way for who writes it and for who reads it."""

    def __init__(self, labels: Sequence[Labels] = ()) -> None:
        self._labels: list[Labels] = list(labels)
        self._tuple: tuple[Labels, ...] = tuple(labels)
        self._columns: dict[Labels, int] = {}
        self._last: Bits = np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def labels(self) -> tuple[Labels, ...]:
        """By column; the same tuple as long as no series is added."""
        if len(self._tuple) != len(self._labels):
            self._tuple = tuple(self._labels)
        return self._tuple

    def add(self, labels: Sequence[Labels]) -> None:
        """Series that stand behind those there are."""
        if not self._labels and isinstance(labels, tuple):
            self._tuple = labels
        self._labels.extend(labels)

    def columns(self, labels: Sequence[Labels]) -> tuple[Numbers, list[Labels]]:
        """Where each series stands, or will when those which are missing have been added."""
        for number in range(len(self._columns), len(self._labels)):
            self._columns[self._labels[number]] = number
        missing = [one for one in labels if one not in self._columns]
        places = {**self._columns, **_numbered(missing, len(self))} if missing else self._columns
        return np.array([places[one] for one in labels], np.intp), missing

    def whole(self, samples: Floats) -> Bits:
        """Take a row down; its bits."""
        self._last = _bits(samples).copy()
        return self._last

    def changes(self, samples: Floats) -> Bits:
        """Take a row down; how its bits differ from those of the row before."""
        bits = _bits(samples)
        changes: Bits = bits ^ self._before(len(samples))
        self._last = bits.copy()
        return changes

    def follow(self, bits: Bits, *, whole: bool) -> Floats:
        """Take a row down that another page wrote; its samples."""
        self._last = bits.copy() if whole else bits ^ self._before(len(bits))
        return self._last.view(np.float64)

    def _before(self, width: int) -> Bits:
        missing = width - len(self._last)
        return np.concatenate([self._last, _bits(np.full(missing, ABSENT))]) if missing else self._last


def _bits(samples: Floats) -> Bits:
    return np.ascontiguousarray(samples).view(np.uint64)


def _numbered(labels: Sequence[Labels], first: int) -> dict[Labels, int]:
    return {one: first + number for number, one in enumerate(labels)}
