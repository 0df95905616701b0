"""Delivers what is owed: each channel in a task of its own, so that a slow or failing one delays nothing else."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from alerts.channels.channel import Channel, NotDelivered
from alerts.incident import Change
from alerts.ledger import Ledger, LedgerError
from alerts.notice import OwedNotice
from drawdown.catalogue import NOTICES, Instruments
from drawdown.clock import Clock

FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 300.0
_LEDGER_DELAY: Final = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of one try to send a notice. `error` is empty when it was taken; `tries` counts this one."""

    at: float
    incident_id: str
    channel: str
    change: Change
    tries: int
    error: str = ""


class Dispatcher:
    """Sends from the ledger until it is cancelled. `report` is told of every try; it must not block."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        *,
        clock: Clock,
        instruments: Instruments,
        report: Callable[[Delivery], None],
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._clock = clock
        self._instruments = instruments
        self._report = report
        self._bells = {name: asyncio.Event() for name in channels}
        for name in channels:
            for result in ("sent", "failed"):
                instruments.add(NOTICES, 0.0, channel=name, result=result)

    def wake(self) -> None:
        """Look at the ledger now: something new is owed."""
        for bell in self._bells.values():
            bell.set()

    async def run(self) -> None:
        """Deliver until cancelled; what was owed before a restart goes first."""
        async with asyncio.TaskGroup() as group:
            for name in self._channels:
                group.create_task(self._serve(name), name=f"channel {name}")

    async def flush(self) -> None:
        """One try for all that is due: for the end, after `run` was cancelled. The caller sets a time limit."""
        async with asyncio.TaskGroup() as group:
            for name in self._channels:
                group.create_task(self._round(name))

    async def _serve(self, name: str) -> None:
        while True:
            self._bells[name].clear()
            due_at = await self._round(name)
            await self._rest(name, due_at)

    async def _rest(self, name: str, due_at: float | None) -> None:
        """Wait for the bell, or until the next try is due."""
        delay = None if due_at is None else max(0.0, due_at - self._clock.now())
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._bells[name].wait()

    async def _round(self, name: str) -> float | None:
        """Send all that is due. When the next try is due (Unix seconds), None if nothing is owed."""
        try:
            while due := [owed for owed in await self._owed(name) if owed.due_at <= self._clock.now()]:
                for owed in due:
                    await self._try(owed)
            return min((owed.due_at for owed in await self._owed(name)), default=None)
        except LedgerError as error:
            _log.error("ledger_unusable", channel=name, error=str(error))
            return self._clock.now() + _LEDGER_DELAY

    async def _owed(self, name: str) -> tuple[OwedNotice, ...]:
        return await asyncio.to_thread(self._ledger.owed, name)

    async def _try(self, owed: OwedNotice) -> None:
        error = await self._send(owed)
        now = self._clock.now()
        if error:
            due_at = now + backoff(owed.tries, key=owed.key)
            await asyncio.to_thread(self._ledger.failed, owed.key, error=error, due_at=due_at)
        else:
            await asyncio.to_thread(self._ledger.sent, owed.key, at=now)
        self._instruments.add(NOTICES, channel=owed.channel, result="failed" if error else "sent")
        self._report(
            Delivery(
                at=now,
                incident_id=owed.incident.id,
                channel=owed.channel,
                change=owed.change,
                tries=owed.tries + 1,
                error=error,
            )
        )

    async def _send(self, owed: OwedNotice) -> str:
        """Why it was not taken, empty when it was."""
        try:
            await self._channels[owed.channel].send(owed)
        except NotDelivered as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a fault in one channel must not silence the others; it is retried
            _log.exception("channel_failed", channel=owed.channel)
            return f"the channel failed with {type(error).__name__}"
        return ""


def backoff(tries: int, *, key: str) -> float:
    """Seconds until the next try after `tries` failed before this one: doubling up to `LONGEST_DELAY`, moved by up to
    a quarter either way so that what failed together does not come back together; the same for the same `key`.
    """
    delay = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(tries, 30))
    return delay * (0.75 + zlib.crc32(f"{key}/{tries}".encode()) / 2**33)
