"""From a tree and the values at hand to a text."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.function import Function
from alerts.gotemplate.nodes import (
    Break,
    Continue,
    Dot,
    Field,
    If,
    Include,
    Literal,
    Nil,
    Node,
    Nodes,
    Operand,
    Pipeline,
    Range,
    Tree,
    Variable,
    With,
    Word,
)
from alerts.gotemplate.printing import text_of
from alerts.gotemplate.values import Value, field_of, items_of, true

_MAX_DEPTH: Final = 50
_MAX_ROUNDS: Final = 100_000
_Stop = Break | Continue | None


def execute(tree: Tree, functions: Mapping[str, Function], *, data: Value, variables: Mapping[str, Value]) -> str:
    """What `tree` writes with `data` as its dot and `$`.

    Raises:
        TemplateError: a function does not take its arguments, a field is not there, or it would run for too long.
    """
    run = _Run(tree, functions, {"$": data, **variables})
    run.walk(tree.nodes, data)
    return "".join(run.written)


class _Run:
    """Walks a tree once."""

    def __init__(self, tree: Tree, functions: Mapping[str, Function], variables: Mapping[str, Value]) -> None:
        self.written: list[str] = []
        self._tree = tree
        self._functions = functions
        self._variables: list[tuple[str, Value]] = [*variables.items()]
        self._depth = 0
        self._rounds = 0

    def walk(self, nodes: Nodes, dot: Value) -> _Stop:
        """Write `nodes`; what has stopped it before the end, if anything has."""
        for node in nodes:
            stop = self._write(node, dot)
            if stop:
                return stop
        return None

    def _write(self, node: Node, dot: Value) -> _Stop:
        if isinstance(node, str):
            self.written.append(node)
        elif isinstance(node, Pipeline):
            value = self._pipeline(node, dot)
            self.written.append("" if node.variables else text_of(value))
        elif isinstance(node, If | With | Range):
            return self._control(node, dot)
        elif isinstance(node, Include):
            self._include(node, dot)
        else:
            return node
        return None

    def _control(self, node: If | With | Range, dot: Value) -> _Stop:
        with self._scope():
            if isinstance(node, Range):
                return self._range(node, dot)
            value = self._pipeline(node.pipeline, dot)
            if true(value):
                return self.walk(node.then, value if isinstance(node, With) else dot)
            return self.walk(node.otherwise, dot)

    @contextmanager
    def _scope(self) -> Iterator[None]:
        known = len(self._variables)
        yield
        del self._variables[known:]

    def _range(self, node: Range, dot: Value) -> _Stop:
        value = self._pipeline(Pipeline(node.pipeline.position, node.pipeline.commands), dot)
        empty = True
        for key, element in items_of(value):
            empty = False
            self._count_round()
            with self._scope():
                self._name(node.pipeline, (key, element)[-len(node.pipeline.variables) or 2 :])
                if isinstance(self.walk(node.then, element), Break):
                    return None
        return self.walk(node.otherwise, dot) if empty else None

    def _count_round(self) -> None:
        self._rounds += 1
        if self._rounds > _MAX_ROUNDS:
            raise TemplateError(f"more than {_MAX_ROUNDS} rounds of range")

    def _include(self, node: Include, dot: Value) -> None:
        if node.name not in self._tree.defined:
            raise TemplateError(f"there is no template {node.name!r}")
        if self._depth == _MAX_DEPTH:
            raise TemplateError(f"more than {_MAX_DEPTH} templates call each other")
        argument = self._pipeline(node.pipeline, dot) if node.pipeline else None
        around, self._variables = self._variables, [("$", argument)]
        self._depth += 1
        self.walk(self._tree.defined[node.name], argument)
        self._depth -= 1
        self._variables = around

    def _pipeline(self, pipeline: Pipeline, dot: Value) -> Value:
        value, passed = None, False
        for command in pipeline.commands:
            value = self._command(command, dot, (value,) if passed else ())
            passed = True
        self._name(pipeline, (value,))
        return value

    def _name(self, pipeline: Pipeline, values: Sequence[Value]) -> None:
        """Give `values` to the variables of the pipeline."""
        for name, value in zip(pipeline.variables, values, strict=False):
            if pipeline.declares:
                self._variables.append((name, value))
            else:
                self._variables[self._place(name)] = (name, value)

    def _place(self, name: str) -> int:
        for place in reversed(range(len(self._variables))):
            if self._variables[place][0] == name:
                return place
        raise TemplateError(f"{name} is not defined here")

    def _command(self, operands: tuple[Operand, ...], dot: Value, passed: tuple[Value, ...]) -> Value:
        """A function or method with its arguments, of which `passed` is the last; or a single operand."""
        first, *rest = operands
        if isinstance(first, Word):
            return self._call(first, rest, dot, passed)
        if isinstance(first, Nil):
            raise TemplateError("nil is not a command")
        if isinstance(first, Field):
            return self._member(first, dot, (*self._values(rest, dot), *passed))
        if rest or passed:
            raise TemplateError("a value that is not a function cannot take arguments")
        return self._value(first, dot)

    def _values(self, operands: Sequence[Operand], dot: Value) -> Iterator[Value]:
        return (self._value(operand, dot) for operand in operands)

    def _value(self, operand: Operand, dot: Value) -> Value:
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Variable):
            return self._variables[self._place(operand.name)][1]
        if isinstance(operand, Field):
            return self._member(operand, dot, ())
        if isinstance(operand, Word):
            return self._call(operand, (), dot, ())
        if isinstance(operand, Pipeline):
            return self._pipeline(operand, dot)
        return dot if isinstance(operand, Dot) else None

    def _member(self, field: Field, dot: Value, arguments: tuple[Value, ...]) -> Value:
        member = field_of(self._value(field.of, dot), field.name)
        if isinstance(member, Function):
            return member.called(field.name, arguments)
        if arguments:
            raise TemplateError(f"{field.name} is not a function and cannot take arguments")
        return member

    def _call(self, word: Word, operands: Sequence[Operand], dot: Value, passed: tuple[Value, ...]) -> Value:
        if word.name in {"and", "or"} and (operands or passed):
            return self._decided(operands, dot, passed, stop=word.name == "or")
        return self._functions[word.name].called(word.name, (*self._values(operands, dot), *passed))

    def _decided(self, operands: Sequence[Operand], dot: Value, passed: tuple[Value, ...], *, stop: bool) -> Value:
        """`and` and `or`: the first value that decides, or the last; those after it are not asked for."""
        value = None
        for value in self._values(operands, dot):
            if true(value) is stop:
                return value
        return passed[0] if passed else value
