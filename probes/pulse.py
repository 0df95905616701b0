"""Whether our own event loop stood still: what was measured meanwhile says nothing about the lender."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drawdown.clock import Clock

_BEAT = 0.25


class Pulse:
    """Wakes four times a second and remembers by how much it was late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = clock.monotonic() + _BEAT
        self._worst = 0.0

    def reset(self) -> None:
        """Forget what was."""
        self._worst = 0.0

    @property
    def late(self) -> float:
        """Seconds by which the latest wake-up was late since `reset`, one that is due now included."""
        return max(self._worst, self._clock.monotonic() - self._due, 0.0)

    async def beat(self) -> None:
        """Run until cancelled."""
        while True:
            await self._clock.sleep_until(self._due)
            self._worst = self.late
            self._due = self._clock.monotonic() + _BEAT


@asynccontextmanager
async def beating(clock: Clock) -> AsyncIterator[Pulse]:
    """A pulse for as long as the block lasts."""
    pulse = Pulse(clock)
    task = asyncio.create_task(pulse.beat())
    try:
        yield pulse
    finally:
        task.cancel()
