"""An attempt to draw money, and the outcome in which it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drawdown.reasons import Kind, Reason


class Origin(StrEnum):
    """Who made the attempt. `manual` is a probe that a person started: it stays out of the indicators."""

    BORROWER = "borrower"
    PROBE = "probe"
    MANUAL = "manual"


SLICES = ("channel", "bank", "tier")
"""The attributes by which attempts are counted, in the order of the labels. Anything else stays with the outcome."""

TRAITS = ("region", "app")
"""What else is known of whoever draws: the region, and the version of the app. Attempts are counted by each alone, not
with slices, whose series each value would multiply; they stay with the outcome, so that it can be said whom a reason
hits.
"""

OTHER = "other"
"""Stands for a slice's value that was not given or that the configuration does not list, and for a trait's value that
was not given.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Where the seconds of one exchange went. A phase that did not take place (a reused connection, no TLS, a failure
    before it) is None. `first_byte` runs from the request's last byte to the answer's first.
    """

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    body: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step of a journey came to. `started_at` is Unix seconds, `duration` seconds until the body was read,
    or until the step was given up; a step that polls holds all its polls (`exchanges`).
    """

    name: str
    started_at: float
    duration: float
    kind: Kind
    reason: Reason = Reason.NONE
    detail: str = ""
    """What was seen, for the one on call; redacted, never a secret or a person's data."""
    status: int | None = None
    """The HTTP status of the last answer."""
    phases: Phases = Phases()
    exchanges: int = 1
    cleanup: bool = False
    """Whether the step gives back what was drawn, after the attempt has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to draw money: whose, when, where it goes.

    `id` tells attempts apart for ever (it removes duplicates). `borrower` is a pseudonym without meaning outside this
    process, or empty. `amount` and `available` (the credit shown before) share one currency; None is unknown.
    """

    id: str
    origin: Origin
    journey: str
    started_at: float
    slices: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    borrower: str = ""
    amount: float | None = None
    available: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended and why. `step` is the step in which it ended, empty when nobody knows.

    `explained` tells whether the borrower was shown a reason to act on; None is unknown.
    """

    attempt: Attempt
    kind: Kind
    reason: Reason
    ended_at: float
    step: str = ""
    detail: str = ""
    code: str = ""
    """The lender's own code for the refusal, as it was answered."""
    explained: bool | None = None
    steps: tuple[StepResult, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in self.reason.facts.kinds and self.kind is not Kind.PENDING:
            raise ValueError(f"an attempt that ends as {self.kind} cannot have the reason {self.reason}")

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return max(0.0, self.ended_at - self.attempt.started_at)

    @property
    def had_credit(self) -> bool:
        """Whether the borrower had enough available credit, as displayed: what credit-to-cash counts.

        Where the display is unknown the borrower is believed, except against a refusal for the amount.
        """
        if self.attempt.amount is None or self.attempt.available is None:
            return self.reason is not Reason.LIMIT_EXCEEDED
        return self.attempt.amount <= self.attempt.available
