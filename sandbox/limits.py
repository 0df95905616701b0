"""Dynamic limits: granted by wish and score, raised by each loan that is repaid in time, lowered by one that is late,
cut by policy, and less what is drawn. What counts can fall below what is shown: the display is stale, not wrong.

Money is in hundredths of a currency unit, unless something else is said.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused, money, units

Shares = NDArray[np.float64]
Amounts = NDArray[np.int64]

_HUNDRED_UNITS = 10_000
_RAISE = 0.1
"""Share of the way to the highest limit that a loan takes off which is repaid in time."""
_LOWER = 0.2
"""Share of the way to the lowest limit that a loan takes off which is repaid late."""


class Credit(msgspec.Struct, frozen=True, gc=False):
    """A borrower's `limit` and what he has `drawn` of it and not given back."""

    limit: int
    drawn: int = 0

    @property
    def available(self) -> int:
        return max(0, self.limit - self.drawn)

    def cut(self, trouble: Trouble | None, now: float) -> "Credit":
        """What counts at `now`, policy considered: never more."""
        if trouble is None:
            return self
        share = min(1.0, trouble.strength(FaultKind.LIMIT_CUT, now))
        return Credit(round(self.limit * (1.0 - share)), self.drawn)


def granted(low: Amounts, high: Amounts, *, wish: Shares, log_odds: Shares) -> Amounts:
    """The limits that new borrowers are given between the lowest and the highest of their tiers (currency units, in
    whole hundreds): half by what they applied for (`wish` in [0, 1)), half by their log-odds of default.
    """
    trusted = 1.0 / (1.0 + np.exp(log_odds))
    hundreds = ((wish + trusted) / 2.0 * (high - low) / 100).astype(np.int64)
    return low + 100 * hundreds


def raised(limits: Amounts, high: Amounts, repaid: Amounts) -> Amounts:
    """What limits have become after so many loans that were `repaid` in time (currency units, in whole hundreds)."""
    left = (high - limits) * (1.0 - _RAISE) ** repaid
    return high - 100 * (left / 100).astype(np.int64)


def after_repayment(limit: int, *, low: int, high: int, in_time: bool) -> int:
    """A limit between `low` and `high` after one loan more was repaid, in whole hundreds of currency units: raised
    until it is the highest, or lowered until it is the lowest.
    """
    if in_time:
        return high - _whole((high - limit) * (1.0 - _RAISE))
    return low + _whole((limit - low) * (1.0 - _LOWER))


def _whole(cents: float) -> int:
    return math.floor(cents / _HUNDRED_UNITS) * _HUNDRED_UNITS


def check_limit(cents: int, credit: Credit, trouble: Trouble | None, now: float) -> None:
    """Raises:
    Refused: LIMIT_EXCEEDED above what was shown, LIMIT_REDUCED between what was shown and what counts.
    """
    real = credit.cut(trouble, now).available
    if cents <= real:
        return
    shown = credit.available
    if cents > shown:
        raise Refused(Code.LIMIT_EXCEEDED, payload={"limit": money(units(shown))})
    raise Refused(Code.LIMIT_REDUCED, payload={"old_limit": money(units(shown)), "new_limit": money(units(real))})
