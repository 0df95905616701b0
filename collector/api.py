"""The collector over HTTP: `GET /metrics`, `POST /v1/outcomes`, `/v1/reviews` and `/v1/callbacks`."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web

from collector.callbacks import Callbacks
from collector.ingest import Ingest
from collector.recorder import Recorder
from collector.report import JSON, LINES, Receipt, Reception, Refused
from collector.reviews import Reviews
from collector.settings import CollectorSettings
from collector.starting import Cause
from drawdown.clock import Clock
from drawdown.errors import DrawdownError

Answer = Callable[[web.Request], Awaitable[web.Response]]

_TYPES = (JSON, *sorted(LINES))


class Unanswerable(DrawdownError):
    """A request that is turned away as a whole, with the status and the cause under which it is counted."""

    def __init__(self, status: int, message: str, *, cause: Cause | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.cause = cause
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Taker(Protocol):
    """Takes the parts of a report."""

    def take(self, body: bytes, content_type: str, *, now: float) -> Receipt:
        """Decode and count them; `content_type` is a media type without parameters."""


def add_routes(  # noqa: PLR0913 - the parts of the room, each passed by name
    app: web.Application,
    *,
    ingest: Ingest,
    reviews: Reviews,
    callbacks: Callbacks,
    recorder: Recorder,
    clock: Clock,
    settings: CollectorSettings,
) -> None:
    """Serve the collector from `app`. Every error is JSON: `{"error": …}`."""

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = recorder.render(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    reception = Reception(recorder, most=settings.max_outcomes)
    app.router.add_get("/metrics", metrics)
    takers: Mapping[str, Taker] = {"/v1/outcomes": ingest, "/v1/reviews": reviews, "/v1/callbacks": callbacks}
    for path, taker in takers.items():
        app.router.add_route("*", path, _taking(taker, reception, clock=clock, settings=settings))


def _taking(taker: Taker, reception: Reception, *, clock: Clock, settings: CollectorSettings) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        try:
            _check(request, settings)
            body = await _body(request, settings.max_body)
        except Unanswerable as error:
            return _turned_away(error, reception)
        return _answer(taker.take(body, request.content_type, now=clock.now()))

    return answer


def _check(request: web.Request, settings: CollectorSettings) -> None:
    """Turn away what need not be read."""
    if request.method != "POST":
        raise Unanswerable(405, "reports are sent with POST", Allow="POST")
    if settings.token is not None and not _shows(request, settings.token.get_secret_value()):
        message = "expected the header Authorization: Bearer with the token of the configuration"
        raise Unanswerable(401, message, cause=Cause.UNAUTHORIZED, WWW_Authenticate="Bearer")
    if request.content_type not in _TYPES:
        raise Unanswerable(415, f"expected a Content-Type of {' or '.join(_TYPES)}", cause=Cause.MALFORMED)
    if (request.content_length or 0) > settings.max_body:
        raise _too_large(settings.max_body)


def _shows(request: web.Request, token: str) -> bool:
    """Whether the request carries the token; the time this takes does not tell how much of it was right."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.casefold() == "bearer" and hmac.compare_digest(
        shown.strip().encode("utf-8", "surrogateescape"), token.encode()
    )


async def _body(request: web.Request, most: int) -> bytes:
    """The body, unpacked if it was sent compressed, and not read beyond `most` bytes."""
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > most:
                raise _too_large(most)
    except web.RequestPayloadError:
        request.content.feed_eof()  # else the server drains what is broken, and logs that it cannot
        raise Unanswerable(
            400, "the body is not encoded as its headers say, or broke off", cause=Cause.MALFORMED
        ) from None
    return bytes(body)


def _too_large(most: int) -> Unanswerable:
    return Unanswerable(413, f"the body is larger than {most} bytes; send it in parts", cause=Cause.TOO_LARGE)


def _turned_away(error: Unanswerable, reception: Reception) -> web.Response:
    """The answer; the connection is closed, since what is left of the body will not be read."""
    if error.cause:
        reception.refuse(Refused("body", str(error), cause=error.cause))
    response = web.json_response({"error": str(error)}, status=error.status, headers=error.headers)
    response.force_close()
    return response


def _answer(receipt: Receipt) -> web.Response:
    counts: dict[str, Any] = asdict(receipt)
    if receipt.taken:
        return web.json_response(counts)
    return web.json_response({"error": "nothing of it could be taken", **counts}, status=400)
