"""What happens next: acts in the order of their times, without tasks and without waiting."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from drawdown.clock import Clock

Act = Callable[[float], None]
"""Does something at the Unix second that it is given."""


class Agenda:
    """Acts with their times (Unix seconds). Of acts for the same time, the one that was written down first is first."""

    def __init__(self) -> None:
        self._acts: list[tuple[float, int, Act]] = []
        self._numbers = count()

    def at(self, when: float, act: Act) -> None:
        """Have `act` done at `when`; what is in the past already is done next."""
        heappush(self._acts, (when, next(self._numbers), act))

    @property
    def next_at(self) -> float | None:
        """When the next act is due, None when nothing is left to do."""
        return self._acts[0][0] if self._acts else None

    def run_until(self, end: float) -> None:
        """Do what is due before or at `end`, each at its own time, and what it leads to by then."""
        acts = self._acts
        while acts and acts[0][0] <= end:
            when, _, act = heappop(acts)
            act(when)


async def play(agenda: Agenda, clock: Clock) -> None:
    """Do each act at its time on `clock` until there are none. A step of the machine's time changes nothing: Unix
    seconds are counted on from when this began. What is written down from outside of an act may wait for the next one.
    """
    epoch = clock.now() - clock.monotonic()
    while (due := agenda.next_at) is not None:
        await clock.sleep_until(due - epoch)
        agenda.run_until(max(due, epoch + clock.monotonic()))
