"""What is known for all turns, and a source that has it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.foresight.parts import number_of
from alerts.promql import Vector
from drawdown.series import NAME, Block, Bools, Floats, Labels, Matcher, Selection, SeriesSource

_HALF_A_MILLISECOND: Final = 0.0005
NOTHING: Final = Vector((), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What an expression gives at every turn: `values` (series, turns), ABSENT where it is not `present`."""

    labels: tuple[Labels, ...]
    values: Floats
    present: Bools

    def at(self, turn: int) -> Vector:
        rows = np.flatnonzero(self.present[:, turn])
        if not len(rows):
            return NOTHING
        labels = self.labels if len(rows) == len(self.labels) else tuple(self.labels[row] for row in rows)
        return Vector(labels, self.values[rows, turn])

    def as_selected(self, turn: int, at: float) -> Block:
        """The same with all series, at Unix second `at`: of the same labels readers remember what they made."""
        return Block(self.labels, np.array([at]), self.values[:, turn : turn + 1])


class WithKnown:
    """A source that also has the parts reckoned ahead, as they are at one turn, and in which `hidden` series have no
    sample yet at the time of that turn.
    """

    def __init__(
        self, source: SeriesSource, parts: Sequence[Known], turn: int, *, at: float, hidden: Collection[str]
    ) -> None:
        self._source = source
        self._parts = parts
        self._turn = turn
        self._at = at
        self._hidden = hidden

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        number = number_of(matchers)
        if number is None:
            return self._source.select(matchers, start, self._visible(matchers, end), window=window)
        return self._parts[number].as_selected(self._turn, self._at)

    def _visible(self, matchers: tuple[Matcher, ...], end: float) -> float:
        if not self._hidden or not any(each.name == NAME and each.value in self._hidden for each in matchers):
            return end
        return min(end, self._at - _HALF_A_MILLISECOND)
