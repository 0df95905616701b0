"""The lender alone: partner API, callbacks, borrowers, controls and page behind one socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from drawdown.clock import Clock
from monitor.app import running
from monitor.lender.page import add_page
from monitor.lender.reporting import Reporting
from monitor.lender.settings import SandboxSettings
from monitor.web import listening
from sandbox import Lender, World
from sandbox.demand import Demand
from sandbox.heard import HeardLoans
from sandbox.live import borrowing
from sandbox.own_key import OwnKey
from sandbox.partner import Partner
from sandbox.partner.control import Control
from sandbox.partner.courier import Courier, posting
from sandbox.partner.inside import Inside
from sandbox.reviewing import BackOffice
from sandbox.server import serving

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What is served where. `rate` borrowers come a second; they report to the monitor at `report_to`, if any."""

    host: str = "127.0.0.1"
    port: int = 9186
    seed: int = 1
    rate: float = 5.0
    report_to: str = ""
    settings: SandboxSettings = field(default_factory=SandboxSettings)


@asynccontextmanager
async def alone(what: Alone, *, clock: Clock, say: Say) -> AsyncIterator[int]:
    """The lender, running while the context is entered; gives the port.

    Raises:
        CannotListen: the address is taken or not ours.
    """
    settings = what.settings
    world = World(clients=settings.clients, anonymous=settings.anonymous)
    lender = Lender(world, seed=what.seed)
    office = BackOffice(world.reviewers, world.rules, seed=what.seed)
    partner = Partner(lender, key=settings.private_key, hosts=settings.callback_hosts, office=office)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        reporting = Reporting(clock=clock, say=say, session=session, url=what.report_to)
        partner.desk.on_review = reporting.keep
        heard = HeardLoans(lender.loan, reporting.keep)
        lender.on_payout = heard.expect
        control = Control(partner, clock=clock, token=settings.control_token, extra=reporting.state)

        app = web.Application()
        add_page(app)
        control.add_routes(app)
        app.router.add_route("*", "/{path:.*}", serving(partner, clock))
        port = await stack.enter_async_context(listening(app, host=what.host, port=what.port))
        await stack.enter_async_context(running(Courier(partner, post=posting(session), clock=clock).run()))
        await stack.enter_async_context(running(partner.reviewers.run(clock)))
        await stack.enter_async_context(running(heard.run(clock)))
        await stack.enter_async_context(running(reporting.run()))
        if what.rate > 0:
            inside = Inside(OwnKey(lender), partner.traffic)
            crowd = borrowing(inside, clock, reporting.report, demand=Demand(rate=what.rate), seed=what.seed)
            await stack.enter_async_context(running(crowd))
        yield port


async def serve(what: Alone, *, clock: Clock, say: Say) -> None:
    """Run until this is cancelled."""
    async with alone(what, clock=clock, say=say) as port:
        host = f"[{what.host}]" if ":" in what.host else what.host
        say(f"lender: http://{host}:{port} (its API: http://{host}:{port}/openapi.yaml)")
        borrowers = f"{what.rate:g} borrowers a second" if what.rate > 0 else "no borrowers"
        say(f"{borrowers}, {f'reporting to {what.report_to}' if what.report_to else 'reporting to nobody'}")
        await asyncio.Event().wait()
