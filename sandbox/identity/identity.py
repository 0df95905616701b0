"""Who is asked for an identity check, and how that ends.

A policy asks a share of borrowers before they may draw. Whoever passes draws for a while without being asked again; who
fails too often has to wait until that check would have expired, and is asked anew then, like one who was too late. Only
those who were asked are remembered.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind
from sandbox.faults import Faults, Trouble
from sandbox.identity.check import Check, CheckState
from sandbox.identity.method import Method, is_right
from sandbox.memory import Memory
from sandbox.quotes import Quote
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import IdentityChecks

_METHODS = tuple(Method)


class Identity:
    """The checks that borrowers were asked for: of each one the latest.

    Raises:
        ValueError: the settings name a method that there is not.
    """

    def __init__(self, settings: IdentityChecks) -> None:
        self._settings = settings
        strange = next((name for name in settings.methods if name not in set(Method)), None)
        if strange is not None:
            raise ValueError(f"there is no method {strange!r}, only {', '.join(Method)}")
        self._checks: Memory[str, Check] = Memory(max(settings.valid, settings.holds))
        self._asked = 0

    def check_submit(self, quote: Quote, trouble: Trouble, now: float) -> None:
        """Raises:
        Refused: IDENTITY_FAILED where the check that everybody passes unseen is failed, or one that was asked for;
            IDENTITY_REQUIRED where one more is asked for: which it is and where to do it.
        """
        who = quote.applicant
        if _is_unknown(who, trouble, now):
            raise Refused(Code.IDENTITY_FAILED, payload={"method": "device", "tries_left": 2})
        asking = self._asking(who, trouble, now)
        if asking:
            check = self._latest(who.phone, now) or self._ask(self._chosen(asking, who), quote, trouble, now)
            _pass(check, now, otherwise=Code.IDENTITY_REQUIRED)

    def check_document(self, quote: Quote, trouble: Trouble | None, now: float) -> None:
        """Of one whose identity document has expired: pass him while the upload of a new one holds.

        Raises:
            Refused: ID_EXPIRED, and where to upload it; IDENTITY_FAILED where that was failed.
        """
        latest = self._latest(quote.applicant.phone, now)
        if latest is None or latest.method is not Method.ID_UPLOAD:
            latest = self._ask(Method.ID_UPLOAD, quote, trouble, now)
        _pass(latest, now, otherwise=Code.ID_EXPIRED)

    def latest(self) -> Iterator[Check]:
        """Those that are remembered, newest first."""
        return reversed(self._checks)

    def trouble(self, applicant: Applicant, faults: Faults) -> Trouble | None:
        """The faults as they act on the check that a borrower was asked for last."""
        check = self._checks.get(applicant.phone)
        return None if check is None else faults.at(check.where)

    def find(self, phone: str, check_id: str) -> Check:
        """The check that a borrower was asked for last.

        Raises:
            Refused: NOT_FOUND, it is another one, or another's.
        """
        check = self._checks.get(phone)
        if check is None or check.id != check_id:
            raise Refused(Code.NOT_FOUND, status=404)
        return check

    def begin(self, phone: str, check_id: str, now: float) -> Check:
        """Raises:
        Refused: NOT_FOUND, CHECK_ENDED or IDENTITY_EXPIRED.
        """
        return self._keep(phone, self.find(phone, check_id).begun(now), now)

    def prove(self, applicant: Applicant, check_id: str, now: float, *, proof: str, faults: Faults) -> Check:
        """The check, passed by this proof.

        Raises:
            Refused: IDENTITY_FAILED, with the tries that are left; NOT_FOUND, PROOF_INVALID, CHECK_ENDED,
                CHECK_NOT_BEGUN or IDENTITY_EXPIRED, which cost none.
        """
        check = self.find(applicant.phone, check_id)
        trouble = faults.at(check.where)
        is_known = trouble is None or not _is_unknown(applicant, trouble, now)
        right = is_right(check.method, proof) and is_known
        after = self._keep(applicant.phone, check.answered(now, right=right), now)
        if not right:
            raise Refused(Code.IDENTITY_FAILED, payload=after.public(now))
        return after

    def _asking(self, applicant: Applicant, trouble: Trouble, now: float) -> Mapping[Method, float]:
        """The methods by which policies ask him, and the share of borrowers whom each one asks."""
        if not trouble.is_narrowed(FaultKind.STEP_UP, "method", now):
            share = trouble.strength(FaultKind.STEP_UP, now)
            return dict.fromkeys(_METHODS, share) if applicant.place < share else {}
        shares = {method: trouble.within("method", method).strength(FaultKind.STEP_UP, now) for method in _METHODS}
        return {method: share for method, share in shares.items() if applicant.place < share}

    def _chosen(self, asking: Mapping[Method, float], applicant: Applicant) -> Method:
        """One of the methods, by their weights; one alone even without a weight."""
        weights = [self._settings.methods.get(method, 0.0) for method in asking]
        ends = list(accumulate(weights if sum(weights) else [1.0] * len(weights)))
        return list(asking)[bisect_right(ends[:-1], applicant.place / max(asking.values()) * ends[-1])]

    def _latest(self, phone: str, now: float) -> Check | None:
        """The check that still counts, None when one must be asked for anew."""
        check = self._checks.get(phone)
        if check is None or check.state(now) is CheckState.EXPIRED:
            return None
        is_old = check.passed_at is not None and now >= check.passed_at + self._settings.holds
        return None if is_old else check

    def _ask(self, method: Method, quote: Quote, trouble: Trouble | None, now: float) -> Check:
        shorter = 0.0
        if trouble is not None:
            shorter = min(1.0, trouble.within("method", method).strength(FaultKind.IDENTITY_EXPIRES, now))
        self._asked += 1
        check = Check(
            id=f"check-{self._asked:08d}",
            method=method,
            where={**quote.slices, "method": method},
            expires_at=now + self._settings.valid * (1.0 - shorter),
            tries_left=self._settings.tries,
        )
        return self._keep(quote.applicant.phone, check, now)

    def _keep(self, phone: str, check: Check, now: float) -> Check:
        self._checks.put(phone, check, now)
        return check


def _pass(check: Check, now: float, *, otherwise: Code) -> None:
    """Raises:
    Refused: it is not passed; IDENTITY_FAILED where it cannot be any more.
    """
    state = check.state(now)
    if state is not CheckState.PASSED:
        code = Code.IDENTITY_FAILED if state is CheckState.FAILED else otherwise
        raise Refused(code, payload=check.public(now))


def _is_unknown(applicant: Applicant, trouble: Trouble, now: float) -> bool:
    """Whether the identity service does not know him again, whatever he shows."""
    return applicant.place < trouble.strength(FaultKind.IDENTITY_FAILS, now)
