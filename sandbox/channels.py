"""Payout channels: each has so many connections, a queue before them, and a time after which the lender gives up."""

import msgspec

from sandbox.chance import lognormals
from sandbox.fault import FaultKind, Trouble
from sandbox.scheme import Code
from sandbox.workers import Load, Workers
from sandbox.world import Channel

_REFUSAL_SECONDS = 0.05
_DOWN, _SLOW = FaultKind.CHANNEL_DOWN, FaultKind.CHANNEL_TIMEOUT


class Payout(msgspec.Struct, frozen=True, gc=False):
    """When the lender learns how a payout ended (Unix seconds), and the code it fails with, None when the money is
    out.
    """

    ends_at: float
    failure: Code | None = None


class Lane:
    """One channel as the lender sees it."""

    def __init__(self, channel: Channel, *, seed: int) -> None:
        self._channel = channel
        self._connections = Workers(channel.connections)
        self._seconds = lognormals(f"channel/{channel.name}/{seed}", median=channel.latency, sigma=channel.spread)

    def pay(self, at: float, trouble: Trouble | None = None, *, steady: bool = False) -> Payout:
        """Hand over a payout at `at`. A connection is held until the channel answers or the lender gives up, so a slow
        channel fills its connections, and what finds too long a queue is turned away. A `steady` one takes a typical
        time.
        """
        channel = self._channel
        if trouble is not None and trouble.strength(_DOWN, at):
            return Payout(at + _REFUSAL_SECONDS, Code.CHANNEL_DOWN)
        wait = self._connections.wait(at)
        if wait > channel.patience:
            return Payout(at + _REFUSAL_SECONDS, Code.CHANNEL_BUSY)
        seconds = channel.latency if steady else next(self._seconds)
        if trouble is not None:
            seconds *= max(1.0, trouble.strength(_SLOW, at + wait))
        answered = wait + seconds
        ends_at = at + min(answered, channel.timeout)
        self._connections.occupy(ends_at)
        return Payout(ends_at, Code.CHANNEL_TIMEOUT if answered > channel.timeout else None)

    def load(self, now: float) -> Load:
        """How busy its connections are."""
        return self._connections.load(now)
