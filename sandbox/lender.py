"""The lender: a function of (request, now) over its parts, deterministic under a seed.

login → quota → quote → submit under an idempotency key → poll → reversal when asked. Each is a plain call on values;
`answer` is the same over HTTP. A request takes its time at the servers first; the decision is made when they are done.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from sandbox.answers import Answer, TurnedAway, no
from sandbox.applicants import Applicant, Applicants, Card
from sandbox.checks import Checks
from sandbox.credits import Credits
from sandbox.endpoints import Endpoints
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults, Trouble
from sandbox.identity.check import Check
from sandbox.identity.identity import Identity
from sandbox.ledger import Entry, Ledger, Loan, LoanState
from sandbox.payouts import Payouts
from sandbox.quotes import Quote, Quotes
from sandbox.release import has_new_codes, missing
from sandbox.scheme import Code
from sandbox.servers import FAULTS as SERVER_FAULTS
from sandbox.servers import Servers
from sandbox.tokens import Tokens
from sandbox.wire import LenderAnswer, LenderRequest, Refused
from sandbox.workers import Load
from sandbox.world import World

OnRefusal = Callable[[Code, Applicant, float], None]
"""Is told of each drawdown that a rule refuses: the code, whose it is, when."""


def _unheard(_code: Code, _applicant: Applicant, _now: float) -> None:
    """Nobody wants to know."""


OnPayout = Callable[[Loan], None]
"""Is told of each loan when it is known when its payout will be heard of; again when that has changed."""


def _unwatched(_loan: Loan) -> None:
    """Nobody wants to know."""


class Lender:
    """Answers calls that come in about the order of time; `now` is when one arrives (Unix seconds). Money is in
    hundredths of a currency unit. Whoever calls is logged in. Faults act by their own times; they are replaced as a
    whole, never changed.
    """

    def __init__(self, world: World | None = None, *, seed: int = 0, faults: tuple[Fault, ...] = ()) -> None:
        self.world = world or World()
        self.applicants = Applicants(self.world)
        self._servers = Servers(self.world.servers, Faults(), seed=seed)
        self._checks = Checks(self.world, self.applicants, seed=seed)
        self._payouts = Payouts(self.world, seed=seed)
        self._ledger = Ledger(self.world.memory)
        self._credits = Credits(self.world, self._ledger)
        self.on_refusal: OnRefusal = _unheard
        self.on_payout: OnPayout = _unwatched
        self._endpoints = Endpoints(self, Tokens(seed=seed), Quotes(self.world.memory))
        self._quoted = 0
        self.faults = faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self._faults.all

    @faults.setter
    def faults(self, faults: tuple[Fault, ...]) -> None:
        self._faults = Faults(faults)
        self._servers.faults = self._faults.only(SERVER_FAULTS)
        self._payouts.disturb(self._faults)
        self._renaming = self._faults.only({FaultKind.FIELDS_RENAMED})

    def change_faults(self, faults: tuple[Fault, ...], now: float) -> None:
        """Replace the faults at `now`, while payouts are on their way of which the lender has not heard."""
        self.faults = faults
        for loan in self._payouts.hearing.again(self.loan, now):
            self._ledger.revise(loan)
            self.on_payout(loan)

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

    def latest_loans(self) -> Iterator[Loan]:
        """The same, newest first."""
        return self._ledger.latest()

    def latest_checks(self) -> Iterator[Check]:
        """The identity checks that are remembered, newest first: of each borrower the last."""
        return self._checks.identity.latest()

    def server_load(self, now: float) -> Load:
        return self._servers.load(now)

    def bureau_load(self, now: float) -> Load:
        return self._checks.bureau.load(now)

    def channel_loads(self, now: float) -> Mapping[str, Load]:
        """How busy each channel's connections are."""
        return self._payouts.loads(now)

    def whose(self, request: LenderRequest, now: float) -> str:
        """The phone of the borrower whose token a request carries.

        Raises:
            Refused: TOKEN_INVALID.
        """
        return self._endpoints.whose(request, now)

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What the lender says to a request over HTTP. Never raises."""
        return self._endpoints.answer(request, now)

    def login(self, applicant: Applicant, now: float, *, password: str, device: str = "") -> Answer:
        """Nothing, or PASSWORD_WRONG. A `device` is one that the lender has not seen yet, if it is named."""
        try:
            after = self._servers.serve("login", now, applicant)
        except TurnedAway as turned_away:
            return turned_away.answer
        if password != self.world.password:
            return no(Refused(Code.PASSWORD_WRONG), after)
        if device:
            self._checks.behaviour.logged_in(applicant.phone, device, now + after)
        return Answer(after)

    def quota(self, applicant: Applicant, now: float) -> Answer:
        """The credit that is shown."""
        try:
            after = self._servers.serve("quota", now, applicant)
        except TurnedAway as turned_away:
            return turned_away.answer
        answer = Answer(after, self._credits.of(applicant, now + after).available)
        return self._renamed(answer, "quota", applicant, now) if self._renaming.all else answer

    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer:
        """A `Quote`."""
        try:
            after = self._servers.serve("quote", now, applicant)
            way = self._payouts.way(card, now + after)
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            trouble = self._trouble(Quote(0, applicant, cents, card), now + after)
            return no(refused, after, renamed=has_new_codes(applicant, trouble, now + after))
        self._quoted += 1
        answer = Answer(after, Quote(self._quoted, applicant, cents, way))
        return self._renamed(answer, "quote", applicant, now) if self._renaming.all else answer

    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer:
        """A `LoanState` with the status 202, or why not. The same key and quote get the same answer again; what has no
        key is not remembered.
        """
        try:
            after = self._servers.serve("submit", now, applicant)
            answer = self._draw(key, quote, now + after, after)
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            return self._refuse(refused, quote, now + after, after)
        return self._renamed(answer, "submit", applicant, now) if self._renaming.all else answer

    def see_check(self, applicant: Applicant, now: float, *, check: str) -> Answer:
        """An identity `Check` that the borrower was asked for."""
        return self._identified(applicant, now, lambda identity, _: identity.find(applicant.phone, check))

    def begin_check(self, applicant: Applicant, now: float, *, check: str) -> Answer:
        """The `Check`, begun."""
        return self._identified(applicant, now, lambda identity, at: identity.begin(applicant.phone, check, at))

    def prove(self, applicant: Applicant, now: float, *, check: str, proof: str) -> Answer:
        """The `Check`, passed, or IDENTITY_FAILED and how many tries are left."""
        faults = self._faults
        return self._identified(
            applicant, now, lambda identity, at: identity.prove(applicant, check, at, proof=proof, faults=faults)
        )

    def status(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer:
        """A `LoanState`."""
        try:
            after = self._servers.serve("payout", now, applicant)
        except TurnedAway as turned_away:
            return turned_away.answer
        return Answer(after, self._ledger.state(loan, now + after))

    def reverse(self, applicant: Applicant, now: float, *, key: str) -> Answer:
        """A `Reversal`."""
        return self._served("reverse", applicant, now, lambda at: self._ledger.reverse(applicant.phone, key, at))

    def repay(self, applicant: Applicant, now: float, *, loan: Loan) -> Answer:
        """A `Repayment`, or NOTHING_OWED."""
        return self._served("repay", applicant, now, lambda at: self._credits.repay(applicant, loan, at))

    def refuse(self, endpoint: str, refused: Refused, now: float) -> Answer:
        """A request that nobody's work begins on takes its time at the servers all the same."""
        try:
            return no(refused, self._servers.serve(endpoint, now))
        except TurnedAway as turned_away:
            return turned_away.answer

    def _served(self, endpoint: str, applicant: Applicant, now: float, act: Callable[[float], object]) -> Answer:
        """What `act` gives when the servers are done."""
        try:
            after = self._servers.serve(endpoint, now, applicant)
            return Answer(after, act(now + after))
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            return no(refused, after)

    def _identified(self, applicant: Applicant, now: float, act: Callable[[Identity, float], Check]) -> Answer:
        identity = self._checks.identity
        try:
            after = self._servers.serve("identity", now, applicant)
            return Answer(after, act(identity, now + after))
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            trouble, at = identity.trouble(applicant, self._faults), now + after
            silent, renamed = _is_silent(applicant, trouble, at), has_new_codes(applicant, trouble, at)
            return no(refused, after, silent=silent, renamed=renamed)

    def _renamed(self, answer: Answer, endpoint: str, applicant: Applicant, now: float) -> Answer:
        """An answer as it is written when it leaves."""
        if answer.code is not None:
            return answer
        field = missing(endpoint, applicant, self._renaming, now + answer.after)
        return msgspec.structs.replace(answer, missing=field)

    def _draw(self, key: str, quote: Quote, now: float, after: float) -> Answer:
        if not key:
            return self._decide(quote, now, after)
        phone = quote.applicant.phone
        stored = self._ledger.replay(phone, key, quote, now)
        if stored is not None:
            return msgspec.structs.replace(stored, after=after, replayed=True)
        answer = self._decide(quote, now, after)
        loan = answer.content.loan if answer.code is None else None
        if loan is not None:
            self._ledger.open(loan, now)
        self._ledger.store(phone, key, Entry(quote, answer, loan.id if loan else "", now - after + answer.after), now)
        return answer

    def _decide(self, quote: Quote, now: float, after: float) -> Answer:
        """Draw or refuse. A worker that dies leaves nothing behind.

        Raises:
            Refused: INTERNAL_ERROR.
        """
        trouble = self._trouble(quote, now)
        if self._servers.crashes(trouble, now, steady=quote.applicant.steady):
            raise Refused(Code.INTERNAL_ERROR, status=500)
        verdict = self._checks.check(quote, trouble, now, credit=self._credits.of(quote.applicant, now))
        after += verdict.at - now
        if verdict.refused is not None:
            self.on_refusal(verdict.refused.code, quote.applicant, verdict.at)
            return self._refuse(verdict.refused, quote, verdict.at, after)
        loan = self._open(quote, trouble, verdict.at)
        return Answer(after, LoanState(loan, loan.status(verdict.at)), status=202)

    def _refuse(self, refused: Refused, quote: Quote, now: float, after: float) -> Answer:
        """What is said of a drawdown that was refused at `now`."""
        trouble = self._trouble(quote, now)
        silent = _is_silent(quote.applicant, trouble, now)
        return no(refused, after, silent=silent, renamed=has_new_codes(quote.applicant, trouble, now))

    def _trouble(self, quote: Quote, now: float) -> Trouble | None:
        """What is wrong for a drawdown that comes at `now`, from the last run of a job until it is paid out."""
        if not self._faults.all:
            return None
        world = self.world
        since, until = now - world.rules.fraud_job, now + world.bureau.timeout + world.audit
        return self._faults.at(quote.slices) if self._faults.may_act(since, until) else None

    def _open(self, quote: Quote, trouble: Trouble | None, now: float) -> Loan:
        who, loan_id, audited_at = quote.applicant, self._ledger.next_id(), now + self.world.audit
        payout = self._payouts.pay(quote, trouble, audited_at, loan_id=loan_id)
        loan = Loan(loan_id, who.phone, quote.cents, quote.card.channel, audited_at, payout)
        if trouble is not None:
            silent, renamed = _is_silent(who, trouble, now), has_new_codes(who, trouble, now)
            if silent or renamed:
                loan = msgspec.structs.replace(loan, silent=silent, renamed=renamed)
        self.on_payout(loan)
        return loan


def _is_silent(applicant: Applicant, trouble: Trouble | None, now: float) -> bool:
    """Whether nobody would tell the borrower why he is refused."""
    return trouble is not None and applicant.place < trouble.strength(FaultKind.UNEXPLAINED, now)
