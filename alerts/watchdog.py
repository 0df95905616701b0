"""Says to somebody outside that rules are evaluated, for as long as they are: when it falls silent, he must ring.

A rule that always fires (`expr: vector(1)`, severity `none`) is the proof: series are read, rules are evaluated and
alerts are carried on. Services such as healthchecks.io or Dead Man's Snitch listen for it.
"""

from collections.abc import Callable, Iterable

import aiohttp
import structlog

from alerts.fold import is_silent
from alerts.settings import WatchdogSettings
from alerts.view import GroupView
from drawdown.catalogue import NOTICES, Instruments
from drawdown.clock import Clock

_CHANNEL = "watchdog"
_FRESH = 90.0
"""Seconds since the last evaluation of a rule that is evaluated once a minute, and some."""
_log = structlog.get_logger()


class Watchdog:
    """Asks `settings.url` every `settings.every` seconds while `groups` hold an alert that always fires."""

    def __init__(
        self,
        settings: WatchdogSettings,
        groups: Callable[[], Iterable[GroupView]],
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        instruments: Instruments,
    ) -> None:
        self._settings = settings
        self._groups = groups
        self._session = session
        self._clock = clock
        self._instruments = instruments
        self._error = ""
        for result in ("sent", "failed"):
            instruments.add(NOTICES, 0.0, channel=_CHANNEL, result=result)

    async def run(self) -> None:
        """Go on until cancelled."""
        due = self._clock.monotonic()
        while True:
            await self.turn()
            due = max(due + self._settings.every, self._clock.monotonic())
            await self._clock.sleep_until(due)

    async def turn(self) -> None:
        """Ask once, if there is something to say. A failure is counted, and logged when it is a new one."""
        if not is_evaluated(self._groups(), now=self._clock.now()):
            return
        error = await self._ask()
        self._instruments.add(NOTICES, channel=_CHANNEL, result="failed" if error else "sent")
        if error and error != self._error:
            _log.warning("watchdog_not_heard", error=error, hint="check alerts.watchdog; it is tried again")
        self._error = error

    async def _ask(self) -> str:
        """Why it was not heard, empty when it was. The address is kept out: it often holds a token."""
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        try:
            async with self._session.get(self._settings.url.get_secret_value(), timeout=timeout) as answer:
                return "" if answer.ok else f"it answered with status {answer.status}"
        except TimeoutError:
            return f"it gave no answer within {self._settings.timeout:g} s"
        except (aiohttp.ClientError, OSError) as error:
            return f"it cannot be reached ({type(error).__name__})"


def is_evaluated(groups: Iterable[GroupView], *, now: float) -> bool:
    """Whether a rule of severity `none` has lately given an alert that fires."""
    alerts = (alert for group in groups for rule in group.rules for alert in rule.alerts)
    return any(alert.firing and is_silent(alert) and now - alert.last_seen_at <= _FRESH for alert in alerts)
