"""What a borrower's app and the lender's back office report, in the form that a monitor takes in."""

import msgspec

JOURNEY = "app"
STEPS = ("login", "quota", "quote", "submit", "identity", "payout")
"""In the order of the path. After `identity`, which few are asked for, comes another `submit`."""


class StepReport(msgspec.Struct, omit_defaults=True, gc=False):
    """One step: how long it took (seconds) and in which outcome it ended."""

    name: str
    duration: float
    outcome: str


class Report(msgspec.Struct, omit_defaults=True, gc=False):
    """How one attempt ended. Money is in currency units. What is not known is empty or None and is not sent; either
    `code` or `outcome` is there. As JSON it is an outcome as `POST /v1/outcomes` takes it.
    """

    id: str
    journey: str
    started_at: float
    duration: float
    outcome: str = ""
    reason: str = ""
    code: str = ""
    scheme: str = ""
    channel: str = ""
    bank: str = ""
    tier: str = ""
    region: str = ""
    app_version: str = ""
    borrower: str = ""
    amount: float | None = None
    available: float | None = None
    explained: bool | None = None
    step: str = ""
    steps: list[StepReport] = msgspec.field(default_factory=list)
    detail: str = ""


class Review(msgspec.Struct, kw_only=True):
    """What a person decided on an attempt that had been blocked. As JSON it is a review as `POST /v1/reviews` takes."""

    id: str
    journey: str = JOURNEY
    decision: str
    code: str
    scheme: str
    tier: str


class CallbackReport(msgspec.Struct, kw_only=True):
    """A callback that came from a channel. As JSON it is a callback as `POST /v1/callbacks` takes it."""

    id: str
    journey: str = JOURNEY
    channel: str
    occurred_at: float
    came_at: float


Event = Report | Review | CallbackReport

REPORT_EVERY = 0.25
"""Seconds between the batches in which apps report."""
