"""Text to tokens.

Follows Prometheus' lexer: `#` comments, three kinds of quotes with Go's escapes, numbers (also hexadecimal, octal, Inf
and NaN) and durations. A colon belongs to a name except between brackets, where it parts a subquery's range and step.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.promql.errors import PromQLError
from alerts.promql.quoting import unquote

MAX_LENGTH: Final = 64 * 1024


class Lexeme(StrEnum):
    NAME = "a name"
    NUMBER = "a number"
    DURATION = "a duration"
    STRING = "a quoted string"
    SYMBOL = "a symbol"
    END = "end of the expression"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as written, for a string what it means."""

    lexeme: Lexeme
    text: str
    position: int

    def __str__(self) -> str:
        if self.lexeme is Lexeme.END:
            return str(self.lexeme)
        return f"the string {self.text!r}" if self.lexeme is Lexeme.STRING else repr(self.text)


_DIGITS: Final = r"[0-9](?:_?[0-9])*"
_HEX: Final = r"[0-9a-fA-F](?:_?[0-9a-fA-F])*"
_PATTERNS: Final = {
    Lexeme.DURATION: r"(?:[0-9]+(?:ms|[smhdwy]))+(?![0-9A-Za-z_.])",
    Lexeme.NUMBER: rf"(?:0[xX]_?{_HEX}|(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)"
    r"(?![0-9A-Za-z_.])",
    Lexeme.STRING: r'"(?:[^"\\\n]|\\[^\n])*"|' + r"'(?:[^'\\\n]|\\[^\n])*'|" + r"`[^`]*`",
    Lexeme.SYMBOL: r"=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}\[\],@:]",
}
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_OUTSIDE: Final = re.compile(
    "|".join(
        f"(?P<{lexeme.name}>{pattern})"
        for lexeme, pattern in {Lexeme.NAME: r"[A-Za-z_:][A-Za-z0-9_:]*", **_PATTERNS}.items()
    )
)
_IN_BRACKETS: Final = re.compile(
    "|".join(
        f"(?P<{lexeme.name}>{pattern})"
        for lexeme, pattern in {Lexeme.NAME: r"[A-Za-z_][A-Za-z0-9_]*", **_PATTERNS}.items()
    )
)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, the last one END.

    Raises:
        PromQLError: at something that is no token, or when `text` is longer than 64 KiB.
    """
    if len(text) > MAX_LENGTH:
        raise PromQLError(f"the expression is longer than {MAX_LENGTH} characters; split it into recording rules")
    position, pattern = _skip(text, 0), _OUTSIDE
    while position < len(text):
        token, end = _token(text, position, pattern)
        yield token
        if token.lexeme is Lexeme.SYMBOL and token.text in "[]":
            pattern = _IN_BRACKETS if token.text == "[" else _OUTSIDE
        position = _skip(text, end)
    yield Token(Lexeme.END, "", len(text))


def _skip(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


def _token(text: str, position: int, pattern: re.Pattern[str]) -> tuple[Token, int]:
    match = pattern.match(text, position)
    if match is None or match.lastgroup is None:
        raise PromQLError(_complaint(text[position]), position)
    lexeme, written = Lexeme[match.lastgroup], match.group()
    meaning = unquote(written, position) if lexeme is Lexeme.STRING else written
    return Token(lexeme, meaning, position), match.end()


def _complaint(character: str) -> str:
    if character in "\"'`":
        return f"the string that starts here has no closing {character}"
    if character in "0123456789.":
        return "this is neither a number nor a duration; write for example 0.5, 1e3 or 5m"
    if character == "!":
        return "unexpected '!'; expected != or !~"
    return f"unexpected character {character!r}"
