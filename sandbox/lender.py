"""The lender: a function of (request, now) over its parts, deterministic under a seed.

login → quota → quote → submit under an idempotency key → poll → reversal when asked. Each is a plain call on values;
`answer` is the same over HTTP. A request takes its time at the servers first; the decision is made when they are done.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from sandbox.answers import Answer, TurnedAway, no
from sandbox.applicants import Applicant, Applicants, Card
from sandbox.channels import Lane, Payout
from sandbox.checks import Checks
from sandbox.endpoints import Endpoints
from sandbox.fault import Fault, FaultKind, Faults, Trouble
from sandbox.identity.check import Check
from sandbox.identity.identity import Identity
from sandbox.ledger import Books, Entry, Ledger, Loan, LoanState
from sandbox.quotes import Quote, Quotes
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


class Lender:
    """Answers calls that come in about the order of time; `now` is when one arrives (Unix seconds). Money is in
    hundredths of a currency unit. Whoever calls is logged in. Faults act by their own times; they are replaced as a
    whole, never changed. With books for the `known` alone it remembers nothing of others: nobody must ask about them.
    """

    def __init__(
        self, world: World | None = None, *, seed: int = 0, faults: tuple[Fault, ...] = (), books: Books = Books.ALL
    ) -> None:
        self.world = world or World()
        self.applicants = Applicants(self.world)
        self._faults = Faults(faults)
        self._servers = Servers(self.world.servers, self._faults.only(SERVER_FAULTS), seed=seed)
        self._lanes = {channel.name: Lane(channel, seed=seed) for channel in self.world.channels}
        self._routes = {bank.name: bank.routes for bank in self.world.banks}
        self._checks = Checks(self.world, self.applicants)
        self._ledger = Ledger(self.world.memory)
        self._remembers_all = books is Books.ALL
        self.on_refusal: OnRefusal = _unheard
        self._endpoints = Endpoints(self, Tokens(seed=seed), Quotes(self.world.memory))
        self._quoted = 0

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self._faults.all

    @faults.setter
    def faults(self, faults: tuple[Fault, ...]) -> None:
        self._faults = Faults(faults)
        self._servers.faults = self._faults.only(SERVER_FAULTS)

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
        return Answer(after, self._available(applicant, now + after))

    def quote(self, applicant: Applicant, now: float, *, cents: int, card: Card) -> Answer:
        """A `Quote`."""
        try:
            after = self._servers.serve("quote", now, applicant)
            way = self._way(card, now + after) if self._faults.all else card
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            return no(refused, after)
        self._quoted += 1
        return Answer(after, Quote(self._quoted, applicant, cents, way))

    def submit(self, applicant: Applicant, now: float, *, key: str, quote: Quote) -> Answer:
        """A `LoanState` with the status 202, or why not. The same key and quote get the same answer again."""
        try:
            after = self._servers.serve("submit", now, applicant)
            return self._draw(key, quote, now + after, after)
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            return no(refused, after)

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
        try:
            after = self._servers.serve("reverse", now, applicant)
        except TurnedAway as turned_away:
            return turned_away.answer
        return Answer(after, self._ledger.reverse(applicant.phone, key, now + after))

    def refuse(self, endpoint: str, refused: Refused, now: float) -> Answer:
        """A request that nobody's work begins on takes its time at the servers all the same."""
        try:
            return no(refused, self._servers.serve(endpoint, now))
        except TurnedAway as turned_away:
            return turned_away.answer

    def _identified(self, applicant: Applicant, now: float, act: Callable[[Identity, float], Check]) -> Answer:
        identity = self._checks.identity
        try:
            after = self._servers.serve("identity", now, applicant)
            return Answer(after, act(identity, now + after))
        except TurnedAway as turned_away:
            return turned_away.answer
        except Refused as refused:
            trouble = identity.trouble(applicant, self._faults)
            return no(refused, after, silent=_is_silent(applicant, trouble, now + after))

    def _way(self, card: Card, now: float) -> Card:
        """A card as it is paid now: around a channel that is known to be closed, by the bank's next best.

        Raises:
            Refused: CHANNEL_MAINTENANCE, there is no way around.
        """
        if not self._closed(card.channel, card.bank, now):
            return card
        routes = self._routes[card.bank]
        others = [channel for channel in routes if not self._closed(channel, card.bank, now)]
        if not others:
            raise Refused(Code.CHANNEL_MAINTENANCE)
        return msgspec.structs.replace(card, channel=max(others, key=routes.__getitem__))

    def _closed(self, channel: str, bank: str, now: float) -> bool:
        return self._faults.strength(FaultKind.MAINTENANCE, {"channel": channel, "bank": bank}, now) > 0

    def _draw(self, key: str, quote: Quote, now: float, after: float) -> Answer:
        if not self._remembers(quote.applicant):
            return self._decide(quote, now, after)
        phone = quote.applicant.phone
        stored = self._ledger.replay(phone, key, quote, now)
        if stored is not None:
            return msgspec.structs.replace(stored, after=after, replayed=True)
        answer = self._decide(quote, now, after)
        loan = answer.content.loan.id if answer.code is None else ""
        self._ledger.store(phone, key, Entry(quote, answer, loan, now), now)
        return answer

    def _decide(self, quote: Quote, now: float, after: float) -> Answer:
        """Draw or refuse. A worker that dies leaves nothing behind.

        Raises:
            Refused: INTERNAL_ERROR.
        """
        trouble = self._trouble(quote, now)
        if self._servers.crashes(trouble, now, steady=quote.applicant.steady):
            raise Refused(Code.INTERNAL_ERROR, status=500)
        try:
            self._checks.check(quote, trouble, now, shown=self._available(quote.applicant, now))
        except Refused as refused:
            self.on_refusal(refused.code, quote.applicant, now)
            return no(refused, after, silent=_is_silent(quote.applicant, trouble, now))
        loan = self._open(quote, trouble, now)
        return Answer(after, LoanState(loan, loan.status(now)), status=202)

    def _trouble(self, quote: Quote, now: float) -> Trouble | None:
        """What is wrong for a drawdown that is decided at `now` and paid out a little later."""
        if self._faults.all and (self._faults.at_work(now) or self._faults.at_work(now + self.world.audit)):
            return self._faults.at(quote.slices)
        return None

    def _available(self, applicant: Applicant, now: float) -> int:
        """The credit that is left to him. One whom the lender knows by name may draw again and again."""
        if applicant.steady or not self._remembers_all:
            return applicant.limit
        return max(0, applicant.limit - self._ledger.exposure(applicant.phone, now))

    def _open(self, quote: Quote, trouble: Trouble | None, now: float) -> Loan:
        audited_at = now + self.world.audit
        payout = self._lanes[quote.card.channel].pay(
            quote.card.bank, audited_at, trouble, steady=quote.applicant.steady
        )
        if quote.card.closed and not quote.applicant.steady and payout.failure is None:
            payout = Payout(payout.ends_at, Code.BAD_ACCOUNT)
        loan = Loan(
            id=self._ledger.next_id(),
            phone=quote.applicant.phone,
            cents=quote.cents,
            channel=quote.card.channel,
            audited_at=audited_at,
            payout=payout,
            silent=_is_silent(quote.applicant, trouble, now),
        )
        if self._remembers(quote.applicant):
            self._ledger.open(loan, now)
        return loan

    def _remembers(self, applicant: Applicant) -> bool:
        return self._remembers_all or applicant.steady


def _is_silent(applicant: Applicant, trouble: Trouble | None, now: float) -> bool:
    """Whether nobody would tell the borrower why he is refused."""
    return trouble is not None and applicant.place < trouble.strength(FaultKind.UNEXPLAINED, now)
