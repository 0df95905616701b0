"""YAML with positions: what a person wrote, where each part of it stands, and its binding to a pydantic type.

    document = load_document(path.read_text(), source="monitor.yaml")
    settings = document.bind(Settings)        # or InvalidInput with every problem and its line and column

A key that stands twice is a problem; a date stays the text that was written; `<<` takes over other mappings.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from drawdown.errors import InvalidInput, Place, Problem
from drawdown.nodes import Key, KeyPath, Reader
from drawdown.wording import wording

__all__ = ["Document", "Key", "load_document", "read_document"]

T = TypeVar("T")
_MAX_BYTES = 4 * 1024 * 1024
_NO_TEXTS: Mapping[KeyPath, str] = {}
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The quick one, if it is there. What it refuses is read again by the other, whose errors say more."""


class Document:
    """A parsed YAML text: `value` is plain Python, `place(path)` tells where the part at `path` stands."""

    def __init__(
        self, value: Any, places: dict[KeyPath, Place], source: str, *, texts: Mapping[KeyPath, str] = _NO_TEXTS
    ) -> None:
        """`texts` are those of the scalars that are more than text."""
        self.value = value
        self.source = source
        self._places = places
        self._texts = texts

    def with_value(self, value: Any) -> "Document":
        """The same places for another value, of which each part stands where its like stood in the text."""
        return Document(value, self._places, self.source, texts=self._texts)

    def as_written(self) -> "Document":
        """The same with every scalar as the text that was written, so that 1.10 is no 1.1; keys without a value are
        left out.
        """
        return self.with_value(self._as_written(self.value, ()))

    def _as_written(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: self._as_written(part, (*path, key)) for key, part in value.items() if part is not None}
        if isinstance(value, list):
            return [self._as_written(part, (*path, number)) for number, part in enumerate(value)]
        return self._texts.get(path, value)

    def place(self, path: Sequence[Key] = ()) -> Place:
        """The place of the part at `path`, or of its nearest ancestor that stands in the text."""
        known = tuple(path)
        while known and known not in self._places:
            known = known[:-1]
        return self._places.get(known, Place(source=self.source))

    def problem(self, path: Sequence[Key], message: str) -> Problem:
        """A problem at `path`, its message led by the dotted path."""
        where = ".".join(str(key) for key in path)
        return Problem(place=self.place(path), message=f"{where}: {message}" if where else message)

    def bind(self, kind: type[T] | Any, *, context: Any = None) -> T:
        """The value as a `kind` (a pydantic model, a dataclass, any annotation).

        Raises:
            InvalidInput: with one problem for each error that pydantic finds.
        """
        try:
            bound: T = TypeAdapter(kind).validate_python(self.value, context=context)
        except ValidationError as error:
            raise InvalidInput(self._problems(error)) from None
        return bound

    def _problems(self, error: ValidationError) -> Iterator[Problem]:
        for detail in error.errors(include_url=False):
            path = self._written(detail["loc"])
            if detail["type"] == "missing":
                path = (*path, detail["loc"][-1])
            yield self.problem(path, wording(detail))

    def _written(self, location: Sequence[Key]) -> KeyPath:
        """`location` without the steps that pydantic adds for unions and tags: the ones that stand in the text."""
        path: KeyPath = ()
        for key in location:
            path = (*path, key) if (*path, key) in self._places else path
        return path


def load_document(text: str, *, source: str) -> Document:
    """Parse one YAML document; an empty text is an empty mapping.

    Raises:
        InvalidInput: it is not YAML, a key stands twice, an alias is recursive, or the text is larger than 4 MiB.
    """
    if len(text) > _MAX_BYTES:
        raise InvalidInput([Problem(place=Place(source=source), message="is larger than 4 MiB")])
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        raise InvalidInput([_syntax_problem(error, source)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        problem = Problem(place=Place(source=source), message=f"is not YAML: {error}")
        raise InvalidInput([problem]) from None
    reader = Reader(source)
    return Document(reader.read(node), reader.places, source, texts=reader.texts)


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, UnicodeEncodeError):
        return yaml.compose(text, Loader=yaml.SafeLoader)


def read_document(path: Path) -> Document:
    """`load_document` of a file.

    Raises:
        InvalidInput: also when the file cannot be read or is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise InvalidInput([Problem(place=Place(source=str(path)), message=f"cannot be read: {reason}")]) from None
    return load_document(text, source=str(path))


def _syntax_problem(error: yaml.MarkedYAMLError, source: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(source=source, line=mark.line + 1, column=mark.column + 1) if mark else Place(source=source)
    return Problem(place=place, message=f"is not YAML: {error.problem or error.context}{_begun(error)}")


def _begun(error: yaml.MarkedYAMLError) -> str:
    """Where that began which did not end well: it is often far above, at a quote or bracket that nothing closes."""
    if not (error.problem and error.context_mark and (error.context or "").startswith("while ")):
        return ""
    return f" {error.context} that begins at {error.context_mark.line + 1}:{error.context_mark.column + 1}"
