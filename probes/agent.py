"""The agent: runs each journey on its schedule and gives back what earlier runs left owed."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

import structlog

from drawdown.catalogue import MISSED_RUNS, RUN_LAG, Instruments
from drawdown.clock import Clock
from drawdown.codes import Codes
from drawdown.outcome import Origin, Outcome
from probes.exchange import Exchange
from probes.journey import Journey
from probes.runner import Run, new_run_id, replay, run_in
from probes.schedule import missed, next_after, phase_of
from probes.settlement import Debt, Debts
from probes.walk import Variables, World

Opening = Callable[[], AbstractAsyncContextManager[Exchange]]
"""Makes the way to the lender for one run, for example `partial(HttpExchange, clock)`."""

_log = structlog.get_logger(__name__)


class Agent:
    """Runs `journeys` until cancelled and hands each outcome to `report`, which must not raise.

    A journey never overlaps itself; slots that pass meanwhile are counted as missed. When the agent is cancelled it
    ends after the reversals that are due.
    """

    def __init__(  # noqa: PLR0913 - all by keyword: the parts that the agent connects
        self,
        journeys: Iterable[Journey],
        *,
        report: Callable[[Outcome], None],
        exchange: Opening,
        clock: Clock,
        settlement: Debts,
        variables: Variables,
        codes: Codes,
        instruments: Instruments,
        replay_every: float = 60.0,
        new_id: Callable[[], str] = new_run_id,
    ) -> None:
        self._journeys = {journey.name: journey for journey in journeys}
        self._report = report
        self._exchange = exchange
        self._clock = clock
        self._settlement = settlement
        self._variables = variables
        self._codes = codes
        self._instruments = instruments
        self._replay_every = replay_every
        self._new_id = new_id

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_debts(), name="debts")
            group.create_task(self._replay_debts(), name="replay")
            for journey in self._journeys.values():
                group.create_task(self._keep_running(journey), name=f"journey {journey.name}")

    async def run_now(self, journey: str) -> Run:
        """Run `journey` once, beside its schedule, as a person asked for: its outcome has `Origin.MANUAL`.

        Raises:
            KeyError: there is no such journey.
        """
        return await self._run(self._journeys[journey], Origin.MANUAL)

    async def _keep_running(self, journey: Journey) -> None:
        phase = phase_of(journey.name, journey.every)
        slot = next_after(self._clock.monotonic(), every=journey.every, phase=phase)
        while True:
            await self._clock.sleep_until(slot)
            lag = max(0.0, self._clock.monotonic() - slot)
            self._instruments.set(RUN_LAG, lag, journey=journey.name)
            await self._run(journey, Origin.PROBE)
            upcoming = next_after(max(slot, self._clock.monotonic()), every=journey.every, phase=phase)
            self._instruments.add(MISSED_RUNS, missed(slot, upcoming, every=journey.every), journey=journey.name)
            slot = upcoming

    async def _run(self, journey: Journey, origin: Origin) -> Run:
        async with self._exchange() as exchange:
            run = await run_in(self._world(exchange), journey, run_id=self._new_id(), origin=origin)
        self._report(run.outcome)
        return run

    def _world(self, exchange: Exchange) -> World:
        return World(
            exchange=exchange,
            clock=self._clock,
            settlement=self._settlement,
            variables=self._variables,
            codes=self._codes,
        )

    async def _watch_debts(self) -> None:
        while True:
            self._settlement.observe(self._instruments, journeys=self._journeys, now=self._clock.now())
            await self._clock.sleep_until(self._clock.monotonic() + 1.0)

    async def _replay_debts(self) -> None:
        while True:
            for debt in self._settlement.left():
                await self._replay(debt)
            await self._clock.sleep_until(self._clock.monotonic() + self._replay_every)

    async def _replay(self, debt: Debt) -> None:
        journey = self._journeys.get(debt.journey)
        if journey is None or journey.reversal is None:
            _log.error("debt_without_journey", journey=debt.journey, run=debt.run, hint="configure the journey again")
            return
        async with self._exchange() as exchange:
            if await replay(debt, journey, self._world(exchange)):
                _log.info("debt_given_back", journey=debt.journey, run=debt.run, since=debt.since)
