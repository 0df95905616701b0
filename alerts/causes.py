"""What can lead to what: one fault makes others, and people are to be told of it once, by its root.

A closed table of pairs of reasons. A pair alone proves nothing: two faults can come at the same time by chance. So the
consequence must begin while the cause lasts or shortly after it, it must not be elsewhere, and where its mechanism is a
crowd (whoever failed tries again, or is sent another way) more attempts must be seen to come than before the cause.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from alerts.alert import Alert
from drawdown.outcome import SLICES, TRAITS
from drawdown.reasons import Reason

AFTER: Final = 120.0
"""Seconds after the end of a cause within which consequences can begin: those whom it kept away come all at once."""

EARLY: Final = 30.0
"""Seconds by which a consequence can be seen before its cause: it may take fewer attempts to be seen."""

SOON: Final = 120.0
"""Seconds after the start of a cause within which a consequence begins that needs nothing but the cause."""

Crowded = Callable[[Alert, float], bool]
"""Whether more attempts come to the part of borrowers that an alert is about than before a Unix second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`cause` can lead to `consequence`: with `crowd` by the attempts that it brings, which may come to another part
    of the borrowers; otherwise it does to the same part what it does, `soon` or as long as it lasts. `why` says how.
    """

    cause: Reason
    consequence: Reason
    crowd: bool = False
    soon: bool = False
    why: str


_LENDER = (Reason.SLOW_RESPONSE, Reason.INTERNAL_ERROR, Reason.DEPENDENCY_DOWN)
_CHANNEL = (Reason.GATEWAY_TIMEOUT, Reason.GATEWAY_UNAVAILABLE, Reason.GATEWAY_CONGESTED, Reason.GATEWAY_REJECTED)


def _crowds() -> Iterator[Link]:
    again = "who fails tries again, and all come at once when it is over"
    aside = "payouts and borrowers go another way"
    for consequence in (Reason.GATEWAY_CONGESTED, Reason.GATEWAY_TIMEOUT):
        for cause in _LENDER:
            yield Link(cause=cause, consequence=consequence, crowd=True, why=again)
        for cause in _CHANNEL:
            if cause is not consequence:
                yield Link(cause=cause, consequence=consequence, crowd=True, why=aside)
    for cause in (*_LENDER, *_CHANNEL):
        yield Link(cause=cause, consequence=Reason.BURST_CONTROL, crowd=True, why=again)
    for cause in (Reason.INTERNAL_ERROR, Reason.DEPENDENCY_DOWN):
        yield Link(cause=cause, consequence=Reason.SLOW_RESPONSE, crowd=True, why=again)


def _chains() -> Iterator[Link]:
    timeout, congested = Reason.GATEWAY_TIMEOUT, Reason.GATEWAY_CONGESTED
    yield Link(cause=timeout, consequence=congested, why="slow answers hold all connections, the rest is turned away")
    yield Link(cause=congested, consequence=timeout, why="what waits too long for a connection is given up")
    for cause in (timeout, congested):
        yield Link(cause=cause, consequence=Reason.SETTLEMENT_STUCK, why="nobody knows the end of what was given up")
    required, failed = Reason.IDENTITY_REQUIRED, Reason.IDENTITY_FAILED
    yield Link(cause=required, consequence=failed, soon=True, why="of those who are asked some fail")
    reduced, exceeded = Reason.LIMIT_REDUCED, Reason.LIMIT_EXCEEDED
    yield Link(cause=reduced, consequence=exceeded, soon=True, why="what was in the limit before is above it")
    changed = Reason.CONTRACT_CHANGED
    for consequence in (Reason.CAPTURE_MISSING, Reason.UNMAPPED):
        yield Link(cause=changed, consequence=consequence, soon=True, why="answers are not read any more")


LINKS: Final = (*_chains(), *_crowds())


def _not_asked(_alert: Alert, _before: float) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Causality:
    """Says of two alerts whether one follows from the other. `crowded` is asked where a link needs it."""

    links: Iterable[Link] = LINKS
    crowded: Crowded = _not_asked

    def leads(self, cause: Alert, consequence: Alert) -> bool:
        """Whether what `cause` tells led to what `consequence` tells."""
        return _in_time(cause, consequence) and any(
            self._holds(link, cause, consequence) for link in self._between(cause, consequence)
        )

    def _between(self, cause: Alert, consequence: Alert) -> Iterator[Link]:
        pair = cause.labels.get("reason", ""), consequence.labels.get("reason", "")
        return (link for link in self.links if (link.cause, link.consequence) == pair)

    def _holds(self, link: Link, cause: Alert, consequence: Alert) -> bool:
        if link.crowd:
            return self.crowded(consequence, min(cause.active_at, consequence.active_at))
        late = link.soon and consequence.active_at > cause.active_at + SOON
        return not late and not _apart(cause, consequence)


def _in_time(cause: Alert, consequence: Alert) -> bool:
    began = consequence.active_at
    return cause.active_at - EARLY <= began and (cause.resolved_at is None or began <= cause.resolved_at + AFTER)


def _apart(one: Alert, other: Alert) -> bool:
    """Whether they name different parts of the borrowers. Where one of them names none nothing is known."""
    return any(
        one.labels[name] != other.labels[name]
        for name in (*SLICES, *TRAITS)
        if name in one.labels and name in other.labels
    )
