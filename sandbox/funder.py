"""Where the money comes from: a funder who gives so much a day. What is left is the lender's exposure limit."""

import math

from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused

_CUT = FaultKind.FUNDER_CUT
_DAY = 86_400.0


class Funder:
    """Gives at most `daily` hundredths of a currency unit in each day of UTC."""

    def __init__(self, daily: int) -> None:
        self._daily = daily
        self._day_ends = -math.inf
        self._given = 0

    def give(self, cents: int, trouble: Trouble | None, now: float) -> None:
        """Count a loan against the day's quota.

        Raises:
            Refused: FUNDER_QUOTA, it is used up.
        """
        quota = self._daily
        if trouble is not None:
            quota = round(quota * (1.0 - min(1.0, trouble.strength(_CUT, now))))
        if now >= self._day_ends:
            self._day_ends, self._given = (now // _DAY + 1) * _DAY, 0
        if self._given + cents > quota:
            raise Refused(Code.FUNDER_QUOTA)
        self._given += cents
