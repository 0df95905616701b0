"""The world that a lender works in, as frozen values: channels, banks, tiers, servers, rules. The defaults are a small,
healthy lender; everything that a scenario may want to differ is a field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


def _check_some(name: str, count: int) -> None:
    """Raises:
    ValueError: there are none.
    """
    if count < 1:
        raise ValueError(f"{name} must be 1 or more")


def _check_above_0(name: str, number: float) -> None:
    """Raises:
    ValueError: it is not.
    """
    if not number > 0:
        raise ValueError(f"{name} must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A payout channel. `connections` payouts run at once, the others queue for at most `patience` seconds. An answer
    takes `latency` seconds in the median (log-normal, `spread` its sigma); after `timeout` the lender gives up.

    Raises:
        ValueError: it has no connections.
    """

    name: str
    connections: int = 48
    latency: float = 0.6
    spread: float = 0.42
    timeout: float = 3.0
    patience: float = 1.5

    def __post_init__(self) -> None:
        _check_some("connections", self.connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A borrower's bank: its `share` of borrowers, the `routes` of its payouts (channel to weight), and the share of
    its cards that cannot be paid to.
    """

    name: str
    share: float
    routes: Mapping[str, float]
    closed_cards: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A credit tier: its share of borrowers, its limits in currency units, the share whose score is too low, how many
    devices more than others its borrowers may use, and whether their files are looked up at the credit bureau.

    Raises:
        ValueError: its highest limit is below its lowest.
    """

    name: str
    share: float
    lowest_limit: int
    highest_limit: int
    declined: float
    more_devices: int = 0
    looked_up: bool = True

    def __post_init__(self) -> None:
        if self.highest_limit < self.lowest_limit:
            raise ValueError("highest_limit must not be below lowest_limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditBureau:
    """A third party that knows borrowers' credit files. `connections` look-ups run at once, the others queue; an answer
    takes `latency` seconds in the median (log-normal, `spread` its sigma). After `timeout` seconds the lender gives up,
    before an app would; a file that it got is good for `fresh` seconds.

    Raises:
        ValueError: it has no connections, or takes no time, or is given none.
    """

    connections: int = 32
    latency: float = 0.15
    spread: float = 0.5
    timeout: float = 2.0
    fresh: float = 600.0

    def __post_init__(self) -> None:
        _check_some("connections", self.connections)
        _check_above_0("latency", self.latency)
        _check_above_0("timeout", self.timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elastic:
    """`step` workers more are ordered when more than the share `above` is busy and come `delay` seconds later, up to
    `most`; so many go when less than `below` is busy.
    """

    most: int = 64
    step: int = 16
    above: float = 0.85
    below: float = 0.3
    delay: float = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPool:
    """The lender's servers: `workers` requests at a time, more under load if they are `elastic`. A request takes the
    median seconds of its endpoint (log-normal, `spread` its sigma); one that would wait longer than `patience` seconds
    is shed at once.

    Raises:
        ValueError: there are no workers.
    """

    workers: int = 32
    seconds: Mapping[str, float] = field(
        default_factory=lambda: {
            "login": 0.1,
            "quota": 0.05,
            "quote": 0.07,
            "submit": 0.12,
            "identity": 0.1,
            "payout": 0.04,
            "reverse": 0.08,
            "repay": 0.08,
        }
    )
    spread: float = 0.3
    patience: float = 1.5
    elastic: Elastic | None = Elastic()
    failures: float = 0.001
    """Share of submits whose worker dies on them."""

    def __post_init__(self) -> None:
        _check_some("workers", self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Behaviour rules: more than `devices` of one borrower within `device_window` seconds, more than `burst` submits of
    one tier within `burst_window` seconds. A fraud job restricts the share `restricted` of accounts, those that look
    most suspicious, each time that it runs, every `fraud_job` seconds.

    Raises:
        ValueError: the job has no time between its runs.
    """

    devices: int = 3
    device_window: float = 600.0
    burst: int = 1000
    burst_window: float = 10.0
    restricted: float = 0.0005
    fraud_job: float = 60.0

    def __post_init__(self) -> None:
        _check_above_0("fraud_job", self.fraud_job)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecks:
    """Whoever is asked for one more identity check is asked by one of `methods` (each with its weight). He has `tries`
    answers and `valid` seconds from when he is asked; once passed, it holds for `holds` seconds. The share
    `expired_documents` of borrowers has an identity document that has expired.

    Raises:
        ValueError: nobody could be asked.
    """

    methods: Mapping[str, float] = field(default_factory=lambda: {"otp": 0.5, "face": 0.3, "id_upload": 0.2})
    valid: float = 300.0
    tries: int = 3
    holds: float = 1800.0
    expired_documents: float = 0.002

    def __post_init__(self) -> None:
        weights = self.methods.values()
        if min(weights, default=0.0) < 0 or not sum(weights) > 0:
            raise ValueError("methods must have weights of 0 or more, one of them above 0")
        if self.tries < 1:
            raise ValueError("tries must be 1 or more")
        if not self.valid > 0:
            raise ValueError("valid must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewers:
    """`count` people who look again at the share `looked_at` of what rules have blocked: `pace` seconds each, between
    the hours `opens` and `closes` of a day that is `utc_offset` seconds ahead of UTC. The share `errs` they decide
    wrongly.
    """

    count: int = 4
    pace: float = 60.0
    opens: float = 8.0
    closes: float = 22.0
    utc_offset: float = 28_800.0
    looked_at: float = 0.1
    errs: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A borrower whom the lender knows by name, such as a probe. Chance never refuses him: his payouts take a typical
    time, his score is good, his card is open. Rules and faults treat him like anybody: what is switched on for a share
    of borrowers hits him from a half on.
    """

    phone: str
    tier: str
    limit: int


class Signing(StrEnum):
    """How a client's requests are signed, and the answers to them."""

    NONE = "none"
    HMAC = "hmac"
    RSA2 = "rsa2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A partner that calls the lender over HTTP: the `secret` it shares with the lender for `hmac`, its own
    `public_key` (PEM) for `rsa2`, and the requests a second that it may send.
    """

    id: str
    signing: Signing = Signing.NONE
    secret: str = field(default="", repr=False)
    public_key: str = ""
    rate: float = 100.0


def _channels() -> tuple[Channel, ...]:
    return (Channel(name="alpha"), Channel(name="beta"), Channel(name="gamma", connections=36, latency=0.5))


def _banks() -> tuple[Bank, ...]:
    return (
        Bank(name="icbc", share=0.35, routes={"alpha": 1.0}, closed_cards=0.004),
        Bank(name="ccb", share=0.30, routes={"beta": 0.9, "alpha": 0.1}),
        Bank(name="cmb", share=0.20, routes={"gamma": 0.95, "beta": 0.05}, closed_cards=0.003),
        Bank(name="boc", share=0.15, routes={"gamma": 0.8, "beta": 0.2}, closed_cards=0.01),
    )


def _tiers() -> tuple[Tier, ...]:
    return (
        Tier(
            name="A",
            share=0.3,
            lowest_limit=20_000,
            highest_limit=50_000,
            declined=0.005,
            more_devices=1,
            looked_up=False,
        ),
        Tier(name="B", share=0.47, lowest_limit=5_000, highest_limit=20_000, declined=0.02),
        Tier(name="C", share=0.18, lowest_limit=1_000, highest_limit=5_000, declined=0.04),
        Tier(name="D", share=0.05, lowest_limit=500, highest_limit=1_000, declined=0.08),
    )


def _probe() -> Account:
    """Its credit is what it draws: a loan that is never given back costs little, and a limit that is cut is noticed."""
    return Account(phone="13800000001", tier="A", limit=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All of it. Every phone is a borrower's, all with one `password`; `accounts` are those that differ otherwise.

    Raises:
        ValueError: a time is less than nothing.
    """

    channels: tuple[Channel, ...] = field(default_factory=_channels)
    banks: tuple[Bank, ...] = field(default_factory=_banks)
    tiers: tuple[Tier, ...] = field(default_factory=_tiers)
    regions: Mapping[str, float] = field(
        default_factory=lambda: {"east": 0.4, "south": 0.3, "north": 0.18, "west": 0.12}
    )
    apps: Mapping[str, float] = field(default_factory=lambda: {"5.2": 0.6, "5.1": 0.25, "4.9": 0.1, "4.2": 0.05})
    """Versions of the app, by the share of borrowers who use them."""
    servers: ServerPool = field(default_factory=ServerPool)
    bureau: CreditBureau = field(default_factory=CreditBureau)
    rules: Rules = field(default_factory=Rules)
    identity: IdentityChecks = field(default_factory=IdentityChecks)
    reviewers: Reviewers = field(default_factory=Reviewers)
    accounts: tuple[Account, ...] = field(default_factory=lambda: (_probe(),))
    password: str = field(default="probe-password", repr=False)
    funder_daily: int = 50_000_000_000
    """Currency units that the funder gives in a day."""
    due: float = 2_592_000.0
    """Seconds after its payout until which a loan is repaid in time."""
    audit: float = 0.1
    """Seconds from an accepted submit until its payout is handed to a channel."""
    sweep: float = 600.0
    """Seconds between the lender's own questions to channels about payouts that it has heard nothing of; 0, it never
    asks.
    """
    memory: float = 10_800.0
    """Seconds after which loans, quotes and keys are forgotten: later than the last payout that is stuck."""
    clients: tuple[Client, ...] = ()
    anonymous: bool = True
    """Whether requests of no client are answered too."""

    def __post_init__(self) -> None:
        if not self.sweep >= 0:
            raise ValueError("sweep must be 0 or more")
