"""What the lender knows of a borrower: a function of his phone, so that nobody needs to be stored."""

from collections.abc import Iterator

import msgspec
import numpy as np

from sandbox.chance import Weights, chance_of, chances_of, number_of
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Account, Tier, World

_TIER, _LIMIT, _SCORE, _PLACE, _ROUTE, _CLOSED, _NAME = range(1, 8)
_CHANCES = (_LIMIT, _SCORE, _PLACE, _NAME)


class Applicant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`limit` is the credit that the lender shows him, in hundredths of a currency unit; `place` in [0, 1) is where he
    stands when a policy is switched on for a share of borrowers; chance never refuses a `steady` one. To others he is
    known by his `pseudonym`.
    """

    phone: str
    pseudonym: str
    tier: str
    limit: int
    scored_out: bool = False
    place: float = 0.0
    steady: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A card by which one can be paid: of which bank, by which channel, and whether it is `closed` to payouts."""

    bank: str
    channel: str
    closed: bool


class Applicants:
    """The borrowers of a world and their cards, one by one or many at once: either way they are the same."""

    def __init__(self, world: World) -> None:
        self._tiers = {tier.name: tier for tier in world.tiers}
        self._tier_weights = Weights((tier.name, tier.share) for tier in world.tiers)
        self._closed = {bank.name: bank.closed_cards for bank in world.banks}
        self._routes = {bank.name: Weights(bank.routes.items()) for bank in world.banks}
        self._accounts = {account.phone: account for account in world.accounts}

    def find(self, phone: str) -> Applicant:
        """Who has this phone; everybody has a file."""
        account = self._accounts.get(phone)
        return self._stranger(phone) if account is None else _known(account)

    def card(self, text: str) -> Card:
        """The card that a text like `6222-icbc-0001` names; its payouts take the same way each time.

        Raises:
            Refused: BAD_ACCOUNT, no bank that payouts are made to.
        """
        bank = next((part for part in text.split("-") if part in self._routes), None)
        if bank is None:
            raise Refused(Code.BAD_ACCOUNT)
        number = number_of(text.rpartition("-")[2])
        channel = self._routes[bank].choose(chance_of(number, _ROUTE))
        return Card(bank=bank, channel=channel, closed=chance_of(number, _CLOSED) < self._closed[bank])

    def block(self, first: int, count: int) -> Iterator[Applicant]:
        """Those whose phones are `count` numbers from `first` on."""
        numbers = np.arange(first, first + count, dtype=np.uint64)
        tiers = [self._tiers[name] for name in self._tier_weights.names]
        chosen = self._tier_weights.choose_each(chances_of(numbers, _TIER)).tolist()
        chances = zip(*(chances_of(numbers, about).tolist() for about in _CHANCES), strict=True)
        for number, tier, chance in zip(numbers.tolist(), chosen, chances, strict=True):
            yield _applicant(str(number), tiers[tier], chance)

    def cards(self, first: int, banks: list[str]) -> Iterator[Card]:
        """Cards with the numbers from `first` on, one of each bank in `banks`."""
        numbers = np.arange(first, first + len(banks), dtype=np.uint64)
        routes, states = chances_of(numbers, _ROUTE), chances_of(numbers, _CLOSED).tolist()
        channels = {name: weights.choose_each(routes).tolist() for name, weights in self._routes.items()}
        for at, (bank, state) in enumerate(zip(banks, states, strict=True)):
            channel = self._routes[bank].names[channels[bank][at]]
            yield Card(bank=bank, channel=channel, closed=state < self._closed[bank])

    def _stranger(self, phone: str) -> Applicant:
        number = number_of(phone)
        tier = self._tiers[self._tier_weights.choose(chance_of(number, _TIER))]
        return _applicant(phone, tier, tuple(chance_of(number, about) for about in _CHANCES))


def _applicant(phone: str, tier: Tier, chances: tuple[float, ...]) -> Applicant:
    """`chances` are his numbers about `_CHANCES`."""
    of_range, score, place, name = chances
    hundreds = int(of_range * (tier.highest_limit - tier.lowest_limit) / 100)
    return Applicant(
        phone=phone,
        pseudonym=f"u-{int(name * 1e12)}",
        tier=tier.name,
        limit=100 * (tier.lowest_limit + 100 * hundreds),
        scored_out=score < tier.declined,
        place=place,
    )


def _known(account: Account) -> Applicant:
    return Applicant(
        phone=account.phone, pseudonym="u-known", tier=account.tier, limit=100 * account.limit, steady=True
    )
