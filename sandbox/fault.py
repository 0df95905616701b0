"""A fault as a value: what breaks, for whom, how much, from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drawdown.outcome import SLICES
from drawdown.reasons import Reason

SUBMITTED = (*SLICES, "region", "app")
"""The attributes of what is submitted; a monitor counts by the first three."""
CHECKED = (*SUBMITTED, "method")
"""The same and the method of an identity check, which no monitor sees."""


class FaultKind(StrEnum):
    """The mechanism that a fault disturbs."""

    __hash__ = str.__hash__  # an Enum's own is slow, and faults are looked up by their kinds at every step

    CHANNEL_TIMEOUT = "channel_timeout"
    CHANNEL_DOWN = "channel_down"
    CHANNEL_SQUEEZED = "channel_squeezed"
    CHANNEL_REJECTS = "channel_rejects"
    MAINTENANCE = "maintenance"
    PAYOUTS_STUCK = "payouts_stuck"
    PAYOUTS_LATE = "payouts_late"
    STEP_UP = "step_up"
    LIMIT_CUT = "limit_cut"
    SLOW_SERVERS = "slow_servers"
    SERVERS_DOWN = "servers_down"
    SERVERS_LOST = "servers_lost"
    SCALING_OFF = "scaling_off"
    INTERNAL_ERRORS = "internal_errors"
    BUREAU_DOWN = "bureau_down"
    BUREAU_SLOW = "bureau_slow"
    IDENTITY_FAILS = "identity_fails"
    IDENTITY_EXPIRES = "identity_expires"
    SCORE_CUT = "score_cut"
    REVIEW_HOLD = "review_hold"
    FRAUD_RULE = "fraud_rule"
    DEVICE_RULE = "device_rule"
    BURST_RULE = "burst_rule"
    FUNDER_CUT = "funder_cut"
    UNEXPLAINED = "unexplained"
    CODES_RENAMED = "codes_renamed"
    FIELDS_RENAMED = "fields_renamed"
    KEY_ROTATED = "key_rotated"
    CALLBACKS_LOST = "callbacks_lost"
    CALLBACKS_LATE = "callbacks_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What is fixed about a kind: the reason that a perfect monitor names, its usual strength, what `meaning` that
    number has, and by what it can be narrowed. `alone` is a slice that goes with no other; where there are
    `endpoints`, it acts on these.
    """

    reason: Reason
    strength: float
    meaning: str
    slices: tuple[str, ...] = SUBMITTED
    alone: str = ""
    endpoints: tuple[str, ...] = ()

    def misfit(self, where: Mapping[str, str]) -> str:
        """Why nobody can be in a slice whose names all fit, in words; empty where somebody can."""
        if self.alone in where and len(where) > 1:
            others = " and no ".join(name for name in self.slices if name != self.alone)
            return f"a {self.alone} has no {others}; leave one of them out"
        endpoint = where.get("endpoint")
        if self.endpoints and endpoint is not None and endpoint not in self.endpoints:
            return f"nothing of {endpoint} is changed, only of {', '.join(self.endpoints)}"
        return ""


