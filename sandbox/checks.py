"""What a drawdown must pass before it is paid out: behaviour, risk, identity, limit and funder, in this order."""

from sandbox.applicants import Applicant, Applicants
from sandbox.behaviour import Behaviour
from sandbox.fault import FaultKind, Trouble
from sandbox.funder import Funder
from sandbox.identity.identity import Identity
from sandbox.limits import above_limit, real_limit
from sandbox.quotes import Quote
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import World


class Checks:
    """The rules of a world. `behaviour` hears of logins too, `identity` of checks that are done."""

    def __init__(self, world: World, applicants: Applicants) -> None:
        self.behaviour = Behaviour(world.rules, world.tiers)
        self.identity = Identity(world.identity)
        self._applicants = applicants
        self._funder = Funder(100 * world.funder_daily)

    def check(self, quote: Quote, trouble: Trouble | None, now: float, *, shown: int) -> None:
        """Pass a drawdown whose borrower is shown the credit `shown` (hundredths of a currency unit).

        Raises:
            Refused: by the first rule that says no.
        """
        applicant = quote.applicant
        self.behaviour.check_submit(applicant, trouble, now)
        self._check_risk(applicant, trouble, now)
        if applicant.id_expired:
            self.identity.check_document(quote, trouble, now)
        if trouble is not None:
            self.identity.check_submit(quote, trouble, now)
        real = shown if trouble is None else real_limit(shown, trouble, now)
        if quote.cents > real:
            raise above_limit(quote.cents, shown=shown, real=real)
        self._funder.give(quote.cents, trouble, now)

    def _check_risk(self, applicant: Applicant, trouble: Trouble | None, now: float) -> None:
        margin = applicant.margin
        if trouble is not None:
            if applicant.place < trouble.strength(FaultKind.BUREAU_DOWN, now):
                raise Refused(Code.BUREAU_DOWN, status=503)
            margin -= trouble.strength(FaultKind.SCORE_CUT, now)
        if margin < 0:
            raise Refused(Code.RISK_REJECT, payload={"family": self._applicants.family(applicant)})
        if trouble is not None and applicant.place < trouble.strength(FaultKind.REVIEW_HOLD, now):
            raise Refused(Code.UNDER_REVIEW)
