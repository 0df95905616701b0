"""Dynamic limits. The limit that counts can fall below the one that is shown: the display is stale, not wrong."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sandbox.applicants import Applicant
from sandbox.fault import Fault, FaultKind, strength
from sandbox.scheme import Code
from sandbox.wire import Refused, money


def real_limit(applicant: Applicant, where: Mapping[str, str], faults: Sequence[Fault], now: float) -> Decimal:
    """The limit that counts at `now`."""
    cut = min(1.0, strength(faults, FaultKind.LIMIT_CUT, where, now))
    return round(applicant.limit * Decimal(1.0 - cut), 2)


def check_limit(amount: Decimal, *, shown: Decimal, real: Decimal) -> None:
    """Raises:
    Refused: LIMIT_EXCEEDED above what was shown, LIMIT_REDUCED between what was shown and what counts.
    """
    if amount > shown:
        raise Refused(Code.LIMIT_EXCEEDED, payload={"limit": money(shown)})
    if amount > real:
        raise Refused(Code.LIMIT_REDUCED, payload={"old_limit": money(shown), "new_limit": money(real)})
