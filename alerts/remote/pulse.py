"""Whether the other side lives."""

from drawdown.catalogue import SOURCE_SILENCE, Instruments
from drawdown.clock import Clock


class Pulse:
    """Measures how long it has been silent: since when it is asked in vain."""

    def __init__(self, clock: Clock, instruments: Instruments) -> None:
        self._clock = clock
        self._instruments = instruments
        self._asked_at = clock.monotonic()
        self._silent_since: float | None = None

    def asked(self) -> None:
        """It is asked just now."""
        self._asked_at = self._clock.monotonic()
        if self._silent_since is None:
            self._silent_since = self._asked_at

    def answered(self) -> None:
        """It said something."""
        self._silent_since = None

    @property
    def quiet(self) -> float:
        """Seconds since it was asked."""
        return self._clock.monotonic() - self._asked_at

    def show(self) -> None:
        """Write down how long it is silent."""
        since = self._silent_since
        self._instruments.set(SOURCE_SILENCE, 0.0 if since is None else self._clock.monotonic() - since)
