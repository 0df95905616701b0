"""The lender's own app behind the partner API: what it does is counted like what partners do."""

from sandbox.answers import Answer
from sandbox.applicants import Applicant, Card
from sandbox.calls import Calls
from sandbox.ledger import Loan
from sandbox.partner.traffic import Traffic
from sandbox.quotes import Quote


class Inside:
    """The lender's plain calls, with an eye on them."""

    def __init__(self, lender: Calls, traffic: Traffic) -> None:
        self.world = lender.world
        self.applicants = lender.applicants
        self._lender = lender
        self._traffic = traffic

    def login(self, applicant: Applicant, now: float, *, password: str, device: str = "") -> Answer:
        return self._counted("login", self._lender.login(applicant, now, password=password, device=device), now)

    def quota(self, applicant: Applicant, now: float) -> Answer:
        return self._counted("quota", self._lender.quota(applicant, now), now)

    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer:
        return self._counted("quote", self._lender.quote(applicant, now, cents=cents, card=card), now)

    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer:
        return self._counted("submit", self._lender.submit(applicant, now, key=key, quote=quote), now)

    def begin_check(self, applicant: Applicant, now: float, *, check: str) -> Answer:
        return self._counted("begin_check", self._lender.begin_check(applicant, now, check=check), now)

    def prove(self, applicant: Applicant, now: float, *, check: str, proof: str) -> Answer:
        return self._counted("prove", self._lender.prove(applicant, now, check=check, proof=proof), now)

    def status(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer:
        return self._counted("payout", self._lender.status(applicant, now, loan=loan), now)

    def _counted(self, endpoint: str, answer: Answer, now: float) -> Answer:
        self._traffic.count(f"{endpoint} {0 if answer.broken else answer.status}", now)
        return answer
