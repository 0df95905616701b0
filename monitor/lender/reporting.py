"""What borrowers' apps, reviewers and channels report: counted for the page, and sent to a monitor, if there is one."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import aiohttp
import msgspec

from drawdown.clock import Clock
from drawdown.codes import merged, reason_of
from drawdown.reasons import Reason
from sandbox.partner.traffic import Traffic
from sandbox.report import CallbackReport, Report, Review
from sandbox.scheme import SCHEME, codes

Say = Callable[[str], None]
_JSON = {"Content-Type": "application/json"}
_LATELY = 60
_MOST_KEPT = 10_000
_MOST_AT_ONCE = 1000
_CODES = merged({}, codes())

Kept = Review | CallbackReport
_PATHS: Mapping[type[Kept], str] = {Review: "/v1/reviews", CallbackReport: "/v1/callbacks"}
_EVERY = 1.0


class Reporting:
    """Takes reports as a crowd gives them. That a monitor does not take them is said once, and so is the end of it."""

    def __init__(self, *, clock: Clock, say: Say, session: aiohttp.ClientSession, url: str = "") -> None:
        """`url` is a monitor's, for example http://127.0.0.1:9185; empty, nobody is told."""
        self._clock = clock
        self._say = say
        self._session = session
        self._url = url.rstrip("/")
        self._outcomes = Traffic()
        self._kept: Mapping[str, deque[Kept]] = {path: deque(maxlen=_MOST_KEPT) for path in _PATHS.values()}
        self._trouble = ""

    async def report(self, batch: Sequence[Report]) -> None:
        """Send outcomes. They are counted when they were taken.

        Raises:
            OSError, aiohttp.ClientError: they were not, and must be sent again.
        """
        if self._url:
            await self._send("/v1/outcomes", msgspec.json.encode(batch))
        for outcome in batch:
            self._count(outcome)

    def keep(self, kept: Kept) -> None:
        """Remember a decision or a callback until it was sent."""
        if self._url:
            self._kept[_PATHS[type(kept)]].append(kept)

    async def run(self) -> None:
        """Send what is kept until this is cancelled."""
        while True:
            await self._clock.sleep_until(self._clock.monotonic() + _EVERY)
            for path, kept in self._kept.items():
                await self._send_some(path, kept)

    async def _send_some(self, path: str, kept: deque[Kept]) -> None:
        """The oldest of what is kept, as much as a monitor takes at once."""
        batch = list(islice(kept, _MOST_AT_ONCE))
        if not batch:
            return
        try:
            await self._send(path, msgspec.json.encode(batch))
        except (OSError, aiohttp.ClientError):
            return
        for sent in batch:
            if kept and kept[0] is sent:
                kept.popleft()

    def state(self, now: float) -> Mapping[str, Any]:
        """How borrowers' attempts of the last minute ended, by reason, and whether the monitor hears of them."""
        monitor = {"url": self._url, "trouble": self._trouble} if self._url else None
        return {"outcomes": self._outcomes.since(now - _LATELY), "monitor": monitor}

    def _count(self, outcome: Report) -> None:
        reason = reason_of(_CODES, SCHEME, outcome.code) if outcome.code else outcome.reason or Reason.NONE
        self._outcomes.count(reason, self._clock.now())

    async def _send(self, path: str, body: bytes) -> None:
        try:
            sending = self._session.post(
                f"{self._url}{path}", data=body, headers=_JSON, timeout=aiohttp.ClientTimeout(total=5)
            )
            async with sending as response:
                response.raise_for_status()
        except (OSError, aiohttp.ClientError) as error:
            self._tell(_trouble(error))
            raise
        self._tell("")

    def _tell(self, trouble: str) -> None:
        if trouble and not self._trouble:
            self._say(f"{self._url} does not take reports: {trouble}; they are kept and sent again")
        if self._trouble and not trouble:
            self._say(f"{self._url} takes reports again")
        self._trouble = trouble


def _trouble(error: OSError | aiohttp.ClientError) -> str:
    """What went wrong, in a few words."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"it answers {error.status}"
    if isinstance(error, TimeoutError):
        return "no answer within 5 s"
    return "it cannot be reached" if isinstance(error, aiohttp.ClientConnectionError) else str(error)
