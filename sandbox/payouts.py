"""How money goes out: by which channel, when it is paid, and when the lender hears of it."""

from collections.abc import Mapping

import msgspec

from sandbox.applicants import Card
from sandbox.channels import Lane, Payout
from sandbox.fault import FaultKind
from sandbox.faults import Faults, Trouble
from sandbox.hearing import FAULTS, Hearing
from sandbox.quotes import Quote
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.workers import Load
from sandbox.world import World


class Payouts:
    """The channels of a world as the lender uses them. Its faults are replaced as a whole."""

    def __init__(self, world: World, *, seed: int) -> None:
        self.hearing = Hearing(Faults(), sweep=world.sweep, memory=world.memory, seed=seed)
        self._faults = Faults()
        self._lanes = {channel.name: Lane(channel, seed=seed) for channel in world.channels}
        self._routes = {bank.name: bank.routes for bank in world.banks}

    def disturb(self, faults: Faults) -> None:
        """From now on these faults act."""
        self._faults = faults
        self.hearing.faults = faults.only(FAULTS)

    def way(self, card: Card, now: float) -> Card:
        """A card as it is paid now: around a channel that is known to be closed, by the bank's next best.

        Raises:
            Refused: CHANNEL_MAINTENANCE, there is no way around.
        """
        if not self._faults.all or not self._closed(card.channel, card.bank, now):
            return card
        routes = self._routes[card.bank]
        others = [channel for channel in routes if not self._closed(channel, card.bank, now)]
        if not others:
            raise Refused(Code.CHANNEL_MAINTENANCE)
        return msgspec.structs.replace(card, channel=max(others, key=routes.__getitem__))

    def pay(self, quote: Quote, trouble: Trouble | None, at: float, *, loan_id: str) -> Payout:
        """Hand over the payout of a loan at `at`: how the lender will hear of it. A closed card cannot take it."""
        card, steady = quote.card, quote.applicant.steady
        payout = self._lanes[card.channel].pay(card.bank, at, trouble, steady=steady)
        if card.closed and not steady and payout.failure is None:
            payout = Payout(payout.ends_at, Code.BAD_ACCOUNT)
        if self.hearing.faults.all:
            return self.hearing.heard(loan_id, payout, where=quote.slices, now=at)
        return payout

    def loads(self, now: float) -> Mapping[str, Load]:
        """How busy each channel's connections are."""
        return {name: lane.load(now) for name, lane in self._lanes.items()}

    def _closed(self, channel: str, bank: str, now: float) -> bool:
        return self._faults.strength(FaultKind.MAINTENANCE, {"channel": channel, "bank": bank}, now) > 0
