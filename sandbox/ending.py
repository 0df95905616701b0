"""How an attempt ends: what the app makes of an answer of the lender's, or of none."""

from functools import cache

import msgspec

from drawdown.reasons import TECHNICAL, Kind, Reason
from sandbox.answers import Answer
from sandbox.ledger import LoanState, LoanStatus
from sandbox.scheme import Code, written
from sandbox.wire import SILENCE, is_for_partners, words

REQUEST_SECONDS = 2.5
"""How long the app waits for one answer."""
PATIENCE_SECONDS = 10.0
"""How long it asks for the money."""
_SUCCEEDED = Kind.SUCCEEDED.value
_PAID = LoanStatus.SUCCESS


class Ending(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How an attempt ends, as its report says it; `kind` is what becomes of the step in which it ends."""

    kind: str
    outcome: str = ""
    reason: str = ""
    code: str = ""
    explained: bool | None = None
    detail: str = ""
    technical: bool = False


def _gave_up(reason: Reason, detail: str) -> Ending:
    """The app's own verdict: no answer that it could read."""
    kind = reason.kind.value
    return Ending(kind=kind, outcome=kind, reason=reason.value, explained=False, detail=detail, technical=True)


@cache
def _refused(code: Code, silent: bool, renamed: bool) -> Ending:
    """The lender's verdict, in its own code; one that is `renamed` says nothing to the app."""
    said = SILENCE if silent else words(code)
    explained = bool(said["guidance"]) and not is_for_partners(code)
    reason = Reason.UNMAPPED if renamed else code.reason
    return Ending(
        kind=reason.kind.value,
        code=written(code, renamed=renamed),
        explained=explained,
        detail=said["message_en"],
        technical=reason.blame in TECHNICAL,
    )


@cache
def _unreadable(field: str) -> Ending:
    """The app's verdict on an answer in which it does not find a field."""
    return _gave_up(Reason.CONTRACT_CHANGED, f"no {field} in the answer")


DRAWN = Ending(kind=_SUCCEEDED, outcome=_SUCCEEDED)
CHANGED_HIS_MIND = Ending(kind=Kind.ABANDONED.value, outcome=Kind.ABANDONED.value, reason=Reason.CANCELLED.value)
_SLOW = _gave_up(Reason.SLOW_RESPONSE, f"no answer within {REQUEST_SECONDS} s")
_BROKEN = _gave_up(Reason.DEPENDENCY_DOWN, "the lender broke the connection")
STUCK = _gave_up(Reason.SETTLEMENT_STUCK, f"no result after {PATIENCE_SECONDS:.0f} s")


def judge(answer: Answer) -> Ending | None:
    """How the attempt ends with this answer, None if it goes on."""
    if answer.after > REQUEST_SECONDS:
        return _SLOW
    if answer.broken:
        return _BROKEN
    if answer.code is not None:
        return _refused(answer.code, answer.silent, answer.renamed)
    return _unreadable(answer.missing) if answer.missing else None


def says(answer: Answer, code: Code) -> bool:
    """Whether an answer comes in time and says this code as the app knows it."""
    return answer.code is code and not answer.renamed and answer.after <= REQUEST_SECONDS


def settled(state: LoanState) -> Ending | None:
    """How it ends with a loan that stands so, None while it is on its way."""
    if state.status is _PAID:
        return DRAWN
    return None if state.failure is None else _refused(state.failure, state.loan.silent, state.loan.renamed)
