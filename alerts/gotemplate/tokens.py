"""Text to pieces, and an action to tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.gotemplate.errors import TemplateError

_SPACE: Final = " \t\r\n"
_TRIM: Final = re.compile(r"-[ \t\r\n]")
_TRIM_AT_END: Final = re.compile(r"[ \t\r\n]-\Z")
_COMMENT_OPENS: Final = re.compile(r"[ \t\r\n]*/\*")
_COMMENT: Final = re.compile(r"[ \t\r\n]*/\*.*?\*/([ \t\r\n]+-)?\}\}", re.DOTALL)
_INSIDE: Final = re.compile(
    r"""(?:"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'|(?!\}\}|["'`]).)*""",
    re.DOTALL,
)


class Lexeme(StrEnum):
    FIELD = "field"
    VARIABLE = "variable"
    NUMBER = "number"
    STRING = "string"
    CHARACTER = "character"
    WORD = "word"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """`spaced` says whether white space lies before it: `$x .y` is not `$x.y`."""

    lexeme: Lexeme
    text: str
    position: int
    spaced: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A literal text (`tokens` is None) or an action."""

    text: str
    position: int
    tokens: tuple[Token, ...] | None = None


_TOKEN: Final = re.compile(
    r"(?P<NUMBER>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?))"
    r"|(?P<FIELD>\.\w+)|(?P<VARIABLE>\$\w*)|(?P<WORD>[^\W\d]\w*)"
    r"""|(?P<STRING>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?P<CHARACTER>'(?:\\.|[^'\\\n])+')"""
    r"|(?P<SYMBOL>:=|[=|(),.])"
)


def pieces(text: str) -> Iterator[Piece]:
    """Literal texts and actions in turn, trimmed and without comments.

    Raises:
        TemplateError: an action is not closed, or holds what is no token.
    """
    end, trim = 0, False
    while (start := text.find("{{", end)) >= 0:
        inside = start + 2
        before = bool(_TRIM.match(text, inside))
        yield _literal(text[end:start], end, left=trim, right=before)
        action, end, trim = _action(text, inside + before)
        if action:
            yield action
    yield _literal(text[end:], end, left=trim, right=False)


def _literal(text: str, position: int, *, left: bool, right: bool) -> Piece:
    text = text.lstrip(_SPACE) if left else text
    return Piece(text.rstrip(_SPACE) if right else text, position)


def _action(text: str, start: int) -> tuple[Piece | None, int, bool]:
    """The action whose inside begins at `start` (None for a comment), its end, and whether what follows is trimmed."""
    if _COMMENT_OPENS.match(text, start):
        return (None, *_comment(text, start))
    match = _INSIDE.match(text, start)
    stop = match.end() if match else start
    if not text.startswith("}}", stop):
        raise TemplateError(_unclosed(text, stop), stop if text[stop : stop + 1] else start - 2)
    inner = text[start:stop]
    trim = bool(_TRIM_AT_END.search(inner))
    tokens = tuple(_tokens(text, start, stop - trim))
    return Piece(inner, start, tokens), stop + 2, trim


def _unclosed(text: str, stop: int) -> str:
    return "this quote is never closed" if text[stop : stop + 1] else "{{ is never closed by }}"


def _comment(text: str, start: int) -> tuple[int, bool]:
    match = _COMMENT.match(text, start)
    if match is None or (text[start] in _SPACE and text[start - 1] != "-"):
        raise TemplateError("a comment is written {{/* so */}}", start)
    return match.end(), bool(match[1])


def _tokens(text: str, start: int, stop: int) -> Iterator[Token]:
    position = start
    while True:
        begun = position
        while position < stop and text[position] in _SPACE:
            position += 1
        if position == stop:
            return
        match = _TOKEN.match(text, position, stop)
        if match is None:
            raise TemplateError(f"{text[position]!r} was not expected", position)
        yield Token(Lexeme[str(match.lastgroup)], match[0], position, spaced=position > begun)
        position = match.end()
