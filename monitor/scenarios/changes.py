"""Frozen values changed as a person writes it: by the names of their fields, or of their named parts.

world:
  servers: {workers: 16}
  channels: {alpha: {connections: 12}}
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from drawdown.document import Document, Key
from drawdown.durations import parse_duration
from drawdown.errors import InvalidInput, Problem
from drawdown.wording import unknown

T = TypeVar("T")
_Path = tuple[Key, ...]


def changed(value: T, document: Document, path: _Path) -> T:
    """`value` with what is written at `path`, where a mapping stands.

    Raises:
        InvalidInput: with every field that is unknown or holds what its like cannot.
    """
    problems: list[Problem] = []
    written = document.value
    for key in path:
        written = written[key]
    after: T = _Changing(document, problems).of(value, written, path)
    if problems:
        raise InvalidInput(problems)
    return after


class _Changing:
    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self._document = document
        self._problems = problems

    def of(self, value: Any, written: Any, path: _Path) -> Any:
        """What becomes of one part."""
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value, written, path)
        if isinstance(value, tuple) and value and all(hasattr(part, "name") for part in value):
            return self._named(value, written, path)
        if isinstance(value, Mapping):
            return self._mapping(value, written, path)
        return self._plain(value, written, path)

    def _fields(self, value: Any, written: Any, path: _Path) -> Any:
        known = {field.name: getattr(value, field.name) for field in fields(value)}
        changes = dict(self._changes(known, written, path))
        try:
            return replace(value, **changes)
        except ValueError as error:
            self._problem(path, str(error))
            return value

    def _named(self, value: tuple[Any, ...], written: Any, path: _Path) -> tuple[Any, ...]:
        changes = dict(self._changes({part.name: part for part in value}, written, path))
        return tuple(changes.get(part.name, part) for part in value)

    def _mapping(self, value: Mapping[str, Any], written: Any, path: _Path) -> Mapping[str, Any]:
        return {**value, **dict(self._changes(value, written, path))}

    def _changes(self, known: Mapping[str, Any], written: Any, path: _Path) -> Iterator[tuple[str, Any]]:
        if not isinstance(written, dict):
            self._problem(path, "must be a mapping of keys to values")
            return
        for key, part in written.items():
            if key in known:
                yield key, self.of(known[key], part, (*path, key))
            else:
                self._problem((*path, key), unknown("key", str(key), sorted(known)))

    def _plain(self, value: Any, written: Any, path: _Path) -> Any:
        try:
            return _read(value, written)
        except ValueError as error:
            self._problem(path, str(error))
            return value

    def _problem(self, path: _Path, message: str) -> None:
        self._problems.append(self._document.problem(path, message))


def _read(like: Any, written: Any) -> Any:
    """`written` as something like `like`.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(like, bool) or isinstance(written, bool):
        return _expect(isinstance(like, bool) and isinstance(written, bool), written, "true or false")
    if isinstance(like, int):
        return _expect(isinstance(written, int) and written >= 0, written, "a whole number of 0 or more")
    if isinstance(like, float):
        return parse_duration(written) if isinstance(written, str) else float(_number(written))
    return _expect(isinstance(written, type(like)), written, "text" if isinstance(like, str) else "like its default")


def _number(written: Any) -> float:
    fits = isinstance(written, int | float) and 0 <= written < math.inf
    found: float = _expect(fits, written, "a number of 0 or more")
    return found


def _expect(fits: bool, written: Any, what: str) -> Any:
    if not fits:
        raise ValueError(f"must be {what}")
    return written
