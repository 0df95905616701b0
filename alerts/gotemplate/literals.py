"""Numbers, characters and texts as they are written in a template."""

import re
import sys
from typing import Final

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.tokens import Token
from alerts.promql.errors import PromQLError
from alerts.promql.quoting import unquote

_LARGEST: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"[+-]?[\d_]*[.eE]")


def number(token: Token) -> int | float:
    """An int, or a float if it is written with a point or an exponent.

    Raises:
        TemplateError: it is none that Go knows.
    """
    text = token.text.replace("_", "")
    try:
        value = float(text) if _DECIMAL.match(text) else _integer(text)
    except ValueError:
        raise TemplateError(f"{token.text} is not a number", token.position) from None
    if abs(value) > (_LARGEST if isinstance(value, int) else sys.float_info.max):
        raise TemplateError(f"{token.text} is too large", token.position)
    return value


def _integer(text: str) -> int:
    """With 0 in front it is octal, as in C, if it can be."""
    if re.fullmatch(r"[+-]?0[0-7]+", text):
        return int(text, 8)
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else int(text, 0)


def character(token: Token) -> int:
    """The code of the one character between the quotes."""
    text = text_written(token)
    if len(text) != 1:
        raise TemplateError(f"{token.text} is not one character; write a text in double quotes", token.position)
    return ord(text)


def text_written(token: Token) -> str:
    """What is quoted.

    Raises:
        TemplateError: it has an escape that Go does not know.
    """
    try:
        return unquote(token.text, token.position)
    except PromQLError as error:
        raise TemplateError(error.message, error.position) from None
