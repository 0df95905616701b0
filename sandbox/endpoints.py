"""The lender over HTTP: a thin translation between requests and its plain calls.

A business refusal is HTTP 200 with a code other than `0`; what is wrong with a request, its token, its path or the
servers has its own status.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from sandbox.answers import Answer
from sandbox.applicants import Applicant
from sandbox.calls import Calls
from sandbox.credits import Repayment
from sandbox.ledger import Loan, LoanState, LoanStatus, Reversal
from sandbox.quotes import Quote, Quotes
from sandbox.release import with_names
from sandbox.scheme import Code, written
from sandbox.tokens import Tokens
from sandbox.wire import (
    SILENCE,
    DrawdownBody,
    LenderAnswer,
    LenderRequest,
    LoginBody,
    ProofBody,
    QuoteBody,
    Refused,
    RepaymentBody,
    ReversalBody,
    accepted,
    bad_request,
    cents,
    check_amount,
    money,
    read,
    refusal,
    units,
    words,
)

_ROUTES: Mapping[str, Mapping[str, str]] = {
    "/v1/login": {"POST": "login"},
    "/v1/quota": {"GET": "quota"},
    "/v1/quotes": {"POST": "quote"},
    "/v1/drawdowns": {"POST": "submit"},
    "/v1/drawdowns/{loan_id}": {"GET": "payout"},
    "/v1/reversals": {"POST": "reverse"},
    "/v1/repayments": {"POST": "repay"},
    "/v1/identity/{check_id}": {"GET": "identity"},
    "/v1/identity/{check_id}/begin": {"POST": "begin_check"},
    "/v1/identity/{check_id}/proof": {"POST": "prove"},
}
_PATTERNS = tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), methods) for path, methods in _ROUTES.items())
_SERVED = {"begin_check": "identity", "prove": "identity"}
"""Endpoints of which the servers think as of one."""
_FEE = Decimal("0.015")


class Desk(Calls, Protocol):
    """What there is to answer over HTTP."""

    def reverse(self, applicant: Applicant, now: float, *, key: str) -> Answer: ...
    def repay(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer: ...
    def see_check(self, applicant: Applicant, now: float, *, check: str) -> Answer: ...
    def loan(self, loan_id: str) -> Loan | None: ...
    def refuse(self, endpoint: str, refused: Refused, now: float) -> Answer: ...


Endpoint = Callable[[LenderRequest, float], LenderAnswer]


def _route(request: LenderRequest) -> str:
    """The endpoint that a request is for.

    Raises:
        Refused: NOT_FOUND or METHOD_NOT_ALLOWED.
    """
    for pattern, methods in _PATTERNS:
        found = pattern.fullmatch(request.path)
        if found and request.method in methods:
            return methods[request.method]
        if found:
            raise Refused(Code.METHOD_NOT_ALLOWED, status=405, payload={"allowed": list(methods)})
    raise Refused(Code.NOT_FOUND, status=404)


def _name(request: LenderRequest) -> str:
    """The loan or the check that stands in a path."""
    return request.path.split("/")[3]


class Endpoints:
    """Reads requests, calls the lender, writes its answers."""

    def __init__(self, lender: Desk, tokens: Tokens, quotes: Quotes) -> None:
        self._lender = lender
        self._tokens = tokens
        self._quotes = quotes
        self._endpoints: Mapping[str, Endpoint] = {
            "login": self._login,
            "quota": self._quota,
            "quote": self._quote,
            "submit": self._submit,
            "payout": self._status,
            "reverse": self._reverse,
            "repay": self._repay,
            "identity": self._see_check,
            "begin_check": self._begin_check,
            "prove": self._prove,
        }

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What the lender says to `request` when it arrives at Unix second `now`. Never raises."""
        try:
            endpoint = _route(request)
        except Refused as refused:
            return refusal(refused)
        try:
            return self._endpoints[endpoint](request, now)
        except Refused as refused:
            return _written(self._lender.refuse(_SERVED.get(endpoint, endpoint), refused, now), _nothing)

    def whose(self, request: LenderRequest, now: float) -> str:
        """The phone of the borrower whose token a request carries.

        Raises:
            Refused: TOKEN_INVALID.
        """
        return self._tokens.phone(request, now)

    def _applicant(self, request: LenderRequest, now: float) -> Applicant:
        return self._lender.applicants.find(self.whose(request, now))

    def _login(self, request: LenderRequest, now: float) -> LenderAnswer:
        body = read(request.body, LoginBody)
        applicant = self._lender.applicants.find(body.phone)
        answer = self._lender.login(applicant, now, password=body.password, device=body.device_id)
        return _written(answer, lambda _: {"token": self._tokens.issue(body.phone, now + answer.after)})

    def _quota(self, request: LenderRequest, now: float) -> LenderAnswer:
        return _written(self._lender.quota(self._applicant(request, now), now), _shown)

    def _quote(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        body = read(request.body, QuoteBody)
        card = self._lender.applicants.card(body.card)
        check_amount(body.amount)
        answer = self._lender.quote(applicant, now, cents=cents(body.amount), card=card)
        return _written(answer, lambda quote: _offered(quote, self._quotes.keep(quote, now)))

    def _submit(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        key = request.header("Idempotency-Key")
        if not key:
            raise bad_request("the header Idempotency-Key is required")
        body = read(request.body, DrawdownBody)
        check_amount(body.amount)
        quote = self._quotes.find(applicant.phone, body.quote_id, cents(body.amount))
        return _written(self._lender.submit(applicant, now, key=key, quote=quote), _taken)

    def _status(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        loan = self._own_loan(applicant, _name(request))
        return _written(self._lender.status(applicant, now, loan=loan), _state)

    def _own_loan(self, applicant: Applicant, loan_id: str) -> Loan:
        """Raises:
        Refused: NOT_FOUND, he has no such loan.
        """
        loan = self._lender.loan(loan_id)
        if loan is None or loan.phone != applicant.phone:
            raise Refused(Code.NOT_FOUND, status=404)
        return loan

    def _reverse(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        body = read(request.body, ReversalBody)
        return _written(self._lender.reverse(applicant, now, key=body.idempotency_key), _given_back)

    def _repay(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        loan = self._own_loan(applicant, read(request.body, RepaymentBody).loan_id)
        return _written(self._lender.repay(applicant, now, loan=loan), _paid_back)

    def _see_check(self, request: LenderRequest, now: float) -> LenderAnswer:
        answer = self._lender.see_check(self._applicant(request, now), now, check=_name(request))
        return _written(answer, lambda check: check.public(now + answer.after))

    def _begin_check(self, request: LenderRequest, now: float) -> LenderAnswer:
        answer = self._lender.begin_check(self._applicant(request, now), now, check=_name(request))
        return _written(answer, lambda check: check.public(now + answer.after))

    def _prove(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        proof = read(request.body, ProofBody).proof
        answer = self._lender.prove(applicant, now, check=_name(request), proof=proof)
        return _written(answer, lambda check: check.public(now + answer.after))


def _written(answer: Answer, payload: Callable[[Any], Mapping[str, Any]]) -> LenderAnswer:
    if answer.broken:
        return LenderAnswer(status=0, after=answer.after, broken=True)
    if answer.code is not None:
        said = refusal(
            Refused(answer.code, status=answer.status, payload=answer.content),
            silent=answer.silent,
            renamed=answer.renamed,
        )
    else:
        said = accepted(_named(payload(answer.content), answer.missing), status=answer.status)
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return LenderAnswer(status=said.status, body=said.body, headers=headers, after=answer.after)


def _named(content: Mapping[str, Any], missing: str) -> Mapping[str, Any]:
    """The content as it is, or, where a field is `missing`, with another name for it."""
    return with_names(content, missing) if missing else content


def _nothing(_: object) -> Mapping[str, Any]:
    return {}


def _shown(limit: int) -> Mapping[str, Any]:
    shown = money(units(limit))
    return {"total": shown, "available": shown}


def _offered(quote: Quote, quote_id: str) -> Mapping[str, Any]:
    fee = money(quote.amount * _FEE)
    return {"quote_id": quote_id, "fee": fee, "channel": quote.channel, "bank": quote.card.bank}


def _paid_back(repayment: Repayment) -> Mapping[str, Any]:
    limit = money(units(repayment.limit))
    return {"loan_id": repayment.loan.id, "status": LoanStatus.REPAID, "in_time": repayment.in_time, "limit": limit}


def _given_back(found: Reversal) -> Mapping[str, Any]:
    return {"status": found}


def _taken(state: LoanState) -> Mapping[str, Any]:
    return {"loan_id": state.loan.id, "status": state.status}


def _state(state: LoanState) -> Mapping[str, Any]:
    told = {"loan_id": state.loan.id, "status": state.status, "channel": state.loan.channel}
    if state.failure is None:
        return {**told, "fail_code": None}
    said = SILENCE if state.loan.silent else words(state.failure)
    return {**told, "fail_code": written(state.failure, renamed=state.loan.renamed), **said}
