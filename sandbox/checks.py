"""What a drawdown must pass before it is paid out, in this order: restrictions, behaviour, the look-up of the credit
file, risk, identity, limit and funder. What is decided after the look-up is decided when it is over.
"""

import msgspec

from sandbox.applicants import Applicant, Applicants
from sandbox.behaviour import Behaviour
from sandbox.bureau import Bureau, LookUp
from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.funder import Funder
from sandbox.identity.identity import Identity
from sandbox.limits import Credit, check_limit
from sandbox.quotes import Quote
from sandbox.restrictions import Restrictions
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import World


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """When a drawdown was decided (Unix seconds), and by what it was `refused`, None where it passed."""

    at: float
    refused: Refused | None = None


class Checks:
    """The rules of a world. `behaviour` hears of logins too, `identity` of checks that are done."""

    def __init__(self, world: World, applicants: Applicants, *, seed: int) -> None:
        self.bureau = Bureau(world.bureau, world.tiers, seed=seed)
        self.behaviour = Behaviour(world.rules, world.tiers)
        self.identity = Identity(world.identity)
        self._restrictions = Restrictions(world.rules)
        self._applicants = applicants
        self._funder = Funder(100 * world.funder_daily)

    def check(self, quote: Quote, trouble: Trouble | None, now: float, *, credit: Credit) -> Verdict:
        """Whether a drawdown on this `credit` passes; the first rule that says no refuses it."""
        at = now
        try:
            self._restrictions.check(quote.applicant, trouble, at)
            self.behaviour.check_submit(quote.applicant, trouble, at)
            file = self.bureau.look_up(quote.applicant, trouble, at)
            at = file.ends_at
            self._check_with(file, quote, trouble, credit=credit)
        except Refused as refused:
            return Verdict(at, refused)
        return Verdict(at)

    def _check_with(self, file: LookUp, quote: Quote, trouble: Trouble | None, *, credit: Credit) -> None:
        """Raises:
        Refused: by a rule that needs the credit file.
        """
        if file.failure is not None:
            raise Refused(file.failure, status=503)
        applicant, now = quote.applicant, file.ends_at
        self._check_risk(applicant, trouble, now)
        if applicant.id_expired:
            self.identity.check_document(quote, trouble, now)
        if trouble is not None:
            self.identity.check_submit(quote, trouble, now)
        check_limit(quote.cents, credit, trouble, now)
        self._funder.give(quote.cents, trouble, now)

    def _check_risk(self, applicant: Applicant, trouble: Trouble | None, now: float) -> None:
        margin = applicant.margin
        if trouble is not None:
            margin -= trouble.strength(FaultKind.SCORE_CUT, now)
        if margin < 0:
            raise Refused(Code.RISK_REJECT, payload={"family": self._applicants.family(applicant)})
        if trouble is not None and applicant.place < trouble.strength(FaultKind.REVIEW_HOLD, now):
            raise Refused(Code.UNDER_REVIEW)
