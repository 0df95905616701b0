"""The lender behind HTTP, and the same lender as a plain call for whoever needs no socket."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from drawdown.clock import Clock
from sandbox.wire import LARGEST_BODY, LenderAnswer, LenderRequest

LenderCall = Callable[[LenderRequest], Awaitable[LenderAnswer]]
"""Sends a request and waits for its answer.

Raises:
    TimeoutError: there was none within the request's patience.
    OSError: the connection broke.
"""


class Answers(Protocol):
    """Who answers requests: the lender itself, or the partner API before it."""

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """The answer to what arrives at Unix second `now`."""


def direct(lender: Answers, clock: Clock) -> LenderCall:
    """Calls `lender` without a socket; an answer takes its time on `clock`. An answer that nobody waits for any more is
    still worked out, as behind a socket.
    """

    async def call(request: LenderRequest) -> LenderAnswer:
        answer = lender.answer(request, clock.now())
        await clock.sleep_until(clock.monotonic() + min(answer.after, request.patience))
        if answer.after > request.patience:
            raise TimeoutError(f"no answer within {request.patience} s")
        if answer.broken:
            raise ConnectionResetError("the lender broke the connection")
        return answer

    return call


def lender_app(lender: Answers, clock: Clock) -> web.Application:
    """Serves every path and method. Of a body no more is read than is needed to know it too large."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serving(lender, clock))
    return app


def serving(lender: Answers, clock: Clock) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What answers each request of an application."""
    call = direct(lender, clock)

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            answer = await call(await _read(request))
        except ConnectionResetError:
            _break(request)
            answer = LenderAnswer(status=503)
        return _response(answer)

    return serve


async def _read(request: web.Request) -> LenderRequest:
    return LenderRequest(
        method=request.method,
        path=request.path,
        headers=request.headers,
        body=await _body(request),
        query=request.rel_url.raw_query_string,
    )


async def _body(request: web.Request) -> bytes:
    """The body, cut after the first byte that is too many."""
    body = b""
    while len(body) <= LARGEST_BODY:
        part = await request.content.read(LARGEST_BODY + 1 - len(body))
        if not part:
            break
        body += part
    return body


def _break(request: web.Request) -> None:
    """End the connection without a word; what is answered after this reaches nobody."""
    if request.transport is not None:
        request.transport.abort()


def _response(answer: LenderAnswer) -> web.Response:
    headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
