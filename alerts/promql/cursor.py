"""A place in the tokens of an expression, and what every part of the parser does there."""

import math
from contextlib import suppress
from typing import Final

from alerts.promql.errors import PromQLError
from alerts.promql.lexer import Lexeme, Token, tokens
from drawdown.durations import parse_duration

MAX_SECONDS: Final = 2.0**63 / 1e9
"""The longest duration that Prometheus knows, 292 years; Unix times end there too."""


class Cursor:
    """Reads tokens one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = tuple(tokens(text))
        self._index = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._index]

    @property
    def at_end(self) -> bool:
        return self.next.lexeme is Lexeme.END

    def take(self) -> Token:
        token = self.next
        self._index += token.lexeme is not Lexeme.END
        return token

    def is_at(self, *symbols: str) -> bool:
        return self.next.lexeme is Lexeme.SYMBOL and self.next.text in symbols

    def is_at_word(self, *words: str) -> bool:
        """Words of the language are written in any case."""
        return self.next.lexeme is Lexeme.NAME and self.next.text.lower() in words

    def accept(self, *symbols: str) -> Token | None:
        return self.take() if self.is_at(*symbols) else None

    def accept_word(self, *words: str) -> Token | None:
        return self.take() if self.is_at_word(*words) else None

    def expect(self, symbol: str, where: str) -> Token:
        if not self.is_at(symbol):
            raise self.unexpected(f"{symbol!r} {where}")
        return self.take()

    def unexpected(self, expected: str) -> PromQLError:
        return PromQLError(f"unexpected {self.next}; expected {expected}", self.next.position)

    def seconds(self, where: str) -> float:
        """A duration, or a number of seconds."""
        if self.next.lexeme not in {Lexeme.DURATION, Lexeme.NUMBER}:
            raise self.unexpected(f"a duration {where}, such as 5m")
        token = self.take()
        seconds = number(token)
        if seconds > MAX_SECONDS:
            raise PromQLError(f"{token.text!r} is out of range", token.position)
        return seconds

    def signed_seconds(self, where: str) -> float:
        sign = self.accept("-", "+")
        return -self.seconds(where) if sign and sign.text == "-" else self.seconds(where)


def number(token: Token) -> float:
    """The value of a number, or of a duration in seconds.

    Raises:
        PromQLError: it is larger than any number or duration, or its units are out of order.
    """
    try:
        value = parse_duration(token.text) if token.lexeme is Lexeme.DURATION else _number(token.text.lower())
    except (ValueError, OverflowError):
        raise PromQLError(f"{token.text!r} is not a number or duration", token.position) from None
    if token.lexeme is Lexeme.DURATION and value > MAX_SECONDS:
        raise PromQLError(f"{token.text!r} is out of range", token.position)
    return value


def _number(text: str) -> float:
    """As Go reads it: hexadecimal and octal only up to 63 bits."""
    digits = text.replace("_", "")
    if digits.startswith("0x"):
        return float(_whole(digits, 16))
    if digits.startswith("0") and not set(digits) - set("01234567"):
        with suppress(OverflowError):
            return float(_whole(digits, 8))
    value = float(digits)
    if math.isinf(value) and text != "inf":
        raise OverflowError
    return value


def _whole(digits: str, base: int) -> int:
    value = int(digits, base)
    if value >= 2**63:
        raise OverflowError
    return value
