"""What a borrower's app asks of the lender, as plain calls."""

from typing import Protocol

from sandbox.answers import Answer
from sandbox.applicants import Applicant, Applicants, Card
from sandbox.ledger import Loan
from sandbox.quotes import Quote
from sandbox.world import World


class Calls(Protocol):
    """The lender, or who stands before it. `now` is when a call arrives; money is in hundredths of a currency unit."""

    world: World
    applicants: Applicants

    def login(self, applicant: Applicant, now: float, *, password: str, device: str = "") -> Answer: ...
    def quota(self, applicant: Applicant, now: float) -> Answer: ...
    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer: ...
    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer: ...
    def begin_check(self, applicant: Applicant, now: float, *, check: str) -> Answer: ...
    def prove(self, applicant: Applicant, now: float, *, check: str, proof: str) -> Answer: ...
    def status(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer: ...
