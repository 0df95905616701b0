"""Quotes: what a drawdown would cost and by which channel it would be paid out. Nothing is drawn yet."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from sandbox.applicants import Applicant, Card
from sandbox.memory import Memory
from sandbox.wire import bad_request, units


class Quote(msgspec.Struct, frozen=True, gc=False):
    """`cents` is the amount in hundredths of a currency unit; no two quotes have the same `number`."""

    number: int
    applicant: Applicant
    cents: int
    card: Card

    @property
    def channel(self) -> str:
        return self.card.channel

    @property
    def amount(self) -> Decimal:
        return units(self.cents)

    @property
    def slices(self) -> Mapping[str, str]:
        """The attributes by which policies, limits and faults single a drawdown out."""
        who = self.applicant
        return {
            "channel": self.card.channel,
            "bank": self.card.bank,
            "tier": who.tier,
            "region": who.region,
            "app": who.app,
        }


class Quotes:
    """Gives quotes their ids and keeps them for a while."""

    def __init__(self, memory: float) -> None:
        self._quotes: Memory[str, Quote] = Memory(memory)

    def keep(self, quote: Quote, now: float) -> str:
        """The id by which a quote can be found again."""
        quote_id = f"quote-{quote.number:08d}"
        self._quotes.put(quote_id, quote, now)
        return quote_id

    def find(self, phone: str, quote_id: str, cents: int) -> Quote:
        """The borrower's own quote that a drawdown is based on.

        Raises:
            Refused: BAD_REQUEST, there is none or it is for another amount.
        """
        quote = self._quotes.get(quote_id)
        if quote is None or quote.applicant.phone != phone:
            raise bad_request("there is no such quote - at `$.quote_id`")
        if quote.cents != cents:
            raise bad_request("the amount is not the quoted one - at `$.amount`")
        return quote
