"""The lender behind HTTP, and the same lender as a plain call for whoever needs no socket."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from drawdown.clock import Clock
from sandbox.lender import Lender
from sandbox.scheme import Code
from sandbox.wire import LenderAnswer, LenderRequest, Refused, refusal

LenderCall = Callable[[LenderRequest], Awaitable[LenderAnswer]]
"""Sends a request and waits for its answer.

Raises:
    TimeoutError: there was none within the request's patience.
    OSError: the connection broke.
"""

_LARGEST_BODY = 64 * 1024


def direct(lender: Lender, clock: Clock) -> LenderCall:
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


def lender_app(lender: Lender, clock: Clock) -> web.Application:
    """Serves every path and method; a body above 64 KiB is refused with 413."""
    call = direct(lender, clock)

    async def serve(request: web.Request) -> web.Response:
        try:
            answer = await call(await _read(request))
        except web.HTTPRequestEntityTooLarge:
            refused = Refused(Code.BAD_REQUEST, status=413, payload={"problem": "the body is larger than 64 KiB"})
            answer = refusal(refused)
        except ConnectionResetError:
            _break(request)
            answer = LenderAnswer(status=503)
        return _response(answer)

    app = web.Application(client_max_size=_LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", serve)
    return app


async def _read(request: web.Request) -> LenderRequest:
    return LenderRequest(method=request.method, path=request.path, headers=request.headers, body=await request.read())


def _break(request: web.Request) -> None:
    """End the connection without a word; what is answered after this reaches nobody."""
    if request.transport is not None:
        request.transport.abort()


def _response(answer: LenderAnswer) -> web.Response:
    headers = {**answer.headers, "Content-Type": "application/json; charset=utf-8"}
    return web.Response(status=answer.status, body=answer.body, headers=headers)
