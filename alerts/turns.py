"""When a group of rules takes its turn."""

from typing import Final

_EARLY: Final = 0.1
"""A group takes its turn up to this part of its interval early: ticks do not come to the microsecond."""


class Turns:
    """Those of a group that is evaluated every `interval` seconds. They are counted from the first one, anew when the
    next lies more than an interval ahead: then the clock was set back.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._early = interval * _EARLY
        self._next: float | None = None

    def due(self, now: float) -> bool:
        """Whether a turn has come at `now` (Unix seconds)."""
        return now + self._early >= self._turn(now)

    def take(self, now: float) -> None:
        """Wait for the turn after that of `now`."""
        first = self._turn(now)
        self._next = first + self._interval * ((now + self._early - first) // self._interval + 1)

    def _turn(self, now: float) -> float:
        if self._next is None or self._next - now - self._early > self._interval:
            return now
        return self._next
