"""The wire format in which borrowers' outcomes are reported."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from collector.report import Form
from collector.starting import ENDS
from drawdown.reasons import Reason

End = Literal["succeeded", "failed", "blocked", "abandoned", "unknown"]
_Identifier = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Value = Annotated[str, msgspec.Meta(max_length=64)]
_Trait = Annotated[str, msgspec.Meta(pattern=r"^([^\W_][\w .:/()+-]{0,31})?\Z")]
_Opaque = Annotated[str, msgspec.Meta(max_length=256)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Moment = float | Annotated[datetime, msgspec.Meta(tz=True)]
_MAX_STEPS = 50
_TRAIT = "text of at most 32 letters, digits, blanks and . _ - + : / ( ), a letter or digit first"

EXPECTED: Mapping[str, str] = {
    "body": "an object with the fields of an outcome",
    "id": "1 to 128 printable ASCII characters without spaces",
    "journey": "the name of a journey",
    "started_at": "Unix seconds, or RFC 3339 text with a time zone",
    "duration": "seconds between 0 and 86400",
    "outcome": f"one of {', '.join(ENDS)}",
    "reason": f"one of {', '.join(Reason)}",
    "code": "text of 1 to 64 characters",
    "scheme": "text of at most 64 characters",
    "channel": "text of at most 64 characters",
    "bank": "text of at most 64 characters",
    "tier": "text of at most 64 characters",
    "region": _TRAIT,
    "app_version": _TRAIT,
    "borrower": "text of at most 256 characters",
    "amount": "an amount between 0 and 1000000000000, as text or number",
    "available": "an amount between 0 and 1000000000000, as text or number",
    "explained": "true, false or null",
    "step": "text of at most 64 characters",
    "detail": "text",
    "steps": f"an array of at most {_MAX_STEPS} steps",
    "steps.name": "text of 1 to 64 characters",
    "steps.duration": "seconds between 0 and 86400",
    "steps.outcome": f"one of {', '.join(ENDS)}",
}
"""By field: what a value must be."""


class StepEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One step of a reported attempt; steps stand in the order in which they were made."""

    name: _Word
    duration: _Seconds
    outcome: End = "succeeded"


class OutcomeEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One reported outcome. What each field may hold stands in `EXPECTED`."""

    id: _Identifier
    journey: str
    started_at: _Moment
    duration: _Seconds
    outcome: End | None = None
    reason: Reason | None = None
    code: _Word | None = None
    scheme: _Value | None = None
    channel: _Value | None = None
    bank: _Value | None = None
    tier: _Value | None = None
    region: _Trait | None = None
    app_version: _Trait | None = None
    borrower: _Opaque | None = None
    amount: Decimal | None = None
    available: Decimal | None = None
    explained: bool | None = None
    step: _Value | None = None
    detail: str | None = None
    steps: Annotated[tuple[StepEvent, ...], msgspec.Meta(max_length=_MAX_STEPS)] = ()


OUTCOMES = Form(OutcomeEvent, EXPECTED)
