"""The lender's own app behind the partner API: nobody asks for its id or signature, but what it does is counted, and
what is blocked goes to review like anybody's.
"""

from typing import Protocol

from sandbox.answers import Answer
from sandbox.applicants import Applicant, Card
from sandbox.calls import Calls
from sandbox.ledger import Loan
from sandbox.partner.traffic import Traffic
from sandbox.quotes import Quote
from sandbox.scheme import Code

REVIEWED = frozenset({Code.RISK_REJECT, Code.UNDER_REVIEW, Code.MULTI_DEVICE, Code.BURST_CONTROL})


class Reviewing(Protocol):
    """Who takes in what was blocked."""

    def add(self, code: Code, tier: str, now: float) -> object: ...


class Inside:
    """The lender's plain calls, with an eye on them."""

    def __init__(self, lender: Calls, traffic: Traffic, reviews: Reviewing) -> None:
        self.world = lender.world
        self.applicants = lender.applicants
        self._lender = lender
        self._traffic = traffic
        self._reviews = reviews

    def login(self, applicant: Applicant, now: float, *, password: str, device: str = "") -> Answer:
        return self._counted("login", self._lender.login(applicant, now, password=password, device=device), now)

    def quota(self, applicant: Applicant, now: float) -> Answer:
        return self._counted("quota", self._lender.quota(applicant, now), now)

    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer:
        return self._counted("quote", self._lender.quote(applicant, now, cents=cents, card=card), now)

    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer:
        answer = self._counted("submit", self._lender.submit(applicant, now, key=key, quote=quote), now)
        if answer.code in REVIEWED and not answer.replayed:
            self._reviews.add(answer.code, applicant.tier, now)
        return answer

    def status(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer:
        return self._counted("payout", self._lender.status(applicant, now, loan=loan), now)

    def _counted(self, endpoint: str, answer: Answer, now: float) -> Answer:
        self._traffic.count(f"{endpoint} {0 if answer.broken else answer.status}", now)
        return answer
