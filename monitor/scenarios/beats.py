"""When a monitor looks at its rules while its own things go wrong: its loop starves, its clock is set, its network is
gone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from drawdown.series import Bools, Floats
from monitor.heartbeat import BEAT, following
from monitor.scenarios.scenario import OwnEvent, OwnKind

_DEAF: Final = {OwnKind.NETWORK_GONE: 0.0, OwnKind.STARVED: 0.01}
"""By what keeps the monitor from hearing: seconds from its end until what waits is heard. A look that is due comes
before what has to be read first.
"""


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
                deaf = (heard >= event.starts_at) & (heard < event.ends_at)
                heard = np.where(deaf, event.ends_at + _DEAF[event.kind], heard)
        return heard

    def is_cut_off(self, at: float) -> bool:
        """Whether the monitor has no network at `at`."""
        return any(event.starts_at <= at < event.ends_at for event in self._of(OwnKind.NETWORK_GONE))

    def free(self, at: float) -> float:
        """When the monitor's loop runs again that should run at `at`."""
        starved = (event.ends_at for event in self._of(OwnKind.STARVED) if event.starts_at <= at < event.ends_at)
        return max(starved, default=at)

    def next_standstill(self, since: float) -> float:
        """When its loop begins to stand still next, not before `since`; infinity if it never does."""
        begins = (event.starts_at for event in self._of(OwnKind.STARVED) if event.starts_at >= since)
        return min(begins, default=math.inf)

    def shows(self, at: float) -> float:
        """What the monitor's clock says at `at`."""
        return at + sum(event.by for event in self._of(OwnKind.CLOCK_STEP) if at >= event.starts_at)

    def shown(self, at: Floats) -> Floats:
        """The same of many times (n,)."""
        steps = (np.where(at >= event.starts_at, event.by, 0.0) for event in self._of(OwnKind.CLOCK_STEP))
        return at + sum(steps, np.zeros_like(at))

    def _looks(self, start: float, end: float) -> Iterator[tuple[float, float, float]]:
        """True time, shown time, missed so far; the first is where the looks begin, before anything has come."""
        yield start, self.shows(start), 0.0
        truly, due, missed = start, self.shows(start) + BEAT, 0.0
        while (truly := self.free(truly + due - self.shows(truly))) <= end:
            yield truly, due, missed
            after = following(due, self.shows(truly))
            missed += max(0, round((after - due) / BEAT) - 1)
            due = after

    def _of(self, kind: OwnKind) -> Iterator[OwnEvent]:
        return (event for event in self._events if event.kind is kind)
