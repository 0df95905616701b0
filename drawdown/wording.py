"""What pydantic finds wrong, said so that the one who wrote it knows what to write instead."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import SecretStr
from pydantic_core import ErrorDetails

_WANTED: Mapping[str, str] = {
    "string_type": "text",
    "path_type": "the path of a file",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
}
"""By pydantic's name of an error of type: what is wanted."""

_FEW = 8


def wording(detail: ErrorDetails) -> str:
    """The sentence for one error of pydantic; what a validator of ours said stays as it is."""
    if detail["type"] in _WANTED:
        return _mistyped(_WANTED[detail["type"]], detail["input"])
    if detail["type"] in _SENTENCES:
        return _SENTENCES[detail["type"]](detail["input"], detail.get("ctx", {}))
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message[:1].lower() + message[1:]


def unknown(what: str, name: str, known: list[str]) -> str:
    """The sentence for a word that is not one of `known`: the nearest of them, or all where they are few."""
    near = get_close_matches(name, known, n=1)
    if near and len(known) >= _FEW:
        return f"unknown {what} {name!r}; did you mean {near[0]}?"
    return f"unknown {what} {name!r}; known here: {', '.join(known)}"


def _mistyped(wanted: str, given: Any) -> str:
    if given is None:
        return f"has no value; write {wanted}, or remove the key"
    if isinstance(given, SecretStr):
        return f"must be {wanted}, written here: a secret cannot stand in this place"
    if wanted == "text" and not isinstance(given, list | dict):
        return "must be text; put it in quotes"
    return f"must be {wanted}"


def _word(given: Any, context: Mapping[str, Any]) -> str:
    known = re.findall(r"'([^']*)'", context["expected"])
    if isinstance(given, str):
        return unknown("word", given, known)
    return f"must be one of {', '.join(known)}"


def _tag(_given: Any, context: Mapping[str, Any]) -> str:
    known = re.findall(r"'([^']*)'", context["expected_tags"])
    return unknown(context["discriminator"].strip("'"), context["tag"], known)


def _short(given: Any, context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    unit = "character" if isinstance(given, str | SecretStr) else "entry"
    units = {"character": "characters", "entry": "entries"}
    return f"must have at least {least} {unit if least == 1 else units[unit]}"


_SENTENCES: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "extra_forbidden": lambda _given, _context: "unknown key; remove it or correct its spelling",
    "unexpected_keyword_argument": lambda _given, _context: "unknown key; remove it or correct its spelling",
    "missing": lambda _given, _context: "is required and missing",
    "enum": _word,
    "literal_error": _word,
    "union_tag_invalid": _tag,
    "union_tag_not_found": lambda _given, context: f"has no {context['discriminator'].strip(chr(39))}; give one",
    "too_short": _short,
    "string_too_short": _short,
    "greater_than": lambda _given, context: f"must be more than {context['gt']:g}",
    "greater_than_equal": lambda _given, context: f"must be at least {context['ge']:g}",
    "less_than": lambda _given, context: f"must be less than {context['lt']:g}",
    "less_than_equal": lambda _given, context: f"must be at most {context['le']:g}",
}
