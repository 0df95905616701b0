"""A lender and its borrowers without sockets and without waiting: what their apps report, in the order of time."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from drawdown.clock import LoopClock, run_virtually
from sandbox.borrowers import Crowd
from sandbox.demand import Demand
from sandbox.fault import Fault
from sandbox.lender import Lender
from sandbox.report import Event, Report
from sandbox.server import direct
from sandbox.world import World


def simulate(  # noqa: PLR0913 - what there is, and the run's three numbers by name
    world: World, faults: Sequence[Fault], demand: Demand, *, start: float, seconds: float, seed: int
) -> Iterator[tuple[float, Event]]:
    """What is reported from `start` (Unix seconds) for `seconds`, each with the second at which it arrives, in that
    order. Faults act by their own times. The same arguments give the same events.
    """
    told: list[tuple[float, Event]] = []

    async def main() -> None:
        clock = LoopClock(start)

        async def keep(batch: list[dict[str, Any]]) -> None:
            told.extend((clock.now(), msgspec.convert(one, Report, strict=False)) for one in batch)

        lender = Lender(world, seed=seed, faults=tuple(faults))
        crowd = Crowd(call=direct(lender, clock), clock=clock, report=keep, seed=seed, rate=demand.rate, world=world)
        running = asyncio.create_task(crowd.run())
        await clock.sleep_until(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtually(main())
    yield from told
