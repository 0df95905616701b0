"""Reports as they come over the wire: taken apart, each part decoded on its own, and what cannot be taken said.

A JSON object is one part, a JSON array several, and newline-delimited JSON one a line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from collector.recorder import Recorder
from collector.starting import Cause
from drawdown.catalogue import REFUSED
from drawdown.errors import DrawdownError

T = TypeVar("T")

JSON = "application/json"
LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
"""Media types of newline-delimited JSON."""

Raw = bytes | msgspec.Raw
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_FAULT = re.compile(r"(?P<text>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one part of a report was not taken. `line` counts lines, or elements of an array, from 1."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a report: parts that were counted, that had been counted before, and that were refused."""

    accepted: int = 0
    duplicates: int = 0
    refused: tuple[Refusal, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether there was anything in it that could be taken."""
        return bool(self.accepted or self.duplicates)


class Refused(DrawdownError):
    """A part of a report cannot be taken: `field` names what is wrong, the message what is expected."""

    def __init__(self, field: str, message: str, *, cause: Cause = Cause.MALFORMED) -> None:
        super().__init__(message)
        self.field = field
        self.cause = cause

    def on(self, line: int) -> Refusal:
        """The refusal with its place in the report."""
        return Refusal(line=line, field=self.field, message=str(self))


class Form(Generic[T]):
    """How one kind of part is written: a struct, and by field what a value must be (`body` for the whole)."""

    def __init__(self, kind: type[T], expected: Mapping[str, str]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._expected = expected

    def decode(self, raw: Raw) -> T:
        """One part as it was sent.

        Raises:
            Refused: it is not JSON, or a field is missing, unknown or holds something else than is expected.
        """
        try:
            return self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise self._refused(str(error)) from None
        except (ValueError, RecursionError) as error:
            raise _not_json(error) from None

    def expected(self, field: str) -> str:
        """What to say when a field holds something else."""
        return f"expected {self._expected[field]}"

    def _refused(self, fault: str) -> Refused:
        """The fault in our words: msgspec says what it found, which may be personal; this says what is expected."""
        match = _FAULT.fullmatch(fault)
        text, path = (match["text"], (match["path"] or "").removeprefix(".")) if match else (fault, "")
        named = _NAMED.fullmatch(text)
        if named:
            message = "is required and missing" if named["what"].startswith("missing") else "unknown field; remove it"
            return Refused(".".join(filter(None, (path, named["name"][:64]))), message)
        key = re.sub(r"\[\d+\]", "", path) or "body"
        return Refused(path or "body", self.expected(key))


class Reception:
    """Takes the parts of a report one by one, and counts what is refused. `most` parts are taken from one report."""

    def __init__(self, recorder: Recorder, *, most: int) -> None:
        self._recorder = recorder
        self._most = most

    def take(self, body: bytes, content_type: str, accept: Callable[[Raw], bool]) -> Receipt:
        """`accept` says of each part whether it is new, or raises `Refused`: good ones are kept when others are bad."""
        results = list(self._results(body, content_type, accept))
        refused = tuple(result for result in results if isinstance(result, Refusal))
        return Receipt(accepted=results.count(True), duplicates=results.count(False), refused=refused)

    def refuse(self, refused: Refused, *, line: int = 1) -> Refusal:
        """Count a refusal."""
        self._recorder.add(REFUSED, cause=refused.cause)
        return refused.on(line)

    def _results(self, body: bytes, content_type: str, accept: Callable[[Raw], bool]) -> Iterator[bool | Refusal]:
        line = 0
        try:
            for line, raw in split(body, content_type, most=self._most):
                yield self._result(line, raw, accept)
        except Refused as refused:
            yield self.refuse(refused, line=line + 1)

    def _result(self, line: int, raw: Raw, accept: Callable[[Raw], bool]) -> bool | Refusal:
        try:
            return accept(raw)
        except Refused as refused:
            return self.refuse(refused, line=line)


def split(body: bytes, content_type: str, *, most: int) -> Iterator[tuple[int, Raw]]:
    """The parts of a report, not yet decoded, each with its line; blank lines are left out.

    `content_type` is a media type without parameters: one of `LINES`, anything else being read as JSON.

    Raises:
        Refused: the body is an array that is not JSON, it holds nothing, or, after the first `most`, there are more.
    """
    count = 0
    for count, part in enumerate(_parts(body, content_type), start=1):
        if count > most:
            raise Refused("body", f"holds more than {most} objects; send the rest again", cause=Cause.TOO_LARGE)
        yield part
    if not count:
        raise Refused("body", "expected at least one JSON object")


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
    hint = "; several go into an array or are sent as application/x-ndjson" if "trailing" in str(error) else ""
    return Refused("body", f"is not JSON: {error}{hint}")
