"""Serves the console with a simulated hour behind it: `python tests/monitor/console_preview.py [--port N] [--calm]`."""

import argparse
import asyncio

from aiohttp import web
from console_world import Route, World, impact_of, incident

from drawdown.clock import SystemClock
from drawdown.reasons import Reason
from monitor.console import Console, add_routes

FAULTS = (
    (Reason.GATEWAY_TIMEOUT, 900, 1320),
    (Reason.IDENTITY_REQUIRED, 2040, 2400),
    (Reason.GATEWAY_TIMEOUT, 3423, 9000),
)


def past_incidents(start):
    return [
        incident(Reason.IDENTITY_REQUIRED, name="i2", at=start + 2044, resolved_at=start + 2431),
        incident(Reason.GATEWAY_TIMEOUT, name="i1", at=start + 906, resolved_at=start + 1349),
    ]


def build(start, *, calm=False, loud=False):
    world = World(start=start, faults=FAULTS[: 2 if calm else 3])
    console = Console(source=world.shelf, outcomes=world.memory, pager=world.desk, journeys=[Route()])
    for second in range(0, 3600, 10):
        world.advance(start + second, 10.0)
        console.tick(start + second)
    for second in range(3400, 3600, 2):
        world.probe(start + second)
    opened = [] if calm else [incident(name="i3", at=start + 3426)]
    opened += [incident(Reason.LIMIT_REDUCED, name="i4", at=start + 3500, impact=impact_of(31, 412))] if loud else []
    world.desk.known = opened + past_incidents(start)
    return world, console


async def live(world, console, clock):
    while True:
        world.advance(clock.now())
        if int(clock.now()) % 2 == 0:
            world.probe(clock.now())
        console.tick(clock.now())
        await clock.sleep_until(clock.monotonic() + 1)


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=8099)
    arguments.add_argument("--calm", action="store_true")
    arguments.add_argument("--loud", action="store_true")
    chosen = arguments.parse_args()
    clock = SystemClock()
    world, console = build(clock.now() - 3600, calm=chosen.calm, loud=chosen.loud)
    app = web.Application()
    add_routes(app, console=console, clock=clock)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", chosen.port).start()
    await live(world, console, clock)


if __name__ == "__main__":
    asyncio.run(main())
