"""The wire format in which borrowers' outcomes are reported, and how a report is taken apart.

A JSON object is one outcome, a JSON array several, and newline-delimited JSON one a line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from collector.starting import ENDS, Cause
from drawdown.errors import DrawdownError
from drawdown.reasons import Reason

JSON = "application/json"
LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
"""Media types of newline-delimited JSON."""

End = Literal["succeeded", "failed", "blocked", "abandoned", "unknown"]
_Identifier = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,128}\Z")]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Value = Annotated[str, msgspec.Meta(max_length=64)]
_Opaque = Annotated[str, msgspec.Meta(max_length=256)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Moment = float | Annotated[datetime, msgspec.Meta(tz=True)]
_MAX_STEPS = 50

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
    borrower: _Opaque | None = None
    amount: Decimal | None = None
    available: Decimal | None = None
    explained: bool | None = None
    step: _Value | None = None
    detail: str | None = None
    steps: Annotated[tuple[StepEvent, ...], msgspec.Meta(max_length=_MAX_STEPS)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one outcome of a report was not taken. `line` counts lines, or elements of an array, from 1."""

    line: int
    field: str
    message: str


class Refused(DrawdownError):
    """An outcome cannot be taken: `field` names what is wrong, the message what is expected."""

    def __init__(self, field: str, message: str, *, cause: Cause = Cause.MALFORMED) -> None:
        super().__init__(message)
        self.field = field
        self.cause = cause

    def on(self, line: int) -> Refusal:
        """The refusal with its place in the report."""
        return Refusal(line=line, field=self.field, message=str(self))


Raw = bytes | msgspec.Raw
_EVENT = msgspec.json.Decoder(OutcomeEvent)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_FAULT = re.compile(r"(?P<text>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)


def split(body: bytes, content_type: str, *, most: int) -> Iterator[tuple[int, Raw]]:
    """The outcomes of a report, not yet decoded, each with its line; blank lines are left out.

    Raises:
        Refused: the body is an array that is not JSON, it holds nothing, or, after the first `most`, there are more.
    """
    count = 0
    for count, part in enumerate(_parts(body, content_type), start=1):
        if count > most:
            raise Refused("body", f"holds more than {most} outcomes; send the rest again", cause=Cause.TOO_LARGE)
        yield part
    if not count:
        raise Refused("body", "expected at least one outcome")


def decode(raw: Raw) -> OutcomeEvent:
    """One outcome as it was sent.

    Raises:
        Refused: it is not JSON, or a field is missing, unknown or holds something else than is expected.
    """
    try:
        return _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from None


def expected(field: str) -> str:
    """What to say when a field holds something else."""
    return f"expected {EXPECTED[field]}"


def _parts(body: bytes, content_type: str) -> Iterable[tuple[int, Raw]]:
    if content_type in LINES:
        return _lines(body)
    if body.lstrip(b" \t\r\n").startswith(b"["):
        return enumerate(_elements(body), start=1)
    return [(1, body)] if body.strip() else []


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def _elements(body: bytes) -> list[msgspec.Raw]:
    try:
        return _ARRAY.decode(body)
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from None


def _not_json(error: Exception) -> Refused:
    if isinstance(error, UnicodeDecodeError):
        return Refused("body", "is not UTF-8")
    if isinstance(error, RecursionError):
        return Refused("body", "is nested too deeply")
    hint = "; several outcomes go into an array or are sent as application/x-ndjson" if "trailing" in str(error) else ""
    return Refused("body", f"is not JSON: {error}{hint}")


def _refused(fault: str) -> Refused:
    """The fault in our words: msgspec says what it found, which may be personal; this says what is expected."""
    match = _FAULT.fullmatch(fault)
    text, path = (match["text"], (match["path"] or "").removeprefix(".")) if match else (fault, "")
    named = _NAMED.fullmatch(text)
    if named:
        message = "is required and missing" if named["what"].startswith("missing") else "unknown field; remove it"
        return Refused(".".join(filter(None, (path, named["name"][:64]))), message)
    key = re.sub(r"\[\d+\]", "", path) or "body"
    return Refused(path or "body", expected(key))
