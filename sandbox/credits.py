"""What each borrower may draw: his limit as it has become by what he repaid, and what he has drawn of it."""

from collections.abc import Sequence

import msgspec

from sandbox.applicants import Applicant
from sandbox.ledger import Ledger, Loan, LoanStatus
from sandbox.limits import Credit, after_repayment
from sandbox.memory import Memory
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Tier, World


class Repayment(msgspec.Struct, frozen=True, gc=False):
    """A loan that was paid back, whether in time, and the limit (hundredths of a currency unit) that came of it."""

    loan: Loan
    in_time: bool
    limit: int


class Credits:
    """Limits that have changed are remembered as long as loans are, and `ledger` says what is drawn."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tiers = _by_name(world.tiers)
        self._due = world.due
        self._limits: Memory[str, int] = Memory(world.memory)

    def of(self, applicant: Applicant, now: float) -> Credit:
        """One whom the lender knows by name may draw again and again."""
        if applicant.steady:
            return Credit(applicant.limit)
        limit = self._limits.get(applicant.phone) if self._limits else None
        return Credit(applicant.limit if limit is None else limit, self._ledger.exposure(applicant.phone, now))

    def repay(self, applicant: Applicant, loan: Loan, now: float) -> Repayment:
        """Take a loan back whole. Once more, nothing changes. It is in time until `World.due` after it was paid out.

        Raises:
            Refused: NOTHING_OWED, the money is not out.
        """
        loan = self._ledger.state(loan, now).loan
        status = loan.status(now)
        if status not in {LoanStatus.SUCCESS, LoanStatus.REPAID}:
            raise Refused(Code.NOTHING_OWED, status=409, payload={"status": status})
        repaid_at = now if loan.repaid_at is None else loan.repaid_at
        in_time = loan.paid_at is None or repaid_at <= loan.paid_at + self._due
        if loan.repaid_at is None:
            loan = self._ledger.repay(loan, now)
            self._change(applicant, now, in_time=in_time)
        return Repayment(loan, in_time, self.of(applicant, now).limit)

    def _change(self, applicant: Applicant, now: float, *, in_time: bool) -> None:
        if applicant.steady:
            return
        tier = self._tiers[applicant.tier]
        limit = after_repayment(
            self.of(applicant, now).limit,
            low=100 * tier.lowest_limit,
            high=100 * tier.highest_limit,
            in_time=in_time,
        )
        self._limits.put(applicant.phone, limit, now)


def _by_name(tiers: Sequence[Tier]) -> dict[str, Tier]:
    return {tier.name: tier for tier in tiers}
