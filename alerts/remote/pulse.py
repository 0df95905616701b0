"""Whether the other side lives."""

import structlog

from drawdown.catalogue import SOURCE_SILENCE, Instruments
from drawdown.clock import Clock

_log = structlog.get_logger()


class Pulse:
    """Measures how long it has been silent: since when it is asked in vain."""

    def __init__(self, clock: Clock, instruments: Instruments) -> None:
        self._clock = clock
        self._instruments = instruments
        self._asked_at = clock.monotonic()
        self._silent_since: float | None = None
        self._error = ""

    def asked(self) -> None:
        """It is asked just now."""
        self._asked_at = self._clock.monotonic()
        if self._silent_since is None:
            self._silent_since = self._asked_at

    def answered(self) -> None:
        """It said something."""
        if self._error:
            _log.info("source_answers_again")
        self._silent_since, self._error = None, ""

    def failed(self, error: str) -> None:
        """It could not be asked; logged when it is the first time, or for another reason."""
        if error != self._error:
            _log.warning("source_silent", error=error, hint="rules over it keep the state that they had")
        self._error = error

    @property
    def quiet(self) -> float:
        """Seconds since it was asked."""
        return self._clock.monotonic() - self._asked_at

    def show(self) -> None:
        """Write down how long it is silent."""
        since = self._silent_since
        self._instruments.set(SOURCE_SILENCE, 0.0 if since is None else self._clock.monotonic() - since)
