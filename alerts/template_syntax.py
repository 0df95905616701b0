"""The grammar of templates: from text to nodes. `template` says what is understood."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.gotext import FUNCTIONS, TemplateError, Value

_ACTION = re.compile(r"\{\{(-\s)?((?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|(?!\}\}).)*?)(\s-)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"""
    r"""|(?P<path>(?:\$\w*)?(?:\.\w+)+|\$\w+|\.)|(?P<word>\w+)|(?P<mark>[|()]))"""
)
_ROOTS = {"$labels": "Labels", "$value": "Value", "$externalLabels": "ExternalLabels", "$externalURL": "ExternalURL"}
_UNSUPPORTED = ("range", "with", "define", "template", "block", "break", "continue")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class Path:
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Term", ...]


Term = Literal | Path | Call


@dataclass(frozen=True, slots=True)
class If:
    condition: Term
    then: tuple["Node", ...]
    otherwise: tuple["Node", ...]


Node = str | Literal | Path | Call | If


def parse_template(text: str) -> tuple[Node, ...]:
    """The nodes of `text`.

    Raises:
        TemplateError: it is not a template, or uses a variable, function or action that is not known here.
    """
    return _Parser(_pieces(text)).nodes()


def _pieces(text: str) -> list[tuple[str, str]]:
    """Literal texts and actions in turn, trimming done."""
    pieces: list[tuple[str, str]] = []
    end, trim = 0, False
    for match in _ACTION.finditer(text):
        literal = text[end : match.start()]
        literal = literal.lstrip() if trim else literal
        pieces.append(("text", literal.rstrip() if match[1] else literal))
        pieces.append(("action", match[2].strip()))
        end, trim = match.end(), bool(match[3])
    rest = text[end:]
    pieces.append(("text", rest.lstrip() if trim else rest))
    if any("{{" in piece for kind, piece in pieces if kind == "text"):
        raise TemplateError("{{ is never closed by }}")
    return pieces


class _Parser:
    """Recursive descent over the pieces of one template."""

    def __init__(self, pieces: list[tuple[str, str]]) -> None:
        self._pieces = pieces[::-1]
        self._depth = 0

    def nodes(self) -> tuple[Node, ...]:
        found, stop = self._until_stop()
        if stop:
            raise TemplateError(f"{{{{ {stop} }}}} stands outside of an if")
        return found

    def _until_stop(self) -> tuple[tuple[Node, ...], str]:
        """Nodes up to `else`, `end` or the end of the text, and the action that stopped it."""
        nodes: list[Node] = []
        while self._pieces:
            kind, piece = self._pieces.pop()
            if kind == "action" and re.match(r"(else|end)\b", piece):
                return tuple(nodes), piece
            nodes.extend(self._node(kind, piece))
        return tuple(nodes), ""

    def _node(self, kind: str, piece: str) -> Iterator[Node]:
        if kind == "text":
            yield from [piece] if piece else []
        elif re.match(r"if\b", piece):
            yield self._if(piece.removeprefix("if"))
        elif not piece.startswith("/*"):
            yield _pipeline(piece)

    def _if(self, condition: str) -> If:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise TemplateError(f"more than {_MAX_DEPTH} ifs lie in each other")
        then, stop = self._until_stop()
        otherwise = self._else(stop)
        self._depth -= 1
        return If(_pipeline(condition), then, otherwise)

    def _else(self, stop: str) -> tuple[Node, ...]:
        if stop.startswith("else if"):
            return (self._if(stop.removeprefix("else if")),)
        if stop == "else":
            nodes, stop = self._until_stop()
            self._expect_end(stop)
            return nodes
        self._expect_end(stop)
        return ()

    @staticmethod
    def _expect_end(stop: str) -> None:
        if stop != "end":
            raise TemplateError("an if is never closed by {{ end }}")


def _pipeline(text: str) -> Term:
    tokens = _tokens(text)[::-1]
    term = _piped(tokens, depth=0)
    if tokens:
        raise TemplateError(f"{tokens[-1][1]!r} was not expected in {{{{ {text.strip()} }}}}")
    return term


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise TemplateError(f"{text[position:].strip()!r} cannot be read")
        tokens.append((str(match.lastgroup), match[0].strip()))
        position = match.end()
    return tokens


def _piped(tokens: list[tuple[str, str]], *, depth: int) -> Term:
    if depth > _MAX_DEPTH:
        raise TemplateError(f"more than {_MAX_DEPTH} parentheses lie in each other")
    term = _command(tokens, (), depth)
    while tokens and tokens[-1] == ("mark", "|"):
        tokens.pop()
        term = _command(tokens, (term,), depth)
    return term


def _command(tokens: list[tuple[str, str]], piped: tuple[Term, ...], depth: int) -> Term:
    """A function with its arguments, or a single operand; `piped` is the last argument."""
    if not tokens:
        raise TemplateError("a value is missing")
    kind, text = tokens[-1]
    if kind != "word" or text in {"true", "false"}:
        if piped:
            raise TemplateError(f"{text} is not a function and cannot take a value from a pipe")
        return _operand(tokens, depth)
    tokens.pop()
    if text not in FUNCTIONS:
        raise TemplateError(f"{text} is not supported here" if text in _UNSUPPORTED else f"there is no function {text}")
    arguments = []
    while tokens and tokens[-1] not in {("mark", "|"), ("mark", ")")}:
        arguments.append(_operand(tokens, depth))
    return Call(text, (*arguments, *piped))


def _operand(tokens: list[tuple[str, str]], depth: int) -> Term:
    kind, text = tokens.pop()
    if kind == "path":
        return _path(text)
    if text == "(":
        term = _piped(tokens, depth=depth + 1)
        if not tokens or tokens.pop() != ("mark", ")"):
            raise TemplateError("( is never closed")
        return term
    if kind in {"mark", "word"} and text not in {"true", "false"}:
        return Call(text, ()) if text in FUNCTIONS else _refuse(text)
    return Literal(_literal(kind, text))


def _refuse(text: str) -> Term:
    raise TemplateError(f"{text!r} was not expected")


def _literal(kind: str, text: str) -> Value:
    if kind == "word":
        return text == "true"
    if kind == "number":
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        raise TemplateError(f"{text} is not a text that Go can read") from None


def _path(text: str) -> Path:
    root, *keys = text.split(".")
    if root:
        if root not in _ROOTS:
            raise TemplateError(f"{root} is not defined; there are $labels and $value")
        return Path((_ROOTS[root], *keys))
    if not keys or keys[0] not in _ROOTS.values():
        raise TemplateError(f"{text} is not defined; there are .Labels and .Value")
    return Path(tuple(keys))
