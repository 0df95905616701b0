"""Quoted strings with Go's escapes."""

import re
from typing import Final

from alerts.promql.errors import PromQLError

_ESCAPE: Final = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\'\"])|(?P<octal>[0-7]{3})|x(?P<byte>[0-9a-fA-F]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<wrong>.?))"
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def unquote(written: str, position: int) -> str:
    """What the quoted `written` (quotes included) at `position` of the expression means.

    Raises:
        PromQLError: at an escape that Go does not know, or that makes bytes which are not UTF-8.
    """
    quote, inner = written[0], written[1:-1]
    if quote == "`" or "\\" not in inner:
        return inner
    parts, end = [], 0
    for match in _ESCAPE.finditer(inner):
        parts += [_encode(inner[end : match.start()]), _meaning(match, quote, position + 1)]
        end = match.end()
    try:
        return b"".join([*parts, _encode(inner[end:])]).decode()
    except UnicodeDecodeError:
        raise PromQLError("the escapes in this string make bytes that are not UTF-8", position) from None


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _meaning(match: re.Match[str], quote: str, offset: int) -> bytes:
    kind, text = match.lastgroup, match.group(match.lastgroup or 0)
    if kind == "simple" and (text in _SIMPLE or text == quote):
        return _SIMPLE.get(text, text).encode()
    if kind == "octal" and int(text, 8) < 256:
        return bytes([int(text, 8)])
    if kind == "byte":
        return bytes([int(text, 16)])
    if kind in {"short", "long"} and _is_character(int(text, 16)):
        return chr(int(text, 16)).encode()
    raise PromQLError(
        f"{match.group()} is no escape here; write \\\\ for a backslash or use `…` quotes", offset + match.start()
    )


def _is_character(code: int) -> bool:
    return code < 0xD800 or 0xE000 <= code <= 0x10FFFF
