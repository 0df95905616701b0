"""From the nodes of a YAML text to plain Python, with the place of every part."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml

from drawdown.errors import InvalidInput, Place, Problem

Key = str | int
KeyPath = tuple[Key, ...]
_MAX_PARTS: Final = 100_000
_MERGE: Final = "tag:yaml.org,2002:merge"


class Reader:
    """Builds the value of one node tree; `places` of all its parts, `texts` of the scalars that are more than text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.places: dict[KeyPath, Place] = {}
        self.texts: dict[KeyPath, str] = {}
        self._problems: list[Problem] = []
        self._open: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def read(self, node: yaml.Node | None) -> Any:
        """The value; an empty mapping for nothing.

        Raises:
            InvalidInput: with every key that stands twice, alias that contains itself, and scalar that cannot be read.
        """
        value = {} if node is None else self._value(node, ())
        if self._problems:
            raise InvalidInput(self._problems)
        return value

    def _place(self, node: yaml.Node) -> Place:
        return Place(source=self._source, line=node.start_mark.line + 1, column=node.start_mark.column + 1)

    def _note(self, node: yaml.Node, message: str) -> None:
        self._problems.append(Problem(place=self._place(node), message=message))

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        self.places.setdefault(path, self._place(node))
        if len(self.places) > _MAX_PARTS:
            message = f"has more than {_MAX_PARTS} parts, aliases counted where they are used"
            raise InvalidInput([Problem(place=Place(source=self._source), message=message)])
        if isinstance(node, yaml.ScalarNode):
            return self._leaf(node, path)
        with self._opened(node) as is_new:
            if is_new:
                return self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._sequence(node, path)
        return None

    @contextmanager
    def _opened(self, node: yaml.Node) -> Iterator[bool]:
        """Whether it is not read already, further out."""
        if id(node) in self._open:
            self._note(node, "an alias contains itself")
            yield False
        else:
            self._open.add(id(node))
            yield True
            self._open.discard(id(node))

    def _leaf(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        value = self._scalar(node)
        if value is not None and not isinstance(value, str):
            self.texts[path] = node.value
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._note(node, f"cannot be read: {error}")
            return None

    def _sequence(self, node: yaml.Node, path: KeyPath) -> list[Any]:
        return [self._value(child, (*path, number)) for number, child in enumerate(node.value)]

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[Any, Any]:
        value: dict[Any, Any] = {}
        for key_node, child in node.value:
            if key_node.tag != _MERGE:
                self._add(value, key_node, child, path)
        for key, (key_node, child) in self._merged(node).items():
            if key not in value:
                self._add(value, key_node, child, path)
        return value

    def _add(self, value: dict[Any, Any], key_node: yaml.Node, child: yaml.Node, path: KeyPath) -> None:
        key = self._key(key_node)
        if not isinstance(key, str | int):
            self._note(key_node, "a key must be text")
        elif key in value:
            self._note(key_node, f"{key!r} stands here twice")
        else:
            self.places[(*path, key)] = self._place(key_node)
            value[key] = self._value(child, (*path, key))

    def _key(self, node: yaml.Node) -> Any:
        return self._scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _merged(self, node: yaml.Node) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
        """What `<<` takes over from other mappings; of two with one key the first counts."""
        found: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, child in node.value:
            if key_node.tag == _MERGE:
                for source in child.value if isinstance(child, yaml.SequenceNode) else (child,):
                    found = {**self._taken(source), **found}
        return found

    def _taken(self, source: yaml.Node) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(source, yaml.MappingNode):
            self._note(source, "<< takes over mappings, and this is none")
            return {}
        with self._opened(source) as is_new:
            own = {self._key(pair[0]): pair for pair in source.value if pair[0].tag != _MERGE} if is_new else {}
            return {**self._merged(source), **own} if is_new else {}
