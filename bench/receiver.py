"""Takes notices as a person's phone would, and notes when the first one came from each sender."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from drawdown.clock import Clock
from drawdown.reasons import Reason
from monitor.web import listening


class Arrivals:
    """When each sender first told of `reason`: Unix seconds by the sender's name."""

    def __init__(self, reason: Reason, clock: Clock) -> None:
        self.at: dict[str, float] = {}
        self.url = ""
        self._reason = reason
        self._clock = clock

    async def take(self, request: web.Request) -> web.Response:
        """One post of Alertmanager's webhook format, at `/SENDER`."""
        now = self._clock.now()
        if any(self._tells(alert) for alert in (await request.json())["alerts"]):
            self.at.setdefault(request.match_info["sender"], now)
        return web.Response()

    def _tells(self, alert: dict[str, Any]) -> bool:
        return (alert["status"], alert["labels"].get("reason")) == ("firing", self._reason)

    async def wait(self, senders: Iterable[str], *, until: float) -> None:
        """Return when all of `senders` have told, or at `until` (Unix seconds)."""
        missing = set(senders)
        while missing - self.at.keys() and self._clock.now() < until:
            await self._clock.sleep_until(self._clock.monotonic() + 0.2)


@asynccontextmanager
async def receiving(reason: Reason, clock: Clock) -> AsyncIterator[Arrivals]:
    """Listen on a port of loopback while the context is entered; posts go to `arrivals.url` + the sender's name."""
    arrivals = Arrivals(reason, clock)
    app = web.Application()
    app.router.add_post("/{sender}", arrivals.take)
    async with listening(app, host="127.0.0.1", port=0) as port:
        arrivals.url = f"http://127.0.0.1:{port}/"
        yield arrivals
