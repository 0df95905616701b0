"""The JSON of an answer, read without loss: a number keeps the digits in which it was written.

Parts of it are found by JSONPath (RFC 9535).
"""

import json
from decimal import Decimal, DecimalException
from typing import Annotated, Any, Self

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from pydantic import PlainValidator

_PATHS = JSONPathEnvironment(strict=True)


class NotJson(ValueError):
    """A body is not JSON; the message says what it is instead."""


class Number(Decimal):
    """A JSON number that knows its own text."""

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


def read_json(body: bytes, encoding: str = "utf-8") -> Any:
    """The value of `body`, its numbers as `Number`.

    Raises:
        NotJson: it is empty, a web page, or broken.
    """
    if not body.strip():
        raise NotJson("the answer is empty")
    try:
        text = body.decode("utf-8-sig" if encoding.lower() == "utf-8" else encoding)
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_refuse)
    except (ValueError, LookupError, DecimalException, RecursionError):
        raise NotJson(_instead(body)) from None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _instead(body: bytes) -> str:
    start = body.lstrip()[:1]
    return "the answer is a web page, not JSON" if start == b"<" else "the answer is not JSON"


def text_of(value: Any) -> str | None:
    """A single JSON value as text (`true`, `0.10`, a string as it is); None for null, an object or an array."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Number):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    return None


class Path:
    """A JSONPath; `text` is as it was written."""

    __slots__ = ("_query", "text")

    def __init__(self, text: str) -> None:
        """Compile `text`.

        Raises:
            ValueError: it is not a JSONPath of RFC 9535.
        """
        self.text = text
        try:
            self._query = _PATHS.compile(text)
        except (JSONPathError, ValueError, RecursionError) as error:
            reason = error.args[0] if error.args else type(error).__name__
            raise ValueError(f"{text!r} is not a JSONPath: {reason}") from None

    def find(self, content: Any) -> Any:
        """The first value at this path, None if there is none (or it is null)."""
        if not isinstance(content, dict | list):
            return content if self.text == "$" else None
        try:
            match = self._query.match(content)
        except (JSONPathError, RecursionError):  # an answer nested too deeply to be walked
            return None
        return match.obj if match else None

    def text_in(self, content: Any) -> str | None:
        """The first value at this path as text; None when there is no single value."""
        return text_of(self.find(content))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Path({self.text!r})"


def _path(value: Any) -> Path:
    if not isinstance(value, str):
        raise ValueError("must be a JSONPath such as $.data.token")  # noqa: TRY004 - what pydantic takes for a finding
    return Path(value)


PathField = Annotated[Path, PlainValidator(_path)]
"""A pydantic field for a JSONPath."""
