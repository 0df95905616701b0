"""A place in the tokens of an action."""

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.tokens import Lexeme, Piece, Token


class Cursor:
    """Reads the tokens of one action, one after the other."""

    def __init__(self, piece: Piece) -> None:
        self.position = piece.position
        self._tokens = piece.tokens or ()
        self._index = 0

    @property
    def at_end(self) -> bool:
        return self._index == len(self._tokens)

    @property
    def next(self) -> Token | None:
        return None if self.at_end else self._tokens[self._index]

    @property
    def next_text(self) -> str:
        return self.next.text if self.next else ""

    def ahead(self, count: int) -> str:
        """The text of the token that many places on; empty after the last."""
        return self._tokens[self._index + count].text if self._index + count < len(self._tokens) else ""

    def take(self) -> Token:
        if self.next is None:
            raise TemplateError("a value is missing", self.position)
        self._index += 1
        return self._tokens[self._index - 1]

    def at(self, lexeme: Lexeme) -> bool:
        return self.next is not None and self.next.lexeme is lexeme

    def at_word(self, *words: str) -> bool:
        return self.at(Lexeme.WORD) and self.next_text in words

    def at_symbol(self, *symbols: str) -> bool:
        return self.at(Lexeme.SYMBOL) and self.next_text in symbols

    def accept(self, symbol: str) -> bool:
        found = self.at_symbol(symbol)
        self._index += found
        return found

    def expect_end(self) -> None:
        if self.next:
            raise self.unexpected()

    def unexpected(self) -> TemplateError:
        if self.next is None:
            return TemplateError("a value is missing", self.position)
        return TemplateError(f"{self.next.text!r} was not expected", self.next.position)
