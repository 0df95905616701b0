"""Dynamic limits. The limit that counts can fall below the one that is shown: the display is stale, not wrong.

Money is in hundredths of a currency unit.
"""

import numpy as np
from numpy.typing import NDArray

from sandbox.fault import FaultKind, Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused, money, units

Shares = NDArray[np.float64]


def granted(low: NDArray[np.int64], high: NDArray[np.int64], *, wish: Shares, log_odds: Shares) -> NDArray[np.int64]:
    """The limits that borrowers are given between the lowest and the highest of their tiers (currency units, in whole
    hundreds): half by what they applied for (`wish` in [0, 1)), half by their log-odds of default. Who pays punctually
    is given more, who scores badly less.
    """
    trusted = 1.0 / (1.0 + np.exp(log_odds))
    hundreds = ((wish + trusted) / 2.0 * (high - low) / 100).astype(np.int64)
    return low + 100 * hundreds


def real_limit(shown: int, trouble: Trouble, now: float) -> int:
    """The limit that counts at `now`: never more than the one that is shown."""
    cut = min(1.0, trouble.strength(FaultKind.LIMIT_CUT, now))
    return round(shown * (1.0 - cut))


def above_limit(cents: int, *, shown: int, real: int) -> Refused:
    """Why an amount above the limit that counts is refused: LIMIT_EXCEEDED above what was shown, LIMIT_REDUCED between
    what was shown and what counts.
    """
    if cents > shown:
        return Refused(Code.LIMIT_EXCEEDED, payload={"limit": money(units(shown))})
    return Refused(Code.LIMIT_REDUCED, payload={"old_limit": money(units(shown)), "new_limit": money(units(real))})
