"""When groups take their turns, in stretches that can be evaluated at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.rule import Group
from alerts.turns import Turns
from drawdown.series import Floats

_STEPS: Final = 20_000
"""Times at which an expression is evaluated at once."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some times after each other that are `step` seconds apart: those from number `first` to before `last`."""

    first: int
    last: int
    step: float


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """When a group takes its turns (Unix seconds), in `stretches`; `columns` are their numbers, by ms."""

    at: Floats
    stretches: tuple[Stretch, ...]
    columns: Mapping[int, int]

    @classmethod
    def of(cls, group: Group, ticks: Floats, *, interval: float) -> "Times":
        """Of all `ticks`."""
        turns = Turns(group.interval or interval)
        taken = set()
        for tick in ticks.tolist():
            if turns.due(tick):
                turns.take(tick)
                taken.add(tick)
        at = np.array(sorted(taken))
        return cls(at, tuple(_stretches(at)), {_millis(tick): number for number, tick in enumerate(at.tolist())})

    def column(self, at: float) -> int | None:
        return self.columns.get(_millis(at))


def _stretches(at: Floats) -> Iterator[Stretch]:
    """As long as they can be, from left to right, but for what is evaluated at once."""
    apart = np.rint(np.diff(at) * 1000)
    first = 0
    while first < len(at):
        step = apart[first] if first < len(apart) else 1000.0
        others = np.flatnonzero(apart[first:] != step)
        last = int(first + 1 + (others[0] if len(others) else len(apart) - first))
        last = min(last, first + _STEPS)
        yield Stretch(first, last, step / 1000)
        first = last


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
