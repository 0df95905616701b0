"""What the lender knows of a borrower: a function of his phone, so that nobody needs to be stored."""

import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sandbox.chance import Weights, chance_of, chances_of, number_of
from sandbox.limits import granted, raised
from sandbox.scheme import Code
from sandbox.scorecard import CARD, cut_off, family, feature, features, log_odds
from sandbox.wire import Refused
from sandbox.world import Account, World

_TIER, _LIMIT, _PLACE, _ROUTE, _CLOSED, _NAME, _REGION, _APP, _DEVICES = range(1, 10)
_FEATURES = tuple(range(10, 10 + len(CARD)))
_DOCUMENT = 30
_HISTORY, _SUSPICION = range(20, 22)
_SAMPLE = 16_384
_TWO_DEVICES, _MANY_DEVICES = 0.90, 0.98
_MIDDLE = 0.49
"""Where an account stands that the lender knows: what hits half of all borrowers hits it, what hits a few does not."""
_AGAIN, _MOST_REPAID = 0.6, 12
"""The share of borrowers who have repaid a loan, and of those who have repaid another one, and so on."""


class Applicant(msgspec.Struct, frozen=True, gc=False):
    """`limit` is the credit that the lender shows him, in hundredths of a currency unit; `margin` how far his log-odds
    of default are from where he is declined; `devices` those that he used lately; `repaid` the loans that he paid
    back in time, none when he is new; `suspicion` in [0, 1) how odd he looks to fraud rules; `place` in [0, 1) where he
    stands when a policy is switched on for a share of borrowers; his identity document may have expired (`id_expired`).
    Chance never refuses a `steady` one. To others he is known by the `alias`, a number.
    """

    phone: str
    alias: int
    tier: str
    limit: int
    region: str = ""
    app: str = ""
    margin: float = math.inf
    devices: int = 1
    place: float = 0.0
    repaid: int = 0
    suspicion: float = 0.0
    id_expired: bool = False
    steady: bool = False


class Card(msgspec.Struct, frozen=True, gc=False):
    """A card by which one can be paid: of which bank, by which channel, and whether it is `closed` to payouts."""

    bank: str
    channel: str
    closed: bool


class Applicants:
    """The borrowers of a world and their cards, one by one or many at once: either way they are the same."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tiers = Weights((tier.name, tier.share) for tier in world.tiers)
        self._regions, self._apps = Weights(world.regions.items()), Weights(world.apps.items())
        self._lowest = np.array([tier.lowest_limit for tier in world.tiers])
        self._highest = np.array([tier.highest_limit for tier in world.tiers])
        risks = _risks(np.arange(_SAMPLE, dtype=np.uint64))
        self._cut_offs = np.array([cut_off(tier.declined, risks) for tier in world.tiers])
        self._closed = {bank.name: bank.closed_cards for bank in world.banks}
        self._routes = {bank.name: Weights(bank.routes.items()) for bank in world.banks}
        self._accounts = {account.phone: account for account in world.accounts}

    def find(self, phone: str) -> Applicant:
        """Who has this phone; everybody has a file."""
        account = self._accounts.get(phone)
        if account is not None:
            return _known(account)
        return next(self._people([phone], np.array([number_of(phone)], dtype=np.uint64)))

    def block(self, first: int, count: int) -> Iterator[Applicant]:
        """Those whose phones are `count` numbers from `first` on."""
        numbers = np.arange(first, first + count, dtype=np.uint64)
        return self._people([str(number) for number in numbers.tolist()], numbers)

    def family(self, applicant: Applicant) -> str:
        """The family of reasons that speaks most against an applicant."""
        number = number_of(applicant.phone)
        return family([feature(chance_of(number, about)) for about in _FEATURES])

    def card(self, text: str) -> Card:
        """The card that a text like `6222-icbc-0001` names; its payouts take the same way each time.

        Raises:
            Refused: BAD_ACCOUNT, no bank that payouts are made to.
        """
        bank = next((part for part in text.split("-") if part in self._routes), None)
        if bank is None:
            raise Refused(Code.BAD_ACCOUNT)
        return next(self.cards(number_of(text.rpartition("-")[2]), [bank]))

    def cards(self, first: int, banks: Sequence[str]) -> Iterator[Card]:
        """Cards with the numbers from `first` on, one of each bank in `banks`."""
        numbers = np.arange(len(banks), dtype=np.uint64) + np.uint64(first)
        routes, states = chances_of(numbers, _ROUTE), chances_of(numbers, _CLOSED).tolist()
        channels = {name: weights.choose_each(routes) for name, weights in self._routes.items()}
        for at, (bank, state) in enumerate(zip(banks, states, strict=True)):
            yield Card(bank, channels[bank][at], state < self._closed[bank])

    def _people(self, phones: Sequence[str], numbers: NDArray[np.uint64]) -> Iterator[Applicant]:
        """Who has these phones, whose numbers are `numbers`. Columns are in the order of an applicant's fields."""
        tiers = self._tiers.places(chances_of(numbers, _TIER))
        risks, wish = _risks(numbers), chances_of(numbers, _LIMIT)
        highest, repaid = self._highest[tiers], _repaid(numbers)
        limits = raised(granted(self._lowest[tiers], highest, wish=wish, log_odds=risks), highest, repaid)
        devices = chances_of(numbers, _DEVICES)
        columns = (
            phones,
            (chances_of(numbers, _NAME) * 1e12).astype(np.int64).tolist(),
            self._tiers.names_at(tiers),
            (100 * limits).tolist(),
            self._regions.choose_each(chances_of(numbers, _REGION)),
            self._apps.choose_each(chances_of(numbers, _APP)),
            (self._cut_offs[tiers] - risks).tolist(),
            (1 + (devices >= _TWO_DEVICES) + (devices >= _MANY_DEVICES)).tolist(),
            chances_of(numbers, _PLACE).tolist(),
            repaid.tolist(),
            chances_of(numbers, _SUSPICION).tolist(),
            (chances_of(numbers, _DOCUMENT) < self._world.identity.expired_documents).tolist(),
        )
        return map(Applicant, *columns)


def _repaid(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Loans that were repaid in time."""
    left = np.maximum(chances_of(numbers, _HISTORY), _AGAIN**_MOST_REPAID)
    return (np.log(left) / math.log(_AGAIN)).astype(np.int64)


def _risks(numbers: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Log-odds of default."""
    return log_odds([features(chances_of(numbers, about)) for about in _FEATURES])


def _known(account: Account) -> Applicant:
    return Applicant(account.phone, 0, account.tier, 100 * account.limit, place=_MIDDLE, steady=True)
