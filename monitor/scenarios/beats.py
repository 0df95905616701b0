"""When a monitor looks at its rules while its own things go wrong: its loop starves, its clock is set, its network is
gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from drawdown.series import Bools, Floats
from monitor.heartbeat import BEAT, following
from monitor.scenarios.scenario import OwnEvent, OwnKind

_DEAF: Final = frozenset({OwnKind.NETWORK_GONE, OwnKind.STARVED})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Beats:
    """The looks in their order, in columns (n,): when each truly is, what the monitor's clock says then (which may step
    back), and how many looks it had missed before. Unix seconds.
    """

    truly: Floats
    shown: Floats
    missed: Floats

    @property
    def fresh(self) -> Bools:
        """Which of them show a time that was not shown before: only then something is sampled."""
        latest = np.maximum.accumulate(self.shown)
        return np.concatenate(([True], self.shown[1:] > latest[:-1]))


class OwnTrouble:
    """What befalls the monitor, asked about moments in true time."""

    def __init__(self, events: Sequence[OwnEvent]) -> None:
        self._events = events

    def beats(self, start: float, seconds: float) -> Beats:
        """All looks of a monitor that is started at `start`."""
        rows = tuple(self._looks(start, start + seconds))
        truly, shown, missed = (np.array(column) for column in zip(*rows, strict=True))
        return Beats(truly=truly, shown=shown, missed=missed)

    def heard(self, at: Floats) -> Floats:
        """When what is reported at `at` (n,) reaches the monitor."""
        heard = at.copy()
        for event in sorted(self._events, key=lambda event: event.starts_at):
            if event.kind in _DEAF:
                heard = np.where((heard >= event.starts_at) & (heard < event.ends_at), event.ends_at, heard)
        return heard

    def shown(self, at: Floats) -> Floats:
        """What the monitor's clock says at `at` (n,)."""
        steps = [(event.starts_at, event.by) for event in self._events if event.kind is OwnKind.CLOCK_STEP]
        return at + sum((np.where(at >= since, by, 0.0) for since, by in steps), np.zeros_like(at))

    def _looks(self, start: float, end: float) -> Iterator[tuple[float, float, float]]:
        """True time, shown time, missed so far; the first is where the looks begin, before anything has come."""
        yield start, self._at(start), 0.0
        truly, due, missed = start, self._at(start) + BEAT, 0.0
        while (truly := self._free(truly + due - self._at(truly))) <= end:
            yield truly, due, missed
            after = following(due, self._at(truly))
            missed += max(0, round((after - due) / BEAT) - 1)
            due = after

    def _free(self, truly: float) -> float:
        """When the loop runs again that should run at `truly`."""
        starved = (event for event in self._events if event.kind is OwnKind.STARVED)
        return max((event.ends_at for event in starved if event.starts_at <= truly < event.ends_at), default=truly)

    def _at(self, truly: float) -> float:
        return float(self.shown(np.array([truly]))[0])
