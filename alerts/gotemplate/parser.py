"""From pieces to a tree, checked as Go checks: every function is known, every variable declared, every block closed."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from alerts.gotemplate.cursor import Cursor
from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.nodes import Break, Continue, If, Include, Node, Nodes, Pipeline, Range, Tree, With
from alerts.gotemplate.pipelines import PipelineParser
from alerts.gotemplate.tokens import Piece, pieces

_MAX_DEPTH: Final = 50
_Control = type[If] | type[With] | type[Range]
_CONTROLS: Final[dict[str, _Control]] = {"if": If, "with": With, "range": Range}


def parse(text: str, *, functions: Collection[str], variables: Collection[str] = ()) -> Tree:
    """The tree of `text`, which may call `functions` and, outside of `define`, use `variables` (`$labels`).

    Raises:
        TemplateError: it is no template; with the position.
    """
    return _Parser(text, functions, variables).tree()


class _Parser:
    """Recursive descent over the pieces of one text."""

    def __init__(self, text: str, functions: Collection[str], variables: Collection[str]) -> None:
        self._pieces = list(pieces(text))[::-1]
        self._pipelines = PipelineParser(functions, ["$", *variables])
        self._defined: dict[str, Nodes] = {}
        self._open: list[str] = []

    def tree(self) -> Tree:
        nodes, stop = self._list()
        if stop:
            raise TemplateError(f"{{{{ {stop.next_text} }}}} closes nothing", stop.position)
        return Tree(nodes, self._defined)

    def _list(self) -> tuple[Nodes, Cursor | None]:
        """Nodes up to `end`, `else` or the end of the text, and the action that stopped it."""
        nodes: list[Node] = []
        while self._pieces:
            piece = self._pieces.pop()
            cursor = Cursor(piece)
            if piece.tokens is not None and cursor.at_word("end", "else"):
                return tuple(nodes), cursor
            nodes.extend(self._nodes(piece, cursor))
        return tuple(nodes), None

    def _nodes(self, piece: Piece, cursor: Cursor) -> Iterator[Node]:
        if piece.tokens is None:
            yield from [piece.text] if piece.text else []
        elif cursor.at_word("define"):
            self._define(cursor)
        else:
            yield self._action(cursor)

    def _action(self, cursor: Cursor) -> Node:
        actions: dict[str, Callable[[Cursor], Node]] = {
            **dict.fromkeys(_CONTROLS, self._control),
            "template": self._template,
            "block": self._block,
            "break": lambda at: Break(self._in_loop(at)),
            "continue": lambda at: Continue(self._in_loop(at)),
        }
        if cursor.at_word(*actions):
            return actions[cursor.next_text](cursor)
        return self._pipelines.whole(cursor, "an action")

    def _control(self, cursor: Cursor) -> Node:
        word = cursor.take().text
        kind = _CONTROLS[word]
        with self._block_of(word, cursor):
            pipeline = self._pipelines.whole(cursor, word, variables=2 if kind is Range else 1)
            then, stop = self._list()
            return kind(pipeline, then, self._otherwise(word, cursor, stop))

    def _otherwise(self, word: str, opening: Cursor, stop: Cursor | None) -> Nodes:
        """What stands between `else`, if that is where it stopped, and `end`."""
        if stop is None:
            raise TemplateError(f"{word} is never closed by {{{{ end }}}}", opening.position)
        if stop.take().text == "end":
            stop.expect_end()
            return ()
        if word != "range" and stop.at_word(word):
            return (self._control(stop),)
        stop.expect_end()
        return self._until_end(word, opening)

    def _until_end(self, word: str, opening: Cursor) -> Nodes:
        nodes, stop = self._list()
        if stop is None or stop.take().text != "end":
            raise TemplateError(f"{word} is never closed by {{{{ end }}}}", opening.position)
        stop.expect_end()
        return nodes

    @contextmanager
    def _block_of(self, word: str, cursor: Cursor) -> Iterator[None]:
        """Within, variables may be declared; after it they are gone."""
        if len(self._open) == _MAX_DEPTH:
            raise TemplateError(f"more than {_MAX_DEPTH} blocks lie in each other", cursor.position)
        self._open.append(word)
        with self._pipelines.scope():
            yield
        self._open.pop()

    def _in_loop(self, cursor: Cursor) -> int:
        word = cursor.take()
        if "range" not in self._open:
            raise TemplateError(f"{word.text} stands outside of a range", word.position)
        cursor.expect_end()
        return word.position

    def _define(self, cursor: Cursor) -> None:
        if self._open:
            raise TemplateError("define stands within a block", cursor.position)
        cursor.take()
        name = self._pipelines.text(cursor, "the name of the template")
        cursor.expect_end()
        self._keep(name, cursor)

    def _keep(self, name: str, cursor: Cursor) -> None:
        if name in self._defined:
            raise TemplateError(f"the template {name!r} is defined twice", cursor.position)
        with self._pipelines.fresh(), self._block_of("define", cursor):
            self._defined[name] = self._until_end("define", cursor)

    def _template(self, cursor: Cursor) -> Include:
        position = cursor.take().position
        name = self._pipelines.text(cursor, "the name of the template")
        return Include(position, name, self._argument(cursor))

    def _argument(self, cursor: Cursor) -> Pipeline | None:
        return None if cursor.at_end else self._pipelines.whole(cursor, "template")

    def _block(self, cursor: Cursor) -> Include:
        position = cursor.take().position
        name = self._pipelines.text(cursor, "the name of the template")
        pipeline = self._pipelines.whole(cursor, "block")
        self._keep(name, cursor)
        return Include(position, name, pipeline)
