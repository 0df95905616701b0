"""What the lender knows of a borrower: a function of his phone, so that nobody needs to be stored."""

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from sandbox.chance import Weights, chance_of, chances_of, number_of
from sandbox.scheme import Code
from sandbox.scorecard import CARD, cut_offs, family, feature, log_odds, log_odds_of_each
from sandbox.wire import Refused
from sandbox.world import Account, World

_TIER, _LIMIT, _PLACE, _ROUTE, _CLOSED, _NAME, _REGION, _APP, _DEVICES = range(1, 10)
_FEATURES = tuple(range(10, 10 + len(CARD)))
_CHANCES = (_LIMIT, _PLACE, _NAME, _DEVICES)
_SAMPLE = 16_384
_TWO_DEVICES, _MANY_DEVICES = 0.90, 0.98


class Applicant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`limit` is the credit that the lender shows him, in hundredths of a currency unit; `margin` how far his log-odds
    of default are from where he is declined; `devices` those that he used lately; `place` in [0, 1) where he stands
    when a policy is switched on for a share of borrowers. Chance never refuses a `steady` one. To others he is known by
    his `pseudonym`.
    """

    phone: str
    pseudonym: str
    tier: str
    limit: int
    region: str = ""
    app: str = ""
    margin: float = math.inf
    devices: int = 1
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
        self._tiers = world.tiers
        tiers = Weights((tier.name, tier.share) for tier in world.tiers)
        regions, apps = Weights(world.regions.items()), Weights(world.apps.items())
        self._regions, self._apps = regions.names, apps.names
        self._kinds = ((tiers, _TIER), (regions, _REGION), (apps, _APP))
        sample = np.arange(_SAMPLE, dtype=np.uint64)
        risks = log_odds_of_each([chances_of(sample, about) for about in _FEATURES])
        self._cut_offs = cut_offs({tier.name: tier.declined for tier in world.tiers}, risks)
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
        places = (weights.choose_each(chances_of(numbers, about)) for weights, about in self._kinds)
        chosen = zip(*(column.tolist() for column in places), strict=True)
        risks = log_odds_of_each([chances_of(numbers, about) for about in _FEATURES]).tolist()
        chances = zip(*(chances_of(numbers, about).tolist() for about in _CHANCES), strict=True)
        for number, kinds, risk, chance in zip(numbers.tolist(), chosen, risks, chances, strict=True):
            yield self._applicant(str(number), kinds, risk, chance)

    def family(self, applicant: Applicant) -> str:
        """The family of reasons that speaks most against an applicant."""
        number = number_of(applicant.phone)
        return family([feature(chance_of(number, about)) for about in _FEATURES])

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
        kinds = tuple(weights.place(chance_of(number, about)) for weights, about in self._kinds)
        risk = log_odds([feature(chance_of(number, about)) for about in _FEATURES])
        return self._applicant(phone, kinds, risk, tuple(chance_of(number, about) for about in _CHANCES))

    def _applicant(self, phone: str, kinds: tuple[int, ...], risk: float, chances: tuple[float, ...]) -> Applicant:
        """`kinds` are his places in `_kinds`, `chances` his numbers about `_CHANCES`."""
        at, region, app = kinds
        of_range, place, name, devices = chances
        tier = self._tiers[at]
        hundreds = int(of_range * (tier.highest_limit - tier.lowest_limit) / 100)
        return Applicant(
            phone=phone,
            pseudonym=f"u-{int(name * 1e12)}",
            tier=tier.name,
            region=self._regions[region],
            app=self._apps[app],
            limit=100 * (tier.lowest_limit + 100 * hundreds),
            margin=self._cut_offs[tier.name] - risk,
            devices=1 + (devices >= _TWO_DEVICES) + (devices >= _MANY_DEVICES),
            place=place,
        )


def _known(account: Account) -> Applicant:
    return Applicant(
        phone=account.phone, pseudonym="u-known", tier=account.tier, limit=100 * account.limit, steady=True
    )
