"""Payout channels: each has so many connections, a queue before them, and a time after which the lender gives up."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.fault import Fault, FaultKind, strength
from sandbox.scheme import Code
from sandbox.workers import Load, Workers
from sandbox.world import Channel

_REFUSAL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """When a payout ends (Unix seconds), and the code it fails with, None when the money is out."""

    ends_at: float
    failure: Code | None = None


class Lane:
    """One channel as the lender sees it."""

    def __init__(self, channel: Channel, *, seed: int) -> None:
        self._channel = channel
        self._connections = Workers(channel.connections)
        self._random = Random(f"channel/{channel.name}/{seed}")

    def pay(self, where: Mapping[str, str], faults: Sequence[Fault], at: float, *, steady: bool = False) -> Payout:
        """Hand over a payout at `at`. A connection is held until the channel answers or the lender gives up, so a slow
        channel fills its connections, and what finds too long a queue is turned away. A `steady` one takes a typical
        time.
        """
        if strength(faults, FaultKind.CHANNEL_DOWN, where, at):
            return Payout(ends_at=at + _REFUSAL_SECONDS, failure=Code.CHANNEL_DOWN)
        wait = self._connections.wait(at)
        if wait > self._channel.patience:
            return Payout(ends_at=at + _REFUSAL_SECONDS, failure=Code.CHANNEL_BUSY)
        slower = max(1.0, strength(faults, FaultKind.CHANNEL_TIMEOUT, where, at + wait))
        answered = wait + slower * self._seconds(steady=steady)
        ends_at = at + min(answered, self._channel.timeout)
        self._connections.occupy(ends_at)
        return Payout(ends_at=ends_at, failure=Code.CHANNEL_TIMEOUT if answered > self._channel.timeout else None)

    def load(self, now: float) -> Load:
        """How busy its connections are."""
        return self._connections.load(now)

    def _seconds(self, *, steady: bool) -> float:
        drawn = self._random.lognormvariate(math.log(self._channel.latency), self._channel.spread)
        return self._channel.latency if steady else drawn
