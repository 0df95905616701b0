"""Quotes: what a drawdown would cost and by which channel it would be paid out. Nothing is drawn yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sandbox.applicants import Applicant
from sandbox.chance import choose, shares_of
from sandbox.memory import Memory
from sandbox.wire import DrawdownBody, QuoteBody, bad_request, check_amount, money
from sandbox.world import Bank

_FEE = Decimal("0.015")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`slices` are the attributes by which policies, limits and faults single a drawdown out."""

    id: str
    applicant: Applicant
    amount: Decimal
    slices: Mapping[str, str]
    card_closed: bool

    @property
    def channel(self) -> str:
        return self.slices["channel"]

    def public(self) -> Mapping[str, str]:
        """What the borrower is told."""
        fee = money(self.amount * _FEE)
        return {"quote_id": self.id, "fee": fee, "channel": self.channel, "bank": self.slices["bank"]}


class Quotes:
    """Makes quotes and keeps them for a while."""

    def __init__(self, memory: float) -> None:
        self._quotes: Memory[str, Quote] = Memory(memory)
        self._made = 0

    def make(self, applicant: Applicant, body: QuoteBody, bank: Bank, now: float) -> Quote:
        """Route the payout of a card: by the bank's weights, the same way each time.

        Raises:
            Refused: BAD_REQUEST, the amount is no sum of money.
        """
        check_amount(body.amount)
        route, state, *_ = shares_of(f"card/{body.card}")
        self._made += 1
        quote = Quote(
            id=f"quote-{self._made:08d}",
            applicant=applicant,
            amount=body.amount,
            slices={"channel": choose(bank.routes.items(), route), "bank": bank.name, "tier": applicant.tier},
            card_closed=state < bank.closed_cards and not applicant.steady,
        )
        self._quotes.put(quote.id, quote, now)
        return quote

    def find(self, phone: str, body: DrawdownBody) -> Quote:
        """The borrower's own quote that a drawdown is based on.

        Raises:
            Refused: BAD_REQUEST, there is none or it is for another amount.
        """
        quote = self._quotes.get(body.quote_id)
        if quote is None or quote.applicant.phone != phone:
            raise bad_request("there is no such quote - at `$.quote_id`")
        if quote.amount != body.amount:
            raise bad_request("the amount is not the quoted one - at `$.amount`")
        return quote
