"""Dynamic limits. The limit that counts can fall below the one that is shown: the display is stale, not wrong.

Money is in hundredths of a currency unit.
"""

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind, Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused, money, units


def real_limit(applicant: Applicant, trouble: Trouble, now: float) -> int:
    """The limit that counts at `now`: never more than the one that is shown."""
    cut = min(1.0, trouble.strength(FaultKind.LIMIT_CUT, now))
    return round(applicant.limit * (1.0 - cut))


def above_limit(cents: int, *, shown: int, real: int) -> Refused:
    """Why an amount above the limit that counts is refused: LIMIT_EXCEEDED above what was shown, LIMIT_REDUCED between
    what was shown and what counts.
    """
    if cents > shown:
        return Refused(Code.LIMIT_EXCEEDED, payload={"limit": money(units(shown))})
    return Refused(Code.LIMIT_REDUCED, payload={"old_limit": money(units(shown)), "new_limit": money(units(real))})
