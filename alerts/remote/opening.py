"""From what a configuration says of the source of rules to the rules and the source that an evaluator is given."""

from asyncio import TaskGroup
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from alerts.elsewhere import Elsewhere, Nowhere
from alerts.remote.answers import Answers
from alerts.remote.client import Client, tls_of
from alerts.remote.plan import plans, recorded_by, split_for
from alerts.remote.rounds import Ask, Rounds, Terms
from alerts.remote.settings import PrometheusSettings, SourceSettings
from alerts.rule import Group
from alerts.template import External
from drawdown.catalogue import Instruments
from drawdown.clock import Clock
from drawdown.series import SeriesSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What an evaluator sees: the `groups` that it runs, over `source`, a part of which comes from `elsewhere`."""

    groups: Sequence[Group]
    source: SeriesSource
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the monitor has already: its own `series`, its time, its instruments, the interval of groups that name none,
    what it is called from outside, and the folder of its configuration.
    """

    series: SeriesSource
    clock: Clock
    instruments: Instruments
    interval: float
    external: External
    directory: Path


def open_source(
    settings: SourceSettings, groups: Sequence[Group], around: Around
) -> AbstractAsyncContextManager[Sight]:
    """What the rules of `groups` see while the context is entered: the monitor's own series, or these and another
    Prometheus.

    Raises:
        CannotAsk: when it is entered, a file that the settings name cannot be used.
    """
    if settings.prometheus is None:
        return nullcontext(Sight(groups=groups, source=around.series, elsewhere=Nowhere()))
    return _over_http(settings.prometheus, groups, around)


@asynccontextmanager
async def _over_http(settings: PrometheusSettings, groups: Sequence[Group], around: Around) -> AsyncIterator[Sight]:
    tls = tls_of(settings.tls, directory=around.directory)
    connector = aiohttp.TCPConnector(limit=settings.connections, ssl=tls)
    terms = Terms(
        delay=settings.delay,
        connections=settings.connections,
        interval=around.interval,
        external=around.external,
    )
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        over(Client(settings, session).ask, groups, around, terms) as sight,
    ):
        yield sight


@asynccontextmanager
async def over(ask: Ask, groups: Sequence[Group], around: Around, terms: Terms) -> AsyncIterator[Sight]:
    """What rules see when `ask` answers for the other side."""
    split = split_for(recorded_by(groups))
    planned, answers = plans(groups, split), Answers(around.series)
    async with TaskGroup() as tasks:
        rounds = Rounds(
            planned,
            ask,
            answers,
            split=split,
            terms=terms,
            clock=around.clock,
            instruments=around.instruments,
            tasks=tasks,
        )
        try:
            yield Sight(groups=tuple(plan.group for plan in planned), source=answers, elsewhere=rounds)
        finally:
            rounds.close()
