"""What the lender reports of the callbacks that it was sent: how a payout ended by the channel's clock, and when it was
heard of.
"""

import heapq
import math
from collections.abc import Callable
from functools import partial

from drawdown.clock import Clock
from sandbox.agenda import Agenda
from sandbox.ledger import Loan
from sandbox.report import CallbackReport

TellCallback = Callable[[float, CallbackReport], None]

_BEAT = 1.0


def heard_at(loan: Loan) -> float:
    """When the lender hears how a loan's payout ended; infinity where it never does."""
    told_at = loan.payout.told_at
    return math.inf if told_at is None else told_at + loan.payout.lag


def reported(loan: Loan) -> CallbackReport:
    """A callback that came."""
    came_at = heard_at(loan)
    return CallbackReport(id=loan.id, channel=loan.channel, occurred_at=came_at - loan.payout.lag, came_at=came_at)


def hearing(agenda: Agenda, tell: TellCallback) -> Callable[[Loan], None]:
    """What a lender whose faults stay as they are tells of its payouts, so that `tell` hears of each callback when it
    comes.
    """

    def opened(loan: Loan) -> None:
        at = heard_at(loan)
        if at < math.inf:
            agenda.at(at, partial(_tell, tell, reported(loan)))

    return opened


def _tell(tell: TellCallback, callback: CallbackReport, now: float) -> None:
    tell(now, callback)


class HeardLoans:
    """The same while faults change: `find` knows what has become of a loan."""

    def __init__(self, find: Callable[[str], Loan | None], tell: Callable[[CallbackReport], None]) -> None:
        self._find = find
        self._tell = tell
        self._dues: list[tuple[float, str]] = []

    def expect(self, loan: Loan) -> None:
        """A loan that was opened, or of which will be heard at another time."""
        at = heard_at(loan)
        if at < math.inf:
            heapq.heappush(self._dues, (at, loan.id))

    def tell_due(self, now: float) -> None:
        """Tell of the callbacks that have come by `now`."""
        while self._dues and self._dues[0][0] <= now:
            at, loan_id = heapq.heappop(self._dues)
            loan = self._find(loan_id)
            if loan is not None and heard_at(loan) == at:
                self._tell(reported(loan))

    async def run(self, clock: Clock) -> None:
        """Tell until this is cancelled."""
        while True:
            self.tell_due(clock.now())
            await clock.sleep_until(clock.monotonic() + _BEAT)
