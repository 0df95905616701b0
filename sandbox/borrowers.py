"""A crowd of borrowers: people with a phone and an app, who draw money and whose app reports how it went."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any

import aiohttp

from drawdown.clock import Clock
from sandbox.applicants import Applicants
from sandbox.attempt import Attempt, Borrower
from sandbox.chance import choose
from sandbox.server import LenderCall
from sandbox.world import World

Report = Callable[[list[dict[str, Any]]], Awaitable[None]]
"""Takes a batch of outcomes as an app would send them; raises OSError or aiohttp.ClientError when it did not."""

_REPORT_EVERY = 0.25
_MOST_UNSENT = 20_000
_MOST_A_BATCH = 500
_PHONES = 100_000_000


class Crowd:
    """Borrowers who come at random (Poisson), `rate` a second, and never twice. One seed gives one crowd."""

    def __init__(  # noqa: PLR0913 - each is a seam of its own, and all are named
        self,
        *,
        call: LenderCall,
        clock: Clock,
        report: Report,
        seed: int = 0,
        rate: float = 20.0,
        world: World | None = None,
    ) -> None:
        self._call = call
        self._clock = clock
        self._report = report
        self._rate = rate
        self._world = world or World()
        self._applicants = Applicants(self._world)
        self._random = Random(f"crowd/{seed}")
        self._first_phone = self._random.randrange(_PHONES)
        self._came = 0
        self._unsent: deque[dict[str, Any]] = deque(maxlen=_MOST_UNSENT)

    async def run(self) -> None:
        """Borrowers come until this is cancelled; those on their way are cancelled with it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report_forever())
            name = f"{round(self._clock.now() * 1000):x}"
            at = self._clock.monotonic()
            while True:
                at += self._random.expovariate(self._rate)
                await self._clock.sleep_until(at)
                group.create_task(self._attempt(f"app-{name}-{self._came}", self._next_borrower()))

    async def _attempt(self, attempt_id: str, borrower: Borrower) -> None:
        attempt = Attempt(attempt_id, borrower, call=self._call, clock=self._clock)
        self._unsent.append(await attempt.run())

    def _next_borrower(self) -> Borrower:
        """Draw all of a borrower's chances now, so that they do not depend on what the others do."""
        number = (self._first_phone + self._came) % _PHONES
        self._came += 1
        phone = f"139{number:08d}"
        bank = choose(((bank.name, bank.share) for bank in self._world.banks), self._random.random())
        return Borrower(
            phone=phone,
            password=self._world.password,
            bank=bank,
            card=f"6222-{bank}-{number:08d}",
            tier=self._applicants.find(phone).tier,
            share_wanted=self._random.uniform(0.1, 1.0) if self._random.random() > 0.01 else 1.2,
            cancels=self._random.random() < 0.01,
        )

    async def _report_forever(self) -> None:
        at = self._clock.monotonic()
        while True:
            at = max(at + _REPORT_EVERY, self._clock.monotonic())
            await self._clock.sleep_until(at)
            await self._send()

    async def _send(self) -> None:
        """Send what there is; what could not be sent is kept, the oldest given up when it grows too much."""
        batch = [self._unsent.popleft() for _ in range(min(len(self._unsent), _MOST_A_BATCH))]
        if not batch:
            return
        try:
            await self._report(batch)
        except (OSError, aiohttp.ClientError):
            self._keep(batch)

    def _keep(self, batch: Sequence[dict[str, Any]]) -> None:
        room = _MOST_UNSENT - len(self._unsent)
        self._unsent.extendleft(reversed(batch[len(batch) - min(room, len(batch)) :]))
