"""Delivers callbacks: looks which are due, sends them signed, and writes down how it went."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import msgspec
from yarl import URL

from drawdown.clock import Clock
from sandbox.chance import share_of
from sandbox.fault import FaultKind
from sandbox.faults import strength
from sandbox.partner.callbacks import TAKEN, Callback
from sandbox.partner.partner import Partner

AGENT = "lender-callback"
"""The courier's User-Agent, by which the lender's own control refuses it."""

_BEAT = 0.25
_TIMEOUT = 5.0
_LONGEST_ANSWER = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A POST to somebody who wants to hear of a loan."""

    url: str
    headers: Mapping[str, str]
    body: bytes


Post = Callable[[Delivery], Awaitable[tuple[int, bytes]]]
"""Sends a delivery; gives status and body of the answer.

Raises:
    TimeoutError, OSError, aiohttp.ClientError: there was none.
"""


class Courier:
    """Takes what is due from a partner's callbacks to its receivers, all at once."""

    def __init__(self, partner: Partner, *, post: Post, clock: Clock) -> None:
        self._partner = partner
        self._post = post
        self._clock = clock

    async def run(self) -> None:
        """Deliver until this is cancelled; what is on its way is cancelled with it."""
        callbacks = self._partner.desk.callbacks
        async with asyncio.TaskGroup() as group:
            while True:
                now = self._clock.now()
                callbacks.look(self._partner.lender.loan, self._partner.lender.faults, now)
                for callback in callbacks.take_due(now):
                    group.create_task(self._deliver(callback))
                await self._clock.sleep_until(self._clock.monotonic() + _BEAT)

    async def _deliver(self, callback: Callback) -> None:
        result = "no answer" if self._is_lost(callback) else await self._sent(callback)
        self._partner.desk.callbacks.settle(callback, result, self._clock.now())

    def _is_lost(self, callback: Callback) -> bool:
        where = {"client": callback.client}
        share = strength(self._partner.lender.faults, FaultKind.CALLBACKS_LOST, where, self._clock.now())
        return share_of(f"{callback.id}/{len(callback.tries)}") < share

    async def _sent(self, callback: Callback) -> str:
        """How a receiver took it, in a word or two."""
        try:
            status, body = await self._post(self._delivery(callback))
        except TimeoutError:
            return "no answer"
        except (OSError, aiohttp.ClientError):
            return "no connection"
        if not 200 <= status < 300:
            return f"status {status}"
        return TAKEN if body.strip() == TAKEN.encode() else "another answer than success"

    def _delivery(self, callback: Callback) -> Delivery:
        client = self._partner.clients.find(callback.client)
        body = msgspec.json.encode(callback.message())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "X-Client-Id": client.id,
            "X-Callback-Id": callback.id,
            **self._partner.seal(client, body, self._clock.now()),
        }
        return Delivery(url=callback.url, headers=headers, body=body)


def posting(session: aiohttp.ClientSession) -> Post:
    """Deliveries over HTTP: no redirect is followed, nothing is waited for longer than 5 s, nothing long is read."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)

    async def post(delivery: Delivery) -> tuple[int, bytes]:
        sending = session.post(
            URL(delivery.url), data=delivery.body, headers=delivery.headers, allow_redirects=False, timeout=timeout
        )
        async with sending as response:
            return response.status, await response.content.read(_LONGEST_ANSWER)

    return post
