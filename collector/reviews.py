"""Reviews: what a person decided on an attempt that a policy had blocked. Overturned ones were false blocks."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final

import msgspec

from collector.recorder import Recorder
from collector.report import Form, Raw, Receipt, Reception, Refused
from collector.seen import Seen, remembering
from collector.settings import CollectorSettings
from collector.starting import REVIEWABLE
from collector.translation import words_of
from collector.vocabulary import Vocabulary
from drawdown.catalogue import DUPLICATES, Decision
from drawdown.codes import Codes, reason_of
from drawdown.reasons import Reason

EXPECTED: Final[Mapping[str, str]] = {
    "body": "an object with the fields of a review",
    "id": "1 to 128 printable ASCII characters without spaces",
    "journey": "the name of a journey",
    "decision": f"one of {', '.join(Decision)}",
    "reason": f"one of {', '.join(REVIEWABLE)}",
    "code": "text of 1 to 64 characters",
    "scheme": "text of at most 64 characters",
    "tier": "text of at most 64 characters",
}
"""By field: what a value must be."""


class ReviewEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One reported review. What each field may hold stands in `EXPECTED`."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]
    journey: str
    decision: Decision
    reason: Reason | None = None
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    scheme: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    tier: Annotated[str, msgspec.Meta(max_length=64)] | None = None


REVIEWS: Final = Form(ReviewEvent, EXPECTED)


class Reviews:
    """Takes each review once and counts it at the time of its report.

    A review is known again by its id, as `seen` remembers; without it by a memory of its own.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        vocabulary: Vocabulary,
        codes: Codes,
        settings: CollectorSettings,
        seen: Seen | None = None,
    ) -> None:
        self._recorder = recorder
        self._vocabulary = vocabulary
        self._codes = codes
        self._scheme = settings.scheme
        self._reception = Reception(recorder, most=settings.max_outcomes)
        self._seen = remembering(settings) if seen is None else seen

    def take(self, body: bytes, content_type: str, *, now: float) -> Receipt:
        """Decode and count the reviews in a report. Whatever is wrong is in the receipt; good reviews are kept.

        `content_type` is a media type without parameters: one of `report.LINES`, anything else being read as JSON.
        """
        return self._reception.take(body, content_type, partial(self._take_one, now=now))

    def _take_one(self, raw: Raw, *, now: float) -> bool:
        event = REVIEWS.decode(raw)
        words = words_of(self._vocabulary, event.journey)
        reason = self._reason(event)
        if self._seen.again(f"review/{event.id}", now=now):
            self._recorder.add(DUPLICATES)
            return False
        self._recorder.review(words, tier=event.tier or "", reason=reason, decision=event.decision)
        return True

    def _reason(self, event: ReviewEvent) -> Reason:
        """Why the attempt had been blocked."""
        if event.reason is None and event.code is None:
            raise Refused("reason", "reason or code is required: why the attempt had been blocked")
        reason = event.reason or reason_of(self._codes, event.scheme or self._scheme, event.code or "")
        if reason not in REVIEWABLE:
            raise Refused("code" if event.reason is None else "reason", f"is {reason}; {REVIEWS.expected('reason')}")
        return reason
