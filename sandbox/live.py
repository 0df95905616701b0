"""Borrowers in their own time: a crowd that lives on a clock and whose apps report over the network."""

from asyncio import TaskGroup
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from drawdown.clock import Clock
from sandbox.agenda import Agenda, play
from sandbox.attempt import App
from sandbox.borrowers import Crowd
from sandbox.calls import Calls
from sandbox.demand import Demand
from sandbox.report import REPORT_EVERY, Report

Send = Callable[[Sequence[Report]], Awaitable[None]]
"""Takes a batch of reports as an app would send them; raises OSError or aiohttp.ClientError when it did not."""

_MOST_UNSENT = 20_000
_MOST_A_BATCH = 500


async def borrowing(lender: Calls, clock: Clock, send: Send, *, demand: Demand | None = None, seed: int = 0) -> None:
    """Borrowers come until this is cancelled; those on their way are cancelled with it."""
    agenda, outbox = Agenda(), Outbox(send)
    app = App(lender=lender, agenda=agenda, tell=outbox.put)
    Crowd(app, demand or Demand(), seed=seed).begin(clock.now())
    async with TaskGroup() as group:
        group.create_task(play(agenda, clock))
        group.create_task(outbox.empty_forever(clock))


class Outbox:
    """Reports on their way. What could not be sent is kept, the oldest given up when it grows too much."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._unsent: deque[Report] = deque(maxlen=_MOST_UNSENT)

    def __len__(self) -> int:
        return len(self._unsent)

    def unsent(self) -> tuple[Report, ...]:
        """What waits, the oldest first."""
        return tuple(self._unsent)

    def put(self, _now: float, report: Report) -> None:
        self._unsent.append(report)

    async def empty_forever(self, clock: Clock) -> None:
        at = clock.monotonic()
        while True:
            at = max(at + REPORT_EVERY, clock.monotonic())
            await clock.sleep_until(at)
            await self.empty()

    async def empty(self) -> None:
        """Send one batch of what there is."""
        batch = [self._unsent.popleft() for _ in range(min(len(self._unsent), _MOST_A_BATCH))]
        if not batch:
            return
        try:
            await self._send(batch)
        except (OSError, aiohttp.ClientError):
            self._keep(batch)

    def _keep(self, batch: Sequence[Report]) -> None:
        room = _MOST_UNSENT - len(self._unsent)
        self._unsent.extendleft(reversed(batch[len(batch) - min(room, len(batch)) :]))
