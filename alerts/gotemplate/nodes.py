"""What a template is made of. `position` is the 0-based offset into its text."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.gotemplate.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    position: int
    value: Value


@dataclass(frozen=True, slots=True)
class Dot:
    position: int


@dataclass(frozen=True, slots=True)
class Nil:
    position: int


@dataclass(frozen=True, slots=True)
class Variable:
    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A function, called by its name."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`of.name`."""

    position: int
    of: "Operand"
    name: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each handed the value of the one before; then the value is named by `variables`.

    `declares` says whether these are new (`:=`) or there already (`=`).
    """

    position: int
    commands: tuple[tuple["Operand", ...], ...]
    variables: tuple[str, ...] = ()
    declares: bool = True


Operand = Literal | Dot | Nil | Variable | Word | Field | Pipeline


@dataclass(frozen=True, slots=True)
class If:
    pipeline: Pipeline
    then: "Nodes"
    otherwise: "Nodes"


@dataclass(frozen=True, slots=True)
class With:
    pipeline: Pipeline
    then: "Nodes"
    otherwise: "Nodes"


@dataclass(frozen=True, slots=True)
class Range:
    pipeline: Pipeline
    then: "Nodes"
    otherwise: "Nodes"


@dataclass(frozen=True, slots=True)
class Break:
    position: int


@dataclass(frozen=True, slots=True)
class Continue:
    position: int


@dataclass(frozen=True, slots=True)
class Include:
    """`{{ template "name" pipeline }}`."""

    position: int
    name: str
    pipeline: Pipeline | None


Node = str | Pipeline | If | With | Range | Break | Continue | Include
Nodes = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed text: what it writes, and the templates that it defines by name."""

    nodes: Nodes
    defined: Mapping[str, Nodes]

    @property
    def constant(self) -> str | None:
        """What it writes, if that is always the same."""
        return "".join(map(str, self.nodes)) if all(isinstance(node, str) for node in self.nodes) else None
