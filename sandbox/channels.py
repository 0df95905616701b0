"""Payout channels: each has so many connections to a bank, a queue before them, and a time after which the lender gives
up. Congestion is what happens when more is asked of them than they can do.
"""

import msgspec

from sandbox.chance import lognormals, uniforms
from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.scheme import Code
from sandbox.workers import Load, Workers
from sandbox.world import Channel

_REFUSAL_SECONDS = 0.05
_TOLD = frozenset({Code.BAD_ACCOUNT})
"""What a channel finds out only when it pays."""
_STUCK_SECONDS = 7200.0
_SLOW, _STUCK, _LATE = FaultKind.CHANNEL_TIMEOUT, FaultKind.PAYOUTS_STUCK, FaultKind.PAYOUTS_LATE
_SQUEEZED, _REJECTS = FaultKind.CHANNEL_SQUEEZED, FaultKind.CHANNEL_REJECTS
_DOWN, _MAINTENANCE = FaultKind.CHANNEL_DOWN, FaultKind.MAINTENANCE


class Payout(msgspec.Struct, frozen=True, gc=False):
    """When the lender learns how a payout ended (Unix seconds), the code it fails with, None when it does not, and when
    the money leaves, None when it never does. What was given up may be paid later. The lender hears what the channel
    tells by callback `lag` seconds after it.
    """

    ends_at: float
    failure: Code | None = None
    paid_at: float | None = None
    lag: float = 0.0

    @property
    def told_at(self) -> float | None:
        """Since when the channel tells how it ended; None where it was refused at once or never done."""
        return self.ends_at - self.lag if self.failure in _TOLD else self.paid_at

    def heard(self, told_at: float, heard_at: float) -> "Payout":
        """The same, if the lender hears only at `heard_at` what the channel tells since `told_at`."""
        ends_at = self.ends_at if self.failure is Code.CHANNEL_TIMEOUT else heard_at
        return Payout(ends_at, self.failure, self.paid_at, heard_at - told_at)


class Lane:
    """One channel as the lender sees it: it has a pool of connections to each bank."""

    def __init__(self, channel: Channel, *, seed: int) -> None:
        self._channel = channel
        self._links: dict[str, Workers] = {}
        self._seconds = lognormals(f"channel/{channel.name}/{seed}", median=channel.latency, sigma=channel.spread)
        self._chances = uniforms(f"payouts/{channel.name}/{seed}")

    def pay(self, bank: str, at: float, trouble: Trouble | None = None, *, steady: bool = False) -> Payout:
        """Hand over a payout at `at`. A connection is held until the channel answers or the lender gives up, so a slow
        channel fills its connections, and what finds too long a queue is turned away. A `steady` one takes a typical
        time.
        """
        failure = None if trouble is None else self._refusal(trouble, at)
        if failure is not None:
            return Payout(at + _REFUSAL_SECONDS, failure)
        link = self._link(bank, trouble, at)
        wait = link.wait(at)
        if wait > self._channel.patience:
            return Payout(at + _REFUSAL_SECONDS, Code.CHANNEL_BUSY)
        seconds = self._channel.latency if steady else next(self._seconds)
        if trouble is not None:
            seconds *= max(1.0, trouble.strength(_SLOW, at + wait))
        answered_at, given_up_at = at + wait + seconds, at + self._channel.timeout
        if wait < self._channel.timeout:
            link.occupy(min(answered_at, given_up_at))
        if trouble is not None and self._happens(_STUCK, trouble, at):
            return Payout(at + _STUCK_SECONDS, None, at + _STUCK_SECONDS)
        if answered_at <= given_up_at:
            return Payout(answered_at, None, answered_at)
        late = trouble is not None and self._happens(_LATE, trouble, at)
        return Payout(given_up_at, Code.CHANNEL_TIMEOUT, answered_at if late else None)

    def load(self, now: float) -> Load:
        """How busy its connections are, those to all banks together; the longest wait among them."""
        loads = [link.load(now) for link in self._links.values()]
        return Load(
            busy=sum(load.busy for load in loads),
            workers=sum(load.workers for load in loads),
            wait=max((load.wait for load in loads), default=0.0),
        )

    def _refusal(self, trouble: Trouble, at: float) -> Code | None:
        """Why the channel does not take a payout at all."""
        if trouble.strength(_DOWN, at) or trouble.strength(_MAINTENANCE, at):
            return Code.CHANNEL_DOWN
        return Code.CHANNEL_REJECTED if self._happens(_REJECTS, trouble, at) else None

    def _link(self, bank: str, trouble: Trouble | None, at: float) -> Workers:
        """The connections to a bank, as many as there are at `at`."""
        link = self._links.get(bank)
        if link is None:
            link = self._links[bank] = Workers(self._channel.connections)
        if trouble is None and len(link.free_at) == self._channel.connections:
            return link
        gone = 0.0 if trouble is None else trouble.strength(_SQUEEZED, at)
        count = max(1, round(self._channel.connections * (1.0 - min(1.0, gone))))
        if len(link.free_at) != count:
            link.resize(count, at)
        return link

    def _happens(self, kind: FaultKind, trouble: Trouble, at: float) -> bool:
        """Whether a fault that hits a share of payouts hits this one."""
        share = trouble.strength(kind, at)
        return bool(share) and next(self._chances) < share
