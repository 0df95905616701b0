"""The lender's own app signs what it asks, as the client `app`. Each of its versions has the key that it came with:
when the lender rotates the key, what they sign does not fit any more.
"""

from collections.abc import Sequence

from sandbox.answers import Answer
from sandbox.applicants import Applicant, Card
from sandbox.calls import Calls
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.ledger import Loan
from sandbox.lender import Lender
from sandbox.quotes import Quote
from sandbox.scheme import Code

OWN_APP = "app"
"""The id of the client that borrowers' apps are."""

_REFUSED = Answer(0.005, {}, Code.SIGNATURE_INVALID, 401)


def with_own_key(lender: Lender) -> Calls:
    """The lender as its own app meets it; the lender itself where none of its faults is of keys, so that nothing is
    asked hundreds of thousands of times in vain. The faults must stay as they are.
    """
    return OwnKey(lender) if any(fault.kind is FaultKind.KEY_ROTATED for fault in lender.faults) else lender


class OwnKey:
    """The lender's plain calls behind the check of the app's key. Its faults may change."""

    def __init__(self, lender: Lender) -> None:
        self.world = lender.world
        self.applicants = lender.applicants
        self._lender = lender
        self._seen: Sequence[Fault] = ()
        self._faults = Faults()

    def login(self, applicant: Applicant, now: float, *, password: str, device: str = "") -> Answer:
        if self._is_rotated(applicant, now):
            return _REFUSED
        return self._lender.login(applicant, now, password=password, device=device)

    def quota(self, applicant: Applicant, now: float) -> Answer:
        return _REFUSED if self._is_rotated(applicant, now) else self._lender.quota(applicant, now)

    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer:
        if self._is_rotated(applicant, now):
            return _REFUSED
        return self._lender.quote(applicant, now, cents=cents, card=card)

    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer:
        if self._is_rotated(applicant, now):
            return _REFUSED
        return self._lender.submit(applicant, now, key=key, quote=quote)

    def begin_check(self, applicant: Applicant, now: float, *, check: str) -> Answer:
        return _REFUSED if self._is_rotated(applicant, now) else self._lender.begin_check(applicant, now, check=check)

    def prove(self, applicant: Applicant, now: float, *, check: str, proof: str) -> Answer:
        if self._is_rotated(applicant, now):
            return _REFUSED
        return self._lender.prove(applicant, now, check=check, proof=proof)

    def status(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer:
        return _REFUSED if self._is_rotated(applicant, now) else self._lender.status(applicant, now, loan=loan)

    def _is_rotated(self, applicant: Applicant, now: float) -> bool:
        """Whether the lender knows another key than the one that this borrower's app has."""
        if self._seen is not self._lender.faults:
            self._seen = self._lender.faults
            self._faults = Faults(self._seen)
        if not self._faults.at_work(now):
            return False
        where = {"client": OWN_APP, "app": applicant.app, "region": applicant.region, "tier": applicant.tier}
        return self._faults.strength(FaultKind.KEY_ROTATED, where, now) > 0
