"""The lender: a function of (request, now) over its parts, deterministic under a seed.

login → quota → quote → submit under an idempotency key → poll → reversal when asked. A business refusal is HTTP 200
with a code other than `0`; what is wrong with a request, its token, its path or the servers has its own status.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.applicants import Applicant, Applicants
from sandbox.behaviour import Behaviour
from sandbox.channels import Lane
from sandbox.fault import Fault
from sandbox.identity import check_identity
from sandbox.ledger import Entry, Ledger, Loan
from sandbox.limits import check_limit, real_limit
from sandbox.quotes import Quote, Quotes
from sandbox.scheme import Code
from sandbox.servers import Fate, Servers
from sandbox.tokens import Tokens
from sandbox.wire import (
    DrawdownBody,
    LenderAnswer,
    LenderRequest,
    LoginBody,
    QuoteBody,
    Refused,
    ReversalBody,
    accepted,
    bad_request,
    money,
    read,
    refusal,
    words,
)
from sandbox.workers import Load
from sandbox.world import World

_ROUTES: Mapping[str, Mapping[str, str]] = {
    "/v1/login": {"POST": "login"},
    "/v1/quota": {"GET": "quota"},
    "/v1/quotes": {"POST": "quote"},
    "/v1/drawdowns": {"POST": "submit"},
    "/v1/drawdowns/{loan_id}": {"GET": "payout"},
    "/v1/reversals": {"POST": "reverse"},
}
_LOAN_PATH = "/v1/drawdowns/"


def _route(request: LenderRequest) -> str:
    """The endpoint that a request is for.

    Raises:
        Refused: NOT_FOUND or METHOD_NOT_ALLOWED.
    """
    is_loan = request.path.startswith(_LOAN_PATH) and len(request.path) > len(_LOAN_PATH)
    methods = _ROUTES.get("/v1/drawdowns/{loan_id}" if is_loan else request.path)
    if methods is None:
        raise Refused(Code.NOT_FOUND, status=404)
    if request.method not in methods:
        raise Refused(Code.METHOD_NOT_ALLOWED, status=405, payload={"allowed": list(methods)})
    return methods[request.method]


class Lender:
    """Answers requests that come in about the order of time. `faults` act by their own times; they are replaced as a
    whole, never changed.
    """

    def __init__(self, world: World | None = None, *, seed: int = 0, faults: tuple[Fault, ...] = ()) -> None:
        self._world = world or World()
        self.faults = faults
        self._applicants = Applicants(self._world)
        self._servers = Servers(self._world.servers, seed=seed)
        self._lanes = {channel.name: Lane(channel, seed=seed) for channel in self._world.channels}
        self._behaviour = Behaviour(self._world.rules)
        self._ledger = Ledger(self._world.memory)
        self._quotes = Quotes(self._world.memory)
        self._tokens = Tokens(seed=seed)
        self._endpoints: Mapping[str, Callable[[LenderRequest, float], LenderAnswer]] = {
            "login": self._login,
            "quota": self._quota,
            "quote": self._quote,
            "submit": self._submit,
            "payout": self._payout,
            "reverse": self._reverse,
        }

    def inject(self, fault: Fault) -> None:
        """Add a fault to those there are."""
        self.faults = (*self.faults, fault)

    def outstanding(self, now: float, *, phone: str | None = None) -> tuple[Loan, ...]:
        """Loans that are out or on their way at `now`, of everybody or of one borrower."""
        return tuple(loan for loan in self._ledger.outstanding(now) if phone in (None, loan.phone))

    def loan(self, loan_id: str) -> Loan | None:
        """A loan by its id, None when there is none or it is forgotten."""
        return self._ledger.loan(loan_id)

    def loans(self) -> Iterator[Loan]:
        """All loans that are remembered, oldest first."""
        return self._ledger.loans()

    def server_load(self, now: float) -> Load:
        return self._servers.load(now)

    def channel_loads(self, now: float) -> Mapping[str, Load]:
        """How busy each channel's connections are."""
        return {name: lane.load(now) for name, lane in self._lanes.items()}

    def whose(self, request: LenderRequest, now: float) -> str:
        """The phone of the borrower whose token a request carries.

        Raises:
            Refused: TOKEN_INVALID.
        """
        return self._tokens.phone(request, now)

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What the lender says to `request` when it arrives at Unix second `now`. Never raises."""
        try:
            endpoint = _route(request)
        except Refused as refused:
            return refusal(refused)
        service = self._servers.serve(endpoint, self.faults, now)
        if service.fate is Fate.BROKEN:
            return LenderAnswer(status=0, after=service.after, broken=True)
        if service.fate is Fate.SHED:
            return refusal(Refused(Code.SYSTEM_BUSY, status=503)).leaving(service.after)
        try:
            answer = self._endpoints[endpoint](request, now + service.after)
        except Refused as refused:
            answer = refusal(refused)
        return answer.leaving(service.after)

    def _applicant(self, request: LenderRequest, now: float) -> Applicant:
        return self._applicants.find(self._tokens.phone(request, now))

    def _login(self, request: LenderRequest, now: float) -> LenderAnswer:
        body = read(request.body, LoginBody)
        if body.password != self._world.password:
            raise Refused(Code.PASSWORD_WRONG)
        self._behaviour.logged_in(body.phone, body.device_id, now)
        return accepted({"token": self._tokens.issue(body.phone, now)})

    def _quota(self, request: LenderRequest, now: float) -> LenderAnswer:
        shown = money(self._applicant(request, now).limit)
        return accepted({"total": shown, "available": shown})

    def _quote(self, request: LenderRequest, now: float) -> LenderAnswer:
        applicant = self._applicant(request, now)
        body = read(request.body, QuoteBody)
        return accepted(self._quotes.make(applicant, body, self._applicants.bank(body.card), now).public())

    def _submit(self, request: LenderRequest, now: float) -> LenderAnswer:
        phone = self._tokens.phone(request, now)
        key = request.header("Idempotency-Key")
        if not key:
            raise bad_request("the header Idempotency-Key is required")
        body = read(request.body, DrawdownBody)
        parameters = (body.quote_id, body.amount)
        replayed = self._ledger.replay(phone, key, parameters)
        if replayed is not None:
            return replayed
        answer, loan = self._decide(self._quotes.find(phone, body), now)
        self._ledger.store(phone, key, Entry(parameters=parameters, answer=answer, loan=loan), now)
        return answer

    def _decide(self, quote: Quote, now: float) -> tuple[LenderAnswer, str]:
        """Draw or refuse: the answer, and the loan if there is one. A worker that dies leaves nothing behind."""
        if not quote.applicant.steady and self._servers.crashes():
            raise Refused(Code.INTERNAL_ERROR, status=500)
        try:
            self._check(quote, now)
        except Refused as refused:
            return refusal(refused), ""
        loan = self._open(quote, now)
        return accepted({"loan_id": loan.id, "status": loan.status(now)}, status=202), loan.id

    def _check(self, quote: Quote, now: float) -> None:
        applicant = quote.applicant
        self._behaviour.check_submit(applicant.phone, applicant.tier, now)
        if applicant.scored_out:
            raise Refused(Code.RISK_REJECT)
        check_identity(applicant, quote.slices, self.faults, now)
        real = real_limit(applicant, quote.slices, self.faults, now)
        check_limit(quote.amount, shown=applicant.limit, real=real)

    def _open(self, quote: Quote, now: float) -> Loan:
        audited_at = now + self._world.audit
        lane = self._lanes[quote.channel]
        payout = lane.pay(quote.slices, self.faults, audited_at, steady=quote.applicant.steady)
        if quote.card_closed and payout.failure is None:
            payout = replace(payout, failure=Code.BAD_ACCOUNT)
        loan = Loan(
            id=self._ledger.next_id(),
            phone=quote.applicant.phone,
            amount=quote.amount,
            channel=quote.channel,
            audited_at=audited_at,
            payout=payout,
        )
        self._ledger.open(loan, now)
        return loan

    def _payout(self, request: LenderRequest, now: float) -> LenderAnswer:
        phone = self._tokens.phone(request, now)
        loan = self._ledger.find(request.path.removeprefix(_LOAN_PATH), phone)
        if loan is None:
            raise Refused(Code.NOT_FOUND, status=404)
        return accepted(_state(loan, now))

    def _reverse(self, request: LenderRequest, now: float) -> LenderAnswer:
        phone = self._tokens.phone(request, now)
        body = read(request.body, ReversalBody)
        return accepted({"status": self._ledger.reverse(phone, body.idempotency_key, now)})


def _state(loan: Loan, now: float) -> Mapping[str, Any]:
    state: dict[str, Any] = {"loan_id": loan.id, "status": loan.status(now), "channel": loan.channel}
    failure = loan.payout.failure
    if failure is None or state["status"] != "LOAN_FAILED":
        return {**state, "fail_code": None}
    return {**state, "fail_code": failure.value, **words(failure)}
