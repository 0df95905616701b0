"""The demo's play: the lender, its borrowers and the monitor run, faults come and go, and the end is judged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from alerts.settings import ChannelSettings
from drawdown.clock import Clock
from drawdown.reasons import Language
from monitor.app import Monitor, Surroundings, monitor, running
from monitor.config import Config, load_config
from monitor.demo.stage import Stage, handing, posting, real_stage, virtual_stage
from monitor.demo.walk import Verdict, announcements, judge, plan
from sandbox import Lender, World
from sandbox.demand import Demand
from sandbox.fault import Fault
from sandbox.live import borrowing

CONFIG = Path(__file__).with_name("monitor.yaml")
FIRST_WALK = 300.0
"""Seconds of the walk through all faults where nobody says how long it shall take."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is played. `seconds` is how long the walk takes; `then_stay` keeps all running in peace after it.

    `state` is a folder that the run may fill. `channels` are told besides the terminal. A `virtual` play opens no
    socket and needs a virtual clock.
    """

    state: Path
    seconds: float = FIRST_WALK
    then_stay: bool = False
    seed: int = 1
    rate: float = 20.0
    listen: str = "127.0.0.1:9185"
    language: Language = "en"
    channels: tuple[ChannelSettings, ...] = ()
    virtual: bool = False


async def perform(play: Play, *, clock: Clock, stream: TextIO, say: Say) -> Verdict:
    """Play to the end and judge what the monitor said. `stream` gets the notices, `say` the demo's own lines.

    Raises:
        CannotListen: the address is taken or not ours.
    """
    walk = plan(clock.now(), play.seconds)
    async with playing(play, walk.faults, clock=clock, stream=stream) as parts:
        if not play.virtual:
            say(f"console: http://{play.listen}")
        await _announce(announcements(walk), clock, say)
        await _until(walk.ends_at, clock)
        verdict = judge(walk, parts.pager.incidents())
        if play.then_stay:
            say("the walk is over; the lender stays healthy, the console stays up, Ctrl-C stops")
            await asyncio.Event().wait()
        return verdict


@asynccontextmanager
async def playing(play: Play, faults: tuple[Fault, ...], *, clock: Clock, stream: TextIO) -> AsyncIterator[Monitor]:
    """The lender with `faults`, its borrowers and the monitor, running while the context is entered.

    Raises:
        CannotListen: the address is taken or not ours.
    """
    lender = Lender(World(), seed=play.seed, faults=faults)
    setting = virtual_stage if play.virtual else real_stage
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(setting(lender, clock))
        config = _config(play, stage)
        around = Surroundings(clock=clock, exchange=stage.open_exchange, stream=stream, serve=not play.virtual)
        parts = await stack.enter_async_context(monitor(config, around))
        report = handing(parts.ingest, clock)
        if not play.virtual:
            report = await stack.enter_async_context(posting(f"{config.public_url}/v1/outcomes"))
        crowd = borrowing(lender, clock, report, demand=Demand(rate=play.rate), seed=play.seed)
        await stack.enter_async_context(running(crowd))
        yield parts


def _config(play: Play, stage: Stage) -> Config:
    config = load_config(CONFIG, environment={"DEMO_PASSWORD": World().password})
    told = (*config.settings.alerts.channels, *play.channels)
    alerts = config.settings.alerts.model_copy(update={"language": play.language, "channels": told})
    variables = {**config.settings.variables, "base_url": stage.base_url}
    collector = config.settings.collector.model_copy(update={"durable": False})  # the state folder ends with the play
    parts = {"alerts": alerts, "collector": collector}
    changed = {"listen": play.listen, "state": play.state, "variables": variables, **parts}
    settings = config.settings.model_copy(update=changed)
    return replace(config, settings=settings)


async def _announce(lines: Sequence[tuple[float, str]], clock: Clock, say: Say) -> None:
    for at, line in lines:
        await _until(at, clock)
        say(line)


async def _until(at: float, clock: Clock) -> None:
    await clock.sleep_until(clock.monotonic() + at - clock.now())
