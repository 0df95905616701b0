"""Whether the other side lives."""

from enum import StrEnum
from typing import Final

import structlog

from drawdown.catalogue import SOURCE_QUERIES, SOURCE_SILENCE, Instruments
from drawdown.clock import Clock

_TOLD: Final = 5.0
"""Seconds of silence after which it is logged."""
_log = structlog.get_logger()


class Result(StrEnum):
    """What became of a query: the label `result`. One that is refused is answered by one who lives."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"


class Pulse:
    """Measures how long it has been silent: since when it is asked in vain."""

    def __init__(self, clock: Clock, instruments: Instruments) -> None:
        self._clock = clock
        self._instruments = instruments
        self._asked_at = clock.monotonic()
        self._silent_since: float | None = None
        self._error = "it gives no answer"
        self._told = False
        for result in Result:
            instruments.add(SOURCE_QUERIES, 0.0, result=result.value)
        self.show()

    def asked(self) -> None:
        """It is asked just now."""
        self._asked_at = self._clock.monotonic()
        if self._silent_since is None:
            self._silent_since = self._asked_at

    def answered(self, result: Result) -> None:
        """It said something."""
        self._instruments.add(SOURCE_QUERIES, result=result.value)
        if self._told:
            _log.info("source_answers_again")
        self._silent_since, self._told = None, False

    def failed(self, error: str) -> None:
        """It could not be asked."""
        self._instruments.add(SOURCE_QUERIES, result=Result.FAILED.value)
        self._error = error

    @property
    def quiet(self) -> float:
        """Seconds since it was asked."""
        return self._clock.monotonic() - self._asked_at

    def show(self) -> None:
        """Write down how long it is silent; a silence that lasts is logged once."""
        since = self._silent_since
        silent = 0.0 if since is None else self._clock.monotonic() - since
        self._instruments.set(SOURCE_SILENCE, silent)
        if silent >= _TOLD and not self._told:
            self._told = True
            _log.warning("source_silent", error=self._error, hint="rules over it keep the state that they had")
