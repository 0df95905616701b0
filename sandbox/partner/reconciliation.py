"""Reconciliation: the money that went out, held against the loans that are called successful."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.ledger import Loan, LoanStatus
from sandbox.partner.moments import iso_text
from sandbox.wire import money

MOST_LISTED = 1000
"""Loans that a list names; the count beside it counts them all."""


def _is_out(loan: Loan, now: float) -> bool:
    """Whether its money is with the borrower."""
    given_back = loan.reversed_at is not None and loan.reversed_at <= now
    return loan.paid_at is not None and loan.paid_at <= now and not given_back


def _is_success(loan: Loan, now: float) -> bool:
    return loan.status(now) is LoanStatus.SUCCESS


def _sum(loans: Iterable[Loan]) -> Mapping[str, Any]:
    amounts = [loan.amount for loan in loans]
    return {"count": len(amounts), "amount": money(sum(amounts, Decimal(0)))}


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


def reconcile(loans: Iterable[Loan], now: float) -> Mapping[str, Any]:
    """What a report says of `loans` at `now`: both sums, and each loan that stands on one side only."""
    known = list(loans)
    success = [loan for loan in known if _is_success(loan, now)]
    out = [loan for loan in known if _is_out(loan, now)]
    return {
        "loans": len(known),
        "success": _sum(success),
        "money_out": _sum(out),
        "reversed": _sum(loan for loan in known if loan.status(now) is LoanStatus.REVERSED),
        "money_without_success": _listed([loan for loan in out if not _is_success(loan, now)], now),
        "success_without_money": _listed([loan for loan in success if not _is_out(loan, now)], now),
    }
