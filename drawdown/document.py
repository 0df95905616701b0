"""YAML with positions: what a person wrote, where each part of it stands, and its binding to a pydantic type.

    document = load_document(path.read_text(), source="monitor.yaml")
    settings = document.bind(Settings)        # or InvalidInput with every problem and its line and column

A key that stands twice is a problem; a date stays the text that was written.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from drawdown.errors import InvalidInput, Place, Problem
from drawdown.wording import wording

T = TypeVar("T")
Key = str | int
_MAX_BYTES = 4 * 1024 * 1024


class Document:
    """A parsed YAML text: `value` is plain Python, `place(path)` tells where the part at `path` stands."""

    def __init__(self, value: Any, places: dict[tuple[Key, ...], Place], source: str) -> None:
        self.value = value
        self.source = source
        self._places = places

    def with_value(self, value: Any) -> "Document":
        """The same places for another value, of which each part stands where its like stood in the text."""
        return Document(value, self._places, self.source)

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

    def _written(self, location: Sequence[Key]) -> tuple[Key, ...]:
        """`location` without the steps that pydantic adds for unions and tags: the ones that stand in the text."""
        path: tuple[Key, ...] = ()
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
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise InvalidInput([_syntax_problem(error, source)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        problem = Problem(place=Place(source=source), message=f"is not YAML: {error}")
        raise InvalidInput([problem]) from None
    return _Reader(source).read(node)


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


class _Reader:
    """Builds the value and the places of one node tree."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places: dict[tuple[Key, ...], Place] = {}
        self._problems: list[Problem] = []
        self._open: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def read(self, node: yaml.Node | None) -> Document:
        value = {} if node is None else self._value(node, ())
        if self._problems:
            raise InvalidInput(self._problems)
        return Document(value, self._places, self._source)

    def _place(self, node: yaml.Node) -> Place:
        return Place(source=self._source, line=node.start_mark.line + 1, column=node.start_mark.column + 1)

    def _value(self, node: yaml.Node, path: tuple[Key, ...]) -> Any:
        self._places.setdefault(path, self._place(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            self._problems.append(Problem(place=self._place(node), message="an alias contains itself"))
            return None
        self._open.add(id(node))
        value = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._sequence(node, path)
        self._open.discard(id(node))
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._problems.append(Problem(place=self._place(node), message=f"cannot be read: {error}"))
            return None

    def _sequence(self, node: yaml.Node, path: tuple[Key, ...]) -> list[Any]:
        return [self._value(child, (*path, number)) for number, child in enumerate(node.value)]

    def _mapping(self, node: yaml.Node, path: tuple[Key, ...]) -> dict[Any, Any]:
        value: dict[Any, Any] = {}
        for key_node, child in node.value:
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str | int):
                self._problems.append(Problem(place=self._place(key_node), message="a key must be text"))
            elif key in value:
                self._problems.append(Problem(place=self._place(key_node), message=f"{key!r} stands here twice"))
            else:
                self._places[(*path, key)] = self._place(key_node)
                value[key] = self._value(child, (*path, key))
        return value
