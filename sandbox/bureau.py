"""The credit bureau: a third party with so many connections, a queue before them, and a time after which the lender
gives up.

A lender that cannot get a borrower's file does not decline him, since that would be a judgement of him: it says that
the look-up failed, and that he may try again. The tiers of which it knows enough pass without one.
"""

from collections.abc import Sequence

import msgspec

from sandbox.applicants import Applicant
from sandbox.chance import lognormals
from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.scheme import Code
from sandbox.workers import Load, Workers
from sandbox.world import CreditBureau, Tier

_REFUSAL_SECONDS = 0.05
_DOWN, _SLOW = FaultKind.BUREAU_DOWN, FaultKind.BUREAU_SLOW


class LookUp(msgspec.Struct, frozen=True, gc=False):
    """What came of one: when it was over (Unix seconds), and the code it failed with, None when it did not."""

    ends_at: float
    failure: Code | None = None


class Bureau:
    """The bureau as the lender sees it. `tiers` say whose files are looked up."""

    def __init__(self, bureau: CreditBureau, tiers: Sequence[Tier], *, seed: int) -> None:
        self._bureau = bureau
        self._known_enough = frozenset(tier.name for tier in tiers if not tier.looked_up)
        self._links = Workers(bureau.connections)
        self._seconds = lognormals(f"bureau/{seed}", median=bureau.latency, sigma=bureau.spread)
        self._files = _Files(bureau.fresh)

    def look_up(self, applicant: Applicant, trouble: Trouble | None, at: float) -> LookUp:
        """Ask for a borrower's file at `at`, unless it is at hand. A connection is held until the bureau answers or the
        lender gives up, so a slow bureau fills its connections, and what queues for long is given up as well.
        """
        if applicant.tier in self._known_enough:
            return LookUp(at)
        came_at = self._files.came_at(applicant.phone, at)
        if came_at is not None:
            return LookUp(max(at, came_at))
        if trouble is not None and applicant.place < trouble.strength(_DOWN, at):
            return LookUp(at + _REFUSAL_SECONDS, Code.BUREAU_DOWN)
        wait = self._links.wait(at)
        seconds = self._bureau.latency if applicant.steady else next(self._seconds)
        if trouble is not None:
            seconds *= max(1.0, trouble.strength(_SLOW, at + wait))
        answered_at, given_up_at = at + wait + seconds, at + self._bureau.timeout
        if wait < self._bureau.timeout:
            self._links.occupy(min(answered_at, given_up_at))
        if answered_at > given_up_at:
            return LookUp(given_up_at, Code.BUREAU_TIMEOUT)
        self._files.keep(applicant.phone, answered_at)
        return LookUp(answered_at)

    def load(self, now: float) -> Load:
        return self._links.load(now)


class _Files:
    """Whose files came lately. In two halves, of which the older one is dropped as a whole: a `Memory` costs more."""

    def __init__(self, fresh: float) -> None:
        self._fresh = fresh
        self._newer: dict[str, float] = {}
        self._older: dict[str, float] = {}
        self._turns_at = 0.0

    def came_at(self, phone: str, now: float) -> float | None:
        """When a borrower's came, None where there is none that is still good."""
        came_at = self._newer.get(phone) or self._older.get(phone)
        return came_at if came_at is not None and came_at > now - self._fresh else None

    def keep(self, phone: str, came_at: float) -> None:
        if came_at >= self._turns_at:
            self._newer, self._older = {}, self._newer
            self._turns_at = came_at + self._fresh
        self._newer[phone] = came_at
