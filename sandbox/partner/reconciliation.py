"""Reconciliation: the money that went out, held against the loans that are called successful."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.ledger import Loan, LoanStatus
from sandbox.partner.moments import iso_text
from sandbox.wire import money, units

MOST_LISTED = 1000
"""Loans that a list names; the count beside it counts them all."""

_SUCCESS, _REVERSED = LoanStatus.SUCCESS, LoanStatus.REVERSED


def reconcile(loans: Iterable[Loan], now: float) -> Mapping[str, Any]:
    """What a report says of `loans` at `now`: both sums, each loan that stands on one side only, and each that was
    called failed before its money left all the same.
    """
    known = [(loan, loan.status(now)) for loan in loans]
    success = [loan for loan, status in known if status is _SUCCESS]
    out = [loan for loan, _ in known if _is_out(loan, now)]
    both = {id(loan) for loan in success} & {id(loan) for loan in out}
    return {
        "loans": len(known),
        "success": _sum(success),
        "money_out": _sum(out),
        "reversed": _sum(loan for loan, status in known if status is _REVERSED),
        "money_without_success": _listed([loan for loan in out if id(loan) not in both], now),
        "success_without_money": _listed([loan for loan in success if id(loan) not in both], now),
        "paid_after_failure": _listed([loan for loan in out if loan.payout.failure is not None], now),
    }


def _is_out(loan: Loan, now: float) -> bool:
    """Whether its money is with the borrower."""
    if any(at is not None and at <= now for at in (loan.reversed_at, loan.repaid_at)):
        return False
    paid_at = loan.paid_at
    return paid_at is not None and paid_at <= now


def _sum(loans: Iterable[Loan]) -> Mapping[str, Any]:
    cents = [loan.cents for loan in loans]
    return {"count": len(cents), "amount": money(units(sum(cents)))}


def _listed(loans: list[Loan], now: float) -> Mapping[str, Any]:
    listed = [
        {
            "loan_id": loan.id,
            "amount": money(loan.amount),
            "channel": loan.channel,
            "status": loan.status(now),
            "paid_at": iso_text(loan.paid_at) if loan.paid_at is not None and loan.paid_at <= now else None,
        }
        for loan in loans[:MOST_LISTED]
    ]
    return {**_sum(loans), "loans": listed}
