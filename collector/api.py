"""The collector over HTTP: `GET /metrics` and `POST /v1/outcomes`."""

import hmac
from dataclasses import asdict
from typing import Any

from aiohttp import web

from collector.events import JSON, LINES, Refused
from collector.ingest import Ingest, Receipt
from collector.recorder import Recorder
from collector.settings import CollectorSettings
from collector.starting import Cause
from drawdown.clock import Clock
from drawdown.errors import DrawdownError

_TYPES = (JSON, *sorted(LINES))


class Unanswerable(DrawdownError):
    """A request that is turned away as a whole, with the status and the cause under which it is counted."""

    def __init__(self, status: int, message: str, *, cause: Cause | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.cause = cause
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def add_routes(
    app: web.Application, *, ingest: Ingest, recorder: Recorder, clock: Clock, settings: CollectorSettings
) -> None:
    """Serve the collector from `app`. Every error is JSON: `{"error": …}`."""

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = recorder.render(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def outcomes(request: web.Request) -> web.Response:
        try:
            _check(request, settings)
            body = await _body(request, settings.max_body)
        except Unanswerable as error:
            return _turned_away(error, ingest)
        return _answer(ingest.take(body, request.content_type, now=clock.now()))

    app.router.add_get("/metrics", metrics)
    app.router.add_route("*", "/v1/outcomes", outcomes)


def _check(request: web.Request, settings: CollectorSettings) -> None:
    """Turn away what need not be read."""
    if request.method != "POST":
        raise Unanswerable(405, "outcomes are reported with POST", Allow="POST")
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


def _turned_away(error: Unanswerable, ingest: Ingest) -> web.Response:
    """The answer; the connection is closed, since what is left of the body will not be read."""
    if error.cause:
        ingest.refuse(Refused("body", str(error), cause=error.cause))
    response = web.json_response({"error": str(error)}, status=error.status, headers=error.headers)
    response.force_close()
    return response


def _answer(receipt: Receipt) -> web.Response:
    counts: dict[str, Any] = asdict(receipt)
    if receipt.taken:
        return web.json_response(counts)
    return web.json_response({"error": "no outcome could be taken", **counts}, status=400)
