"""The whole wiring, in one straight function, in the order in which an outcome flows."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO

import aiohttp
from aiohttp import web

from alerts.api.routes import add_routes as add_query_routes
from alerts.channels.opening import open_channels
from alerts.dispatch import Dispatcher
from alerts.evaluator import Evaluator
from alerts.ledger import Ledger
from alerts.pager import Pager
from alerts.remote.opening import Around, open_source
from alerts.template import External
from alerts.watchdog import Watchdog
from collector.api import add_routes as add_collector_routes
from collector.callbacks import Callbacks
from collector.history import History
from collector.ingest import Ingest
from collector.recorder import Recorder
from collector.reviews import Reviews
from collector.seen import Seen, remembering
from collector.settings import CollectorSettings
from collector.store import Store
from collector.tier import Extent
from drawdown.clock import Clock
from drawdown.outcome import Origin, Outcome
from monitor import heartbeat
from monitor.archive import archived, take_up
from monitor.config import Config
from monitor.console import Console
from monitor.console import add_routes as add_console_routes
from monitor.web import listening
from probes.agent import Agent, Opening
from probes.settlement import Settlement

FLUSH = 3.0
"""Seconds for the notices still owed when the monitor stops; what is not taken by then goes first at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the monitor stands in: its time, its way to the lender, and where notices for people are written.

    Without `serve` it listens on no socket.
    """

    clock: Clock
    exchange: Opening
    stream: TextIO
    serve: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """The parts of a running monitor that others talk to."""

    ingest: Ingest
    reviews: Reviews
    callbacks: Callbacks
    pager: Pager
    agent: Agent
    store: Store


@asynccontextmanager
async def monitor(config: Config, around: Surroundings) -> AsyncIterator[Monitor]:
    """The monitor, running while the context is entered.

    Parts start from the page back to the probe, and stop from the probe to the page.

    Raises:
        CannotListen: the address is taken or not ours.
        CannotAsk: a file that the other Prometheus is asked with cannot be used.
        OSError: the state folder cannot be written.
        LedgerError, SettlementBusy, StoreBusy: what must survive a restart cannot be kept.
    """
    settings, clock = config.settings, around.clock
    config.state.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        settlement = stack.enter_context(Settlement(config.state / "settlement.jsonl"))
        ledger = Ledger(settings.alerts.ledger.get_secret_value() or f"sqlite:///{config.state / 'ledger.sqlite'}")
        stack.callback(ledger.close)
        session = await stack.enter_async_context(aiohttp.ClientSession())

        intake = _intake(config, now=clock.now())
        recorder = intake.recorder
        store = _store(settings.collector)
        kept_in = config.state / "store" if settings.collector.durable else None
        archive, past = await stack.enter_async_context(archived(store, intake.seen, kept_in, recorder))
        store.roll_up(config.rollups)
        seen = Around(
            series=store,
            clock=clock,
            instruments=recorder,
            interval=settings.alerts.interval,
            external=External(url=config.public_url),
            directory=config.directory,
        )
        sight = await stack.enter_async_context(open_source(settings.alerts.source, config.groups, seen))
        evaluator = Evaluator(
            sight.groups,
            source=sight.source,
            sink=store,
            instruments=recorder,
            clock=clock,
            interval=settings.alerts.interval,
            external=seen.external,
            backdates=True,
            elsewhere=sight.elsewhere,
        )
        pager = Pager(
            evaluator,
            ledger,
            intake.history,
            settings.alerts,
            journeys={origin: config.vocabulary.names(origin) for origin in (Origin.BORROWER, Origin.PROBE)},
            console=config.public_url,
            instruments=recorder,
            wake=lambda: dispatcher.wake(),  # noqa: PLW0108 - the two call each other
        )
        channels = open_channels(settings.alerts.channels, stream=around.stream, session=session)
        dispatcher = Dispatcher(ledger, channels, clock=clock, instruments=recorder, report=pager.delivered)
        console = Console(source=store, outcomes=intake.history, pager=pager, journeys=config.journeys)
        agent = _agent(config, around, intake, settlement)

        await pager.resume(clock.now(), seen=past.seen)
        if around.serve:
            app = web.Application()
            add_console_routes(app, console=console, clock=clock)
            add_collector_routes(
                app,
                ingest=intake.ingest,
                reviews=intake.reviews,
                callbacks=intake.callbacks,
                recorder=recorder,
                clock=clock,
                settings=settings.collector,
            )
            queries, reach = settings.alerts.queries, _reach(config)
            add_query_routes(app, source=store, evaluator=evaluator, clock=clock, settings=queries, reach=reach)
            await stack.enter_async_context(listening(app, host=config.host, port=config.port))
        stack.push_async_callback(_flush, dispatcher)
        await stack.enter_async_context(running(dispatcher.run()))
        if settings.alerts.watchdog:
            watch = settings.alerts.watchdog
            watchdog = Watchdog(watch, evaluator.groups, session=session, clock=clock, instruments=recorder)
            await stack.enter_async_context(running(watchdog.run()))
        await stack.enter_async_context(running(archive.run()))
        beat = heartbeat.run(
            clock=clock,
            recorder=recorder,
            store=store,
            pager=pager,
            console=console,
            take_up=partial(take_up, past, store, evaluator, recorder),
            sampled=archive.wake,
        )
        await stack.enter_async_context(running(beat))
        await stack.enter_async_context(running(agent.run()))
        yield Monitor(
            ingest=intake.ingest,
            reviews=intake.reviews,
            callbacks=intake.callbacks,
            pager=pager,
            agent=agent,
            store=store,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intake:
    """Where outcomes, reviews and callbacks are counted and remembered."""

    recorder: Recorder
    history: History
    seen: Mapping[str, Seen]
    ingest: Ingest
    reviews: Reviews
    callbacks: Callbacks


def _intake(config: Config, *, now: float) -> _Intake:
    words, settings = config.vocabulary, config.settings.collector
    recorder, history = Recorder(words, now=now), History()
    seen, heard = remembering(settings), remembering(settings)
    return _Intake(
        recorder=recorder,
        history=history,
        seen={"seen": seen, "seen-callbacks": heard},
        ingest=Ingest(recorder, history, vocabulary=words, codes=config.codes, settings=settings, seen=seen),
        reviews=Reviews(recorder, vocabulary=words, codes=config.codes, settings=settings, seen=seen),
        callbacks=Callbacks(recorder, vocabulary=words, settings=settings, seen=heard),
    )


def _agent(config: Config, around: Surroundings, intake: _Intake, settlement: Settlement) -> Agent:
    return Agent(
        config.journeys,
        report=partial(_accept, intake.ingest, around.clock),
        exchange=around.exchange,
        clock=around.clock,
        settlement=settlement,
        variables=config.settings.variables,
        codes=config.codes,
        instruments=intake.recorder,
    )


def _store(settings: CollectorSettings) -> Store:
    rollups = settings.rollups
    extent = Extent(retention=rollups.retention, step=rollups.step, most=settings.max_rollups)
    return Store(retention=settings.retention, most=settings.max_series, rollups=extent)


def _reach(config: Config) -> float:
    """Seconds for which something is kept."""
    settings = config.settings.collector
    return settings.rollups.retention if config.rollups else settings.retention


def _accept(ingest: Ingest, clock: Clock, outcome: Outcome) -> None:
    ingest.accept(outcome, now=clock.now())


async def _flush(dispatcher: Dispatcher) -> None:
    try:
        async with asyncio.timeout(FLUSH):
            await dispatcher.flush()
    except TimeoutError:
        return  # they are in the ledger, and go first at the next start


@asynccontextmanager
async def running(part: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """`part` as a task while the context is entered. When it fails, whoever is inside is cancelled and hears why."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(part)
        try:
            yield
        finally:
            task.cancel()