FACTS: Mapping[FaultKind, KindFacts] = {
    FaultKind.CHANNEL_TIMEOUT: KindFacts(
        reason=Reason.GATEWAY_TIMEOUT, strength=20.0, meaning="a channel's answers take this many times longer"
    ),
    FaultKind.CHANNEL_DOWN: KindFacts(
        reason=Reason.GATEWAY_UNAVAILABLE, strength=1.0, meaning="a channel refuses connections when above 0"
    ),
    FaultKind.CHANNEL_SQUEEZED: KindFacts(
        reason=Reason.GATEWAY_CONGESTED,
        strength=0.95,
        meaning="share of a channel's connections that is gone",
        slices=("channel", "bank"),
    ),
    FaultKind.CHANNEL_REJECTS: KindFacts(
        reason=Reason.GATEWAY_REJECTED, strength=1.0, meaning="share of payouts whose form a channel does not take"
    ),
    FaultKind.MAINTENANCE: KindFacts(
        reason=Reason.GATEWAY_UNAVAILABLE,
        strength=1.0,
        meaning="a channel is closed and the lender knows when above 0: it pays by another where there is one",
        slices=("channel", "bank"),
    ),
    FaultKind.PAYOUTS_STUCK: KindFacts(
        reason=Reason.SETTLEMENT_STUCK, strength=1.0, meaning="share of payouts of which nothing is heard for two hours"
    ),
    FaultKind.PAYOUTS_LATE: KindFacts(
        reason=Reason.GATEWAY_TIMEOUT,
        strength=1.0,
        meaning="share of payouts given up that are paid all the same when the channel gets to them",
    ),
    FaultKind.STEP_UP: KindFacts(
        reason=Reason.IDENTITY_REQUIRED,
        strength=1.0,
        meaning="share of borrowers asked for one more identity check",
        slices=CHECKED,
    ),
    FaultKind.LIMIT_CUT: KindFacts(
        reason=Reason.LIMIT_REDUCED, strength=0.8, meaning="share of the limit that is taken away"
    ),
    FaultKind.SLOW_SERVERS: KindFacts(
        reason=Reason.SLOW_RESPONSE,
        strength=25.0,
        meaning="each request takes this many times longer",
        slices=("endpoint", "tier", "region", "app"),
    ),
    FaultKind.SERVERS_DOWN: KindFacts(
        reason=Reason.DEPENDENCY_DOWN,
        strength=1.0,
        meaning="connections are broken when above 0",
        slices=("endpoint", "tier", "region", "app"),
    ),
    FaultKind.SERVERS_LOST: KindFacts(
        reason=Reason.SLOW_RESPONSE, strength=0.8, meaning="share of the servers that is gone", slices=()
    ),
    FaultKind.SCALING_OFF: KindFacts(
        reason=Reason.SLOW_RESPONSE, strength=1.0, meaning="no servers are added under load when above 0", slices=()
    ),
    FaultKind.INTERNAL_ERRORS: KindFacts(
        reason=Reason.INTERNAL_ERROR, strength=0.5, meaning="share of submits that the lender fails on"
    ),
    FaultKind.BUREAU_DOWN: KindFacts(
        reason=Reason.DEPENDENCY_DOWN,
        strength=1.0,
        meaning="share of borrowers whose look-up the credit bureau refuses",
    ),
    FaultKind.BUREAU_SLOW: KindFacts(
        reason=Reason.DEPENDENCY_DOWN,
        strength=20.0,
        meaning="the credit bureau's answers take this many times longer",
    ),
    FaultKind.IDENTITY_FAILS: KindFacts(
        reason=Reason.IDENTITY_FAILED,
        strength=0.5,
        meaning="share of borrowers whom the identity service does not know again",
        slices=CHECKED,
    ),
    FaultKind.IDENTITY_EXPIRES: KindFacts(
        reason=Reason.IDENTITY_FAILED,
        strength=0.95,
        meaning="share by which the time is shorter that a borrower has for an identity check",
        slices=CHECKED,
    ),
    FaultKind.SCORE_CUT: KindFacts(
        reason=Reason.RISK_DECLINED,
        strength=2.0,
        meaning="log-odds of default by which the cut-off of the score is lower",
    ),
    FaultKind.REVIEW_HOLD: KindFacts(
        reason=Reason.UNDER_REVIEW,
        strength=1.0,
        meaning="share of borrowers who are held for review",
    ),
    FaultKind.FRAUD_RULE: KindFacts(
        reason=Reason.ACCOUNT_RESTRICTED,
        strength=0.5,
        meaning="share of accounts more that the fraud job restricts when it runs next, the most suspicious first",
    ),
    FaultKind.DEVICE_RULE: KindFacts(
        reason=Reason.MULTI_DEVICE,
        strength=2.0,
        meaning="devices less that a borrower may use; with 3 less nobody may use any",
    ),
    FaultKind.BURST_RULE: KindFacts(
        reason=Reason.BURST_CONTROL,
        strength=0.97,
        meaning="share by which the number of submits is lower that a tier may make at once",
        slices=("tier",),
    ),
    FaultKind.FUNDER_CUT: KindFacts(
        reason=Reason.FUNDER_QUOTA,
        strength=1.0,
        meaning="share of the funder's daily quota that is taken away",
    ),
    FaultKind.UNEXPLAINED: KindFacts(
        reason=Reason.CONTRACT_CHANGED,
        strength=1.0,
        meaning="share of borrowers whom nobody tells why they are refused, or what to do; it refuses nobody itself",
    ),
    FaultKind.CODES_RENAMED: KindFacts(
        reason=Reason.UNMAPPED,
        strength=1.0,
        meaning="share of borrowers who are refused with codes that nobody knows; it refuses nobody itself",
    ),
    FaultKind.FIELDS_RENAMED: KindFacts(
        reason=Reason.CONTRACT_CHANGED,
        strength=1.0,
        meaning="share of borrowers in whose answers a field has another name",
        slices=("endpoint", "tier", "region", "app"),
        endpoints=("quota", "quote", "submit"),
    ),
    FaultKind.KEY_ROTATED: KindFacts(
        reason=Reason.SIGNATURE_REJECTED,
        strength=1.0,
        meaning="the key by which the lender knows a client is another one when above 0",
        slices=("client", "app", "region", "tier"),
    ),
    FaultKind.CALLBACKS_LOST: KindFacts(
        reason=Reason.SETTLEMENT_STUCK,
        strength=1.0,
        meaning="share of callbacks that get lost on their way, a channel's to the lender or the lender's to a client",
        slices=("client", "channel", "bank"),
        alone="client",
    ),
    FaultKind.CALLBACKS_LATE: KindFacts(
        reason=Reason.SETTLEMENT_STUCK,
        strength=60.0,
        meaning="seconds by which each callback leaves late",
        slices=("client", "channel", "bank"),
        alone="client",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Active while `starts_at <= now < ends_at` (Unix seconds) for what has all values of `where`, for example
    `{"channel": "alpha"}`. Without a `strength` it has the usual one of its kind.

    Raises:
        ValueError: there is no such kind, it ends before it starts, is weaker than 0, names a slice that its kind
            does not know, or one in which nobody can be.
    """

    kind: FaultKind
    starts_at: float
    ends_at: float
    where: Mapping[str, str] = field(default_factory=dict)
    strength: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in FACTS:
            raise ValueError(f"there is no fault {self.kind!r}, only {', '.join(FACTS)}")
        if not self.starts_at <= self.ends_at:
            raise ValueError(f"{self.kind} ends before it starts")
        if self.strength is not None and not self.strength >= 0:
            raise ValueError(f"{self.kind} has the strength {self.strength}; it must be 0 or more")
        unknown = sorted(set(self.where) - set(FACTS[self.kind].slices))
        if unknown:
            known = ", ".join(FACTS[self.kind].slices)
            raise ValueError(f"{self.kind} cannot be narrowed by {', '.join(unknown)}, only by {known}")
        misfit = FACTS[self.kind].misfit(self.where)
        if misfit:
            raise ValueError(f"{self.kind} hits nobody: {misfit}")

    @property
    def reason(self) -> Reason:
        """What a perfect monitor says of it."""
        return FACTS[self.kind].reason

    @property
    def force(self) -> float:
        """The strength given, or the usual one."""
        return FACTS[self.kind].strength if self.strength is None else self.strength

    def hits(self, where: Mapping[str, str], now: float) -> bool:
        """Whether it is active for something with the attributes `where`."""
        if not self.starts_at <= now < self.ends_at:
            return False
        return all(where.get(name) == value for name, value in self.where.items())
