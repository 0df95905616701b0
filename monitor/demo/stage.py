"""Where the demo plays: the embedded lender and its borrowers, behind sockets or, in virtual time, without any."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import msgspec
from yarl import URL

from collector.ingest import Ingest
from collector.report import JSON
from drawdown.clock import Clock
from monitor.web import listening
from probes.exchange import Disconnected, Exchange, HttpExchange, Reply, Request, TimedOut
from sandbox import Lender, LenderRequest
from sandbox.live import Send
from sandbox.partner import Partner
from sandbox.report import Report
from sandbox.server import LenderCall, direct, lender_app

OpenExchange = Callable[[], AbstractAsyncContextManager[Exchange]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The way to the lender for probes. Borrowers call it directly: they are its load."""

    base_url: str
    open_exchange: OpenExchange


@asynccontextmanager
async def real_stage(lender: Lender, clock: Clock) -> AsyncIterator[Stage]:
    """The lender behind a socket, to which probes connect."""
    async with listening(lender_app(Partner(lender), clock), host="127.0.0.1", port=0) as port:
        yield Stage(base_url=f"http://127.0.0.1:{port}", open_exchange=lambda: HttpExchange(clock))


@asynccontextmanager
async def virtual_stage(lender: Lender, clock: Clock) -> AsyncIterator[Stage]:
    """The same lender without sockets: whoever calls it waits on `clock` alone."""
    call = direct(lender, clock)

    @asynccontextmanager
    async def open_exchange() -> AsyncIterator[Exchange]:
        yield LenderExchange(call)

    yield Stage(base_url="http://lender", open_exchange=open_exchange)


class LenderExchange:
    """A probe's way straight into the lender."""

    def __init__(self, call: LenderCall) -> None:
        self._call = call

    async def send(self, request: Request) -> Reply:
        asked = LenderRequest(
            method=request.method,
            path=URL(request.url).path,
            headers=request.headers,
            body=request.body,
            patience=request.timeout,
        )
        try:
            answer = await self._call(asked)
        except TimeoutError as error:
            raise TimedOut(str(error)) from None
        except ConnectionResetError as error:
            raise Disconnected(str(error)) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(status=answer.status, headers=headers, body=answer.body)


@asynccontextmanager
async def posting(url: str) -> AsyncIterator[Send]:
    """Reports go to a collector's `/v1/outcomes` over HTTP, as an app's backend would send them."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:

        async def report(outcomes: Sequence[Report]) -> None:
            async with session.post(
                url, data=msgspec.json.encode(outcomes), headers={"Content-Type": JSON}
            ) as response:
                response.raise_for_status()

        yield report


def handing(ingest: Ingest, clock: Clock) -> Send:
    """Reports go straight to the collector, as the same bytes."""

    async def report(outcomes: Sequence[Report]) -> None:
        ingest.take(msgspec.json.encode(outcomes), JSON, now=clock.now())

    return report
