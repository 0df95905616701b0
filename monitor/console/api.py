"""The console over HTTP: the page and its files, its content as JSON and as a stream of events."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from drawdown.clock import Clock
from monitor.console.console import Console
from monitor.console.feed import Closed
from monitor.console.files import File, page_files
from monitor.console.runbooks import runbook_pages
from monitor.console.view import encode, reason_words

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LISTENERS_MAX = 64
_PATIENCE = 20.0

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, *, console: Console, clock: Clock) -> None:
    """Serve the console at `/` and below `/console/`, runbooks below `/runbooks/`, and the monitor's health at
    `/-/healthy` and `/-/ready`.

    Streams end when `app` shuts down.
    """
    pages = _Pages(console, clock)
    files = page_files()
    app.router.add_get("/", _file(files["index.html"]))
    for name, file in files.items():
        app.router.add_get(f"/console/{name}", _file(file))
    for name, page in runbook_pages().items():
        app.router.add_get(f"/runbooks/{name}", _file(page))
    app.router.add_get("/console/words.json", _file(File(name="words.json", body=encode(reason_words()))))
    app.router.add_get("/console/state.json", pages.state)
    app.router.add_get("/console/events", pages.events)
    app.router.add_get("/console/runs/{id}.json", pages.run)
    app.router.add_get("/console/incidents/{id}.json", pages.incident)
    app.router.add_get("/-/healthy", pages.healthy)
    app.router.add_get("/-/ready", pages.ready)
    app.on_shutdown.append(pages.shut)


def _file(file: File) -> Answer:
    headers = {**_SAFE, "Cache-Control": "no-cache", "ETag": file.etag}

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == file.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.body, headers={**headers, "Content-Type": file.content_type})

    return answer


class _Pages:
    """The answers that change."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock

    async def state(self, _request: web.Request) -> web.Response:
        return _json(self._console.state(self._clock.now()))

    async def run(self, request: web.Request) -> web.Response:
        return _found(self._console.run(request.match_info["id"]), "run")

    async def incident(self, request: web.Request) -> web.Response:
        return _found(self._console.incident(request.match_info["id"]), "incident")

    async def healthy(self, _request: web.Request) -> web.Response:
        if self._console.late(self._clock.now()):
            return web.Response(status=503, text="rules are not evaluated\n", headers=_SAFE)
        return web.Response(text="healthy\n", headers=_SAFE)

    async def ready(self, _request: web.Request) -> web.Response:
        if self._console.evaluated_at is None:
            return web.Response(status=503, text="no rule has been evaluated yet\n", headers=_SAFE)
        return web.Response(text="ready\n", headers=_SAFE)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """One snapshot at once and one at every evaluation, as Server-Sent Events.

        A listener who does not read is left behind, then disconnected; nothing is queued for anyone.
        """
        if self._console.feed.listeners >= _LISTENERS_MAX:
            return web.Response(status=503, text="too many pages are open\n", headers={**_SAFE, "Retry-After": "30"})
        headers = {**_SAFE, "Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            await self._stream(response)
        except (Closed, ConnectionResetError, TimeoutError):
            response.force_close()
        return response

    async def _stream(self, response: web.StreamResponse) -> None:
        with self._console.feed.listen() as listener:
            listener.offer(self._console.state(self._clock.now()))
            while True:
                message = await listener.next()
                async with asyncio.timeout(_PATIENCE):
                    await response.write(b"data: " + message + b"\n\n")

    async def shut(self, _app: web.Application) -> None:
        self._console.feed.close()


def _found(value: object | None, what: str) -> web.Response:
    if value is None:
        return _json(encode({"error": f"no such {what} is remembered"}), status=404)
    return _json(encode(value))


def _json(body: bytes, *, status: int = 200) -> web.Response:
    headers = {**_SAFE, "Content-Type": "application/json", "Cache-Control": "no-store"}
    return web.Response(body=body, status=status, headers=headers)
