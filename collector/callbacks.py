"""Callbacks: when a channel ended a payout, by its own clock, and when the lender heard of it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Final

import msgspec

from collector.moment import check_age, seconds_of, span
from collector.recorder import Recorder
from collector.report import Form, Raw, Receipt, Reception, Refused
from collector.seen import Seen, remembering
from collector.settings import CollectorSettings
from collector.translation import words_of
from collector.vocabulary import Vocabulary
from drawdown.catalogue import DUPLICATES
from drawdown.durations import format_duration

_MOMENT: Final = "Unix seconds, or RFC 3339 text with a time zone"
_LONGEST: Final = 7 * 86_400.0
"""Seconds of lag above which a time is taken for a mistake."""

EXPECTED: Final[Mapping[str, str]] = {
    "body": "an object with the fields of a callback",
    "id": "1 to 128 printable ASCII characters without spaces",
    "journey": "the name of a journey",
    "channel": "text of at most 64 characters",
    "occurred_at": _MOMENT,
    "came_at": _MOMENT,
}
"""By field: what a value must be."""

Moment = float | Annotated[datetime, msgspec.Meta(tz=True)]


class CallbackEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One callback that was taken. What each field may hold stands in `EXPECTED`."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]
    journey: str
    occurred_at: Moment
    came_at: Moment
    channel: Annotated[str, msgspec.Meta(max_length=64)] | None = None


CALLBACKS: Final = Form(CallbackEvent, EXPECTED)


class Callbacks:
    """Takes each callback once and counts it at the time of its report.

    One is known again by its id, as `seen` remembers; without it by a memory of its own. There are as many callbacks as
    attempts, so it should not be theirs.
    """

    def __init__(
        self, recorder: Recorder, *, vocabulary: Vocabulary, settings: CollectorSettings, seen: Seen | None = None
    ) -> None:
        self._recorder = recorder
        self._vocabulary = vocabulary
        self._settings = settings
        self._reception = Reception(recorder, most=settings.max_outcomes)
        self._seen = remembering(settings) if seen is None else seen

    def take(self, body: bytes, content_type: str, *, now: float) -> Receipt:
        """Decode and count the callbacks in a report. Whatever is wrong is in the receipt; good ones are kept.

        `content_type` is a media type without parameters: one of `report.LINES`, anything else being read as JSON.
        """
        return self._reception.take(body, content_type, partial(self._take_one, now=now))

    def _take_one(self, raw: Raw, *, now: float) -> bool:
        event = CALLBACKS.decode(raw)
        words = words_of(self._vocabulary, event.journey)
        lag = self._lag(seconds_of(event.occurred_at), seconds_of(event.came_at), now)
        if self._seen.again(event.id, now=now):
            self._recorder.add(DUPLICATES)
            return False
        self._recorder.callback(words, channel=event.channel or "", lag=lag)
        return True

    def _lag(self, occurred_at: float, came_at: float, now: float) -> float:
        """Seconds on the way; a channel's clock may be a little ahead."""
        check_age("came_at", came_at, self._settings, now=now)
        lag = came_at - occurred_at
        if lag < -self._settings.max_ahead:
            raise Refused("occurred_at", f"lies {span(-lag)} after the callback came; check the channel's clock")
        if lag > _LONGEST:
            message = f"lies {span(lag)} before the callback came; at most {format_duration(_LONGEST)} is taken"
            raise Refused("occurred_at", message)
        return max(0.0, lag)
