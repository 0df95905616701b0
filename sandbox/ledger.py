"""The lender's books: loans, whose status is a function of time, and the keys under which they were asked for."""

from collections.abc import Hashable, Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec

from sandbox.answers import Answer
from sandbox.channels import Payout
from sandbox.memory import Memory
from sandbox.scheme import Code
from sandbox.wire import Refused, units

_FIRST_LOAN = 10_000_000


class LoanStatus(StrEnum):
    AUDITING = "AUDITING"
    CREATED = "CREATED"
    SUCCESS = "LOAN_SUCCESS"
    FAILED = "LOAN_FAILED"
    REVERSED = "LOAN_REVERSED"
    REPAID = "LOAN_REPAID"


_AUDITING, _CREATED = LoanStatus.AUDITING, LoanStatus.CREATED
_SUCCESS, _FAILED = LoanStatus.SUCCESS, LoanStatus.FAILED
_REVERSED, _REPAID = LoanStatus.REVERSED, LoanStatus.REPAID


_BACK = frozenset({_REVERSED, _REPAID})
"""The money has come back."""


class Reversal(StrEnum):
    """What a reversal found."""

    REVERSED = "REVERSED"
    NOTHING_DRAWN = "NOTHING_DRAWN"


class Loan(msgspec.Struct, frozen=True, gc=False):
    """Times are Unix seconds, `cents` hundredths of a currency unit. `audited_at` is when the payout is handed to the
    channel.
    """

    id: str
    phone: str
    cents: int
    channel: str
    audited_at: float
    payout: Payout
    reversed_at: float | None = None
    repaid_at: float | None = None
    silent: bool = False
    """Whether nobody is told why it fails."""
    renamed: bool = False
    """Whether it fails with a code that nobody knows."""

    @property
    def amount(self) -> Decimal:
        return units(self.cents)

    @property
    def paid_at(self) -> float | None:
        """When the money left, None when it never does. What the status says of it is another matter."""
        return self.payout.paid_at

    def status(self, now: float) -> LoanStatus:
        if self.reversed_at is not None and now >= self.reversed_at:
            return _REVERSED
        if self.repaid_at is not None and now >= self.repaid_at:
            return _REPAID
        if now < self.audited_at:
            return _AUDITING
        if now < self.payout.ends_at:
            return _CREATED
        if self.payout.failure is None or self.is_known_paid(now):
            return _SUCCESS
        return _FAILED

    def is_owed(self, now: float) -> bool:
        """Whether the money is out or can still leave."""
        status = self.status(now)
        return status not in _BACK and (status is not _FAILED or self.paid_at is not None)

    def is_known_paid(self, now: float) -> bool:
        """Whether the lender has heard that the money has left."""
        return self.payout.paid_at is not None and now >= self.payout.paid_at + self.payout.lag


class LoanState(msgspec.Struct, frozen=True, gc=False):
    """What is said of a loan at one time: its `failure` once it has failed."""

    loan: Loan
    status: LoanStatus
    failure: Code | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What is stored under a key: the parameters it came with, the answer they got at `answered_at`, the loan if there
    is one. Without an answer the key was reversed before it was used.
    """

    parameters: Hashable = None
    answer: Answer | None = None
    loan: str = ""
    answered_at: float = 0.0


class Ledger:
    """Keys belong to a borrower: two borrowers may use the same one."""

    def __init__(self, memory: float) -> None:
        self._loans: Memory[str, Loan] = Memory(memory)
        self._keys: Memory[tuple[str, str], Entry] = Memory(memory)
        self._drawn: Memory[str, tuple[str, ...]] = Memory(memory)
        self._opened = _FIRST_LOAN

    def next_id(self) -> str:
        """An id for a loan that has not been used."""
        self._opened += 1
        return f"loan-{self._opened}"

    def replay(self, phone: str, key: str, parameters: Hashable, now: float) -> Answer | None:
        """The answer stored under a key; None when the key is new.

        Raises:
            Refused: KEY_REUSED with other parameters, KEY_REVERSED when the key was given back before its use,
                KEY_RUNNING while the first request is not answered yet.
        """
        entry = self._keys.get((phone, key))
        if entry is None:
            return None
        if entry.answer is None:
            raise Refused(Code.KEY_REVERSED, status=409)
        if entry.parameters != parameters:
            raise Refused(Code.KEY_REUSED, status=422)
        if now < entry.answered_at:
            raise Refused(Code.KEY_RUNNING, status=409)
        return entry.answer

    def store(self, phone: str, key: str, entry: Entry, now: float) -> None:
        """Remember what came of a key."""
        self._keys.put((phone, key), entry, now)

    def open(self, loan: Loan, now: float) -> None:
        self._loans.put(loan.id, loan, now)
        self._drawn.put(loan.phone, (*self._owed(loan.phone, now), loan.id), now)

    def exposure(self, phone: str, now: float) -> int:
        """What a borrower has drawn and not given back, in hundredths of a currency unit."""
        if self._drawn.get(phone) is None:
            return 0
        return sum(loan.cents for loan in map(self._loans.get, self._owed(phone, now)) if loan is not None)

    def _owed(self, phone: str, now: float) -> tuple[str, ...]:
        """The loans of a borrower that are out or on their way."""
        loans = map(self._loans.get, self._drawn.get(phone) or ())
        return tuple(loan.id for loan in loans if loan is not None and loan.is_owed(now))

    def loan(self, loan_id: str) -> Loan | None:
        """Anybody's loan, None when there is none or it is forgotten."""
        return self._loans.get(loan_id)

    def repay(self, loan: Loan, now: float) -> Loan:
        """Write down that a loan that is remembered was paid back."""
        repaid = msgspec.structs.replace(loan, repaid_at=now)
        self.revise(repaid)
        return repaid

    def revise(self, loan: Loan) -> None:
        """Write a loan that is remembered anew."""
        self._loans.replace(loan.id, loan)

    def loans(self) -> Iterator[Loan]:
        """All that are remembered, oldest first."""
        return iter(self._loans)

    def latest(self) -> Iterator[Loan]:
        """All that are remembered, newest first."""
        return reversed(self._loans)

    def state(self, loan: Loan, now: float) -> LoanState:
        """What is said of a loan: as the books have it, or as it was if they have forgotten it."""
        loan = self._loans.get(loan.id) or loan
        status = loan.status(now)
        return LoanState(loan, status, loan.payout.failure if status is _FAILED else None)

    def reverse(self, phone: str, key: str, now: float) -> Reversal:
        """Give back what was drawn under a key. A key that is not known yet is spent, so that a submit that is still on
        its way cannot draw after this.
        """
        entry = self._keys.get((phone, key))
        if entry is None:
            self.store(phone, key, Entry(), now)
            return Reversal.NOTHING_DRAWN
        loan = self._loans.get(entry.loan)
        if loan is None or loan.repaid_at is not None or (loan.status(now) is _FAILED and loan.paid_at is None):
            return Reversal.NOTHING_DRAWN
        if loan.reversed_at is None:
            self._loans.replace(loan.id, msgspec.structs.replace(loan, reversed_at=now))
        return Reversal.REVERSED

    def outstanding(self, now: float) -> tuple[Loan, ...]:
        """Loans that are out or on their way, oldest first; also those that failed and will be paid all the same."""
        return tuple(loan for loan in self._loans if loan.is_owed(now))
