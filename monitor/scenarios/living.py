"""A scenario is lived: the lender, its borrowers, and the monitor's own probe among them."""

import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Final

from drawdown.clock import LoopClock, run_virtually
from drawdown.codes import Codes
from drawdown.document import read_document
from drawdown.outcome import Outcome
from monitor.app import running
from monitor.config import built_in_codes
from monitor.demo.stage import LenderExchange
from monitor.scenarios.beats import OwnTrouble
from monitor.scenarios.readings import Readings
from monitor.scenarios.scenario import Probe, Scenario
from probes.agent import Agent
from probes.exchange import Exchange, LocalFault, Reply, Request
from probes.journey import Journey, load_journey
from probes.settlement import Debts
from sandbox.report import Event
from sandbox.server import direct
from sandbox.simulation import Simulation
from sandbox.world import World

JOURNEY: Final = Path(str(resources.files("probes"))) / "journeys" / "drawdown.yaml"
"""What a probe does: the journey that is shipped."""

_GIVEN: Final = {"base_url": "http://lender", "device_id": "probe-device", "card": "6222-icbc"}
_TICK: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Lived:
    """What came of it, each with its Unix second, in the order of time: what apps and reviewers `told`, and the `runs`
    of the probe. `readings` are what the agent that runs it says of itself.

    It has no `repr` of its own: when a loop closes, asyncio has the result of its task written out, only to throw that
    away, and to write out an hour takes as long as to live it.
    """

    told: Sequence[tuple[float, Event]]
    runs: Sequence[tuple[float, Outcome]] = ()
    readings: Readings = field(default_factory=Readings)


def live(scenario: Scenario, seed: int, codes: Codes) -> Lived:
    """Live through `scenario`. `codes` are the lender's as the monitor reads them."""
    simulation = simulated(scenario, seed)
    if scenario.probe is None:
        return Lived(told=tuple(_unwatched(simulation, scenario)))
    return run_virtually(_probed(simulation, scenario, journey_of(scenario.probe), codes))


def simulated(scenario: Scenario, seed: int) -> Simulation:
    """The lender and its borrowers at the start of `scenario`."""
    return Simulation(scenario.world, scenario.faults, scenario.demand, start=scenario.start, seed=seed)


def journey_of(probe: Probe) -> Journey:
    """What `probe` does."""
    return replace(_shipped(), every=probe.every)


@cache
def _shipped() -> Journey:
    return load_journey(read_document(JOURNEY), variables=frozenset(_variables(World())), codes=built_in_codes())


def _variables(world: World) -> Mapping[str, str]:
    return {**_GIVEN, "phone": world.accounts[0].phone, "password": world.password}


def _unwatched(simulation: Simulation, scenario: Scenario) -> Iterator[tuple[float, Event]]:
    for second in _seconds(scenario.seconds):
        simulation.run_until(scenario.start + second)
        yield from simulation.told()


async def _probed(simulation: Simulation, scenario: Scenario, journey: Journey, codes: Codes) -> Lived:
    trouble, clock = OwnTrouble(scenario.own), LoopClock(scenario.start)
    told: list[tuple[float, Event]] = []
    runs: list[tuple[float, Outcome]] = []
    readings, numbers = Readings(), count()
    agent = Agent(
        [journey],
        report=lambda outcome: runs.append((clock.now(), outcome)),
        exchange=OwnNetwork(simulation, clock, trouble).opened,
        clock=OwnClock(scenario.start, trouble),
        settlement=Debts(),
        variables=_variables(scenario.world),
        codes=codes,
        instruments=readings.spoken_at(clock.now),
        new_id=lambda: f"run-{next(numbers)}",
    )
    async with running(agent.run()), running(starving(clock, trouble)):
        for now in _seconds(scenario.seconds):
            await clock.sleep_until(now)
            simulation.run_until(clock.now())
            told.extend(simulation.told())
    return Lived(told=told, runs=runs, readings=readings)


def _seconds(lasts: float) -> Iterator[float]:
    """Each second until all is over."""
    yield from (second * _TICK for second in range(1, math.ceil(lasts / _TICK)))
    yield lasts


async def starving(clock: LoopClock, trouble: OwnTrouble) -> None:
    """Let the loop stand still where it is to: nothing that runs on it goes on meanwhile."""
    while (begins := trouble.next_standstill(clock.now())) < math.inf:
        await clock.sleep_until(clock.monotonic() + begins - clock.now())
        clock.stand_still(trouble.free(begins) - clock.now())


class OwnClock(LoopClock):
    """The monitor's own clock, which somebody may set."""

    def __init__(self, start: float, trouble: OwnTrouble) -> None:
        super().__init__(start)
        self._trouble = trouble

    def now(self) -> float:
        return self._trouble.shows(super().now())


class OwnNetwork:
    """A probe's way to the lender, which is not there while the monitor has no network."""

    def __init__(self, simulation: Simulation, clock: LoopClock, trouble: OwnTrouble) -> None:
        self._way = LenderExchange(direct(simulation, clock))
        self._clock = clock
        self._trouble = trouble

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Exchange]:
        """The way for one run."""
        yield self

    async def send(self, request: Request) -> Reply:
        if self._trouble.is_cut_off(self._clock.now()):
            raise LocalFault("the network is unreachable")
        return await self._way.send(request)
