"""Which series the templates of a rule ask for, as far as their text tells it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from alerts.gotemplate.nodes import Literal, Operand, Pipeline, Word
from alerts.promql import PromQLError, Selector, parse, selectors
from alerts.template import Template
from drawdown.series import NAME, Op

ANYTHING: Final = ""
"""The name of series that are not named."""
_QUOTED: Final = re.compile("%q")


def asked(templates: Iterable[Template]) -> frozenset[str]:
    """The names of what they query, `ANYTHING` among them where that is only known once they are rendered."""
    return frozenset(name for template in templates for name in _names(template.tree))


def name_of(selector: Selector) -> str:
    """The name of the series that it selects."""
    named: Iterator[str] = (each.value for each in selector.matchers if each.name == NAME and each.op is Op.EQUAL)
    return next(named, ANYTHING)


def _names(part: Any) -> Iterator[str]:
    """Of a part of a template."""
    if isinstance(part, Pipeline):
        for stage, command in enumerate(part.commands):
            if any(isinstance(each, Word) and each.name == "query" for each in command):
                yield from _queried(command if stage == 0 else ())
    if isinstance(part, tuple):
        inner: Iterable[Any] = part
    elif is_dataclass(part):
        inner = (getattr(part, field.name) for field in fields(part))
    else:
        inner = part.values() if isinstance(part, Mapping) else ()
    for each in inner:
        yield from _names(each)


def _queried(command: tuple[Operand, ...]) -> Iterator[str]:
    text = _text(command[1]) if len(command) == 2 and isinstance(command[0], Word) else None
    try:
        yield from (ANYTHING,) if text is None else map(name_of, selectors(parse(text)))
    except PromQLError:
        yield ANYTHING


def _text(operand: Operand) -> str | None:
    """A text, or one with quoted values in it, which can be no names of series; None for all others."""
    if isinstance(operand, Literal):
        return operand.value if isinstance(operand.value, str) else None
    if not isinstance(operand, Pipeline) or len(operand.commands) != 1:
        return None
    first, *rest = operand.commands[0]
    if not isinstance(first, Word) or first.name != "printf" or not rest or not isinstance(rest[0], Literal):
        return None
    text = _QUOTED.sub('""', str(rest[0].value))
    return None if "%" in text else text
