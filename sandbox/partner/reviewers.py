"""The back office at the partner API's review queue: what is blocked gets into it, and its people decide what nobody
else has decided by then.
"""

import heapq

from drawdown.clock import Clock
from sandbox.applicants import Applicant
from sandbox.partner.desk import Desk
from sandbox.partner.reviews import Decision
from sandbox.reviewing import REVIEWED, BackOffice
from sandbox.scheme import Code

_BEAT = 1.0


class Reviewers:
    """Hears of refusals, as `Lender.on_refusal`. Without an `office` only partners and the operator decide."""

    def __init__(self, desk: Desk, office: BackOffice | None = None) -> None:
        self._desk = desk
        self._office = office
        self._dues: list[tuple[float, str, Decision]] = []

    def refused(self, code: Code, applicant: Applicant, now: float) -> None:
        """Put a blocked attempt into the queue."""
        if code not in REVIEWED:
            return
        case = self._desk.reviews.add(code, applicant.tier, now)
        decided = self._office.take(code, applicant, now) if self._office else None
        if decided is not None:
            at, review = decided
            heapq.heappush(self._dues, (at, case.id, Decision(review.decision)))

    def decide_due(self, now: float) -> None:
        """Write down and tell what the office has decided by `now`."""
        while self._dues and self._dues[0][0] <= now:
            at, case_id, decision = heapq.heappop(self._dues)
            case = self._desk.reviews.get(case_id)
            if case is not None and case.decision is None:
                self._desk.decide(case, decision, at)

    async def run(self, clock: Clock) -> None:
        """Decide until this is cancelled."""
        while True:
            self.decide_due(clock.now())
            await clock.sleep_until(clock.monotonic() + _BEAT)
