"""What the lender knows of a borrower: a function of his phone, so that nobody needs to be stored."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.chance import choose, shares_of
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Account, Bank, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """`limit` is the credit that the lender shows him; `place` in [0, 1) is where he stands when a policy is switched
    on for a share of borrowers; chance never refuses a `steady` one.
    """

    phone: str
    tier: str
    limit: Decimal
    scored_out: bool = False
    place: float = 0.0
    steady: bool = False


class Applicants:
    """The borrowers of a world."""

    def __init__(self, world: World) -> None:
        self._tiers = {tier.name: tier for tier in world.tiers}
        self._tier_shares = tuple((tier.name, tier.share) for tier in world.tiers)
        self._banks = {bank.name: bank for bank in world.banks}
        self._accounts = {account.phone: account for account in world.accounts}

    def find(self, phone: str) -> Applicant:
        """Who has this phone; everybody has a file."""
        account = self._accounts.get(phone)
        return self._stranger(phone) if account is None else _known(account)

    def bank(self, card: str) -> Bank:
        """The bank that a card like `6222-icbc-0001` names.

        Raises:
            Refused: BAD_ACCOUNT, no bank that payouts are made to.
        """
        for part in card.split("-"):
            if part in self._banks:
                return self._banks[part]
        raise Refused(Code.BAD_ACCOUNT)

    def _stranger(self, phone: str) -> Applicant:
        whose_tier, of_range, score, place = shares_of(f"applicant/{phone}")
        tier = self._tiers[choose(self._tier_shares, whose_tier)]
        hundreds = int(of_range * (tier.highest_limit - tier.lowest_limit) / 100)
        return Applicant(
            phone=phone,
            tier=tier.name,
            limit=Decimal(tier.lowest_limit + 100 * hundreds),
            scored_out=score < tier.declined,
            place=place,
        )


def _known(account: Account) -> Applicant:
    return Applicant(phone=account.phone, tier=account.tier, limit=Decimal(account.limit), steady=True)
