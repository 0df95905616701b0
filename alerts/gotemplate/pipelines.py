"""Pipelines, commands and operands: what stands inside an action."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from alerts.gotemplate.cursor import Cursor
from alerts.gotemplate.errors import TemplateError
from alerts.gotemplate.literals import character, number, text_written
from alerts.gotemplate.nodes import Dot, Field, Literal, Nil, Operand, Pipeline, Variable, Word
from alerts.gotemplate.tokens import Lexeme, Token

_MAX_DEPTH: Final = 50
_CONSTANTS: Final = {"true": True, "false": False}


class PipelineParser:
    """Reads pipelines, and knows the variables that are declared where it is."""

    def __init__(self, functions: Collection[str], variables: list[str]) -> None:
        self._functions = functions
        self._variables = variables
        self._depth = 0

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is declared within is unknown after it."""
        known = len(self._variables)
        yield
        del self._variables[known:]

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Within, only `$` is known."""
        around, self._variables = self._variables, ["$"]
        yield
        self._variables = around

    def text(self, cursor: Cursor, what: str) -> str:
        """A quoted text."""
        if not cursor.at(Lexeme.STRING):
            raise TemplateError(f"{what} must stand here in quotes", cursor.position)
        return text_written(cursor.take())

    def whole(self, cursor: Cursor, where: str, *, variables: int = 1) -> Pipeline:
        """All that is left of the action, which may name its value by as many `variables`."""
        pipeline = self._pipeline(cursor, where, variables=variables)
        cursor.expect_end()
        return pipeline

    def _pipeline(self, cursor: Cursor, where: str, *, variables: int) -> Pipeline:
        position = cursor.next.position if cursor.next else cursor.position
        names, declares = self._naming(cursor, variables)
        commands = [self._command(cursor, where)]
        while cursor.accept("|"):
            stage = cursor.next
            commands.append(self._command(cursor, where))
            if isinstance(commands[-1][0], Literal | Dot | Nil) and stage:
                message = f"{stage.text} is not a function and cannot take a value from a pipe"
                raise TemplateError(message, stage.position)
        if declares:
            self._variables.extend(names)
        return Pipeline(position, tuple(commands), names, declares=declares)

    def _naming(self, cursor: Cursor, most: int) -> tuple[tuple[str, ...], bool]:
        """`$x :=`, `$x =` or `$i, $x :=`, and whether it declares."""
        count = 2 if cursor.ahead(1) == "," and most > 1 else 1
        sign = cursor.ahead(2 * count - 1)
        if not cursor.at(Lexeme.VARIABLE) or sign not in {":=", "="}:
            return (), True
        taken = [cursor.take() for _ in range(2 * count)]
        names = taken[::2]
        for name in names if sign == "=" else ():
            self._expect_known(name)
        return tuple(name.text for name in names), sign == ":="

    def _command(self, cursor: Cursor, where: str) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while not cursor.at_end and not cursor.at_symbol("|", ")"):
            token = cursor.next
            if operands and token and not token.spaced:
                raise cursor.unexpected()
            operands.append(self._operand(cursor))
        if not operands:
            raise TemplateError(f"a value is missing in {where}", cursor.position)
        return tuple(operands)

    def _operand(self, cursor: Cursor) -> Operand:
        operand = self._term(cursor)
        while (token := cursor.next) and token.lexeme is Lexeme.FIELD and not token.spaced:
            if isinstance(operand, Literal | Dot | Nil):
                raise cursor.unexpected()
            operand = Field(token.position, operand, cursor.take().text[1:])
        return operand

    def _term(self, cursor: Cursor) -> Operand:
        if cursor.at_symbol("("):
            return self._parenthesis(cursor)
        if cursor.at_symbol("."):
            return Dot(cursor.take().position)
        if cursor.at(Lexeme.SYMBOL):
            raise cursor.unexpected()
        return self._plain(cursor.take())

    def _plain(self, token: Token) -> Operand:
        match token.lexeme:
            case Lexeme.FIELD:
                return Field(token.position, Dot(token.position), token.text[1:])
            case Lexeme.VARIABLE:
                self._expect_known(token)
                return Variable(token.position, token.text)
            case Lexeme.WORD:
                return self._word(token)
            case Lexeme.NUMBER:
                return Literal(token.position, number(token))
            case Lexeme.CHARACTER:
                return Literal(token.position, character(token))
            case _:
                return Literal(token.position, text_written(token))

    def _word(self, token: Token) -> Operand:
        if token.text in _CONSTANTS:
            return Literal(token.position, _CONSTANTS[token.text])
        if token.text == "nil":
            return Nil(token.position)
        if token.text not in self._functions:
            raise TemplateError(f"there is no function {token.text}", token.position)
        return Word(token.position, token.text)

    def _expect_known(self, token: Token) -> None:
        if token.text not in self._variables:
            known = ", ".join(name for name in self._variables if name != "$")
            raise TemplateError(f"{token.text} is not defined; there are {known or 'no variables'}", token.position)

    def _parenthesis(self, cursor: Cursor) -> Pipeline:
        opening = cursor.take()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise TemplateError(f"more than {_MAX_DEPTH} parentheses lie in each other", opening.position)
        inner = self._pipeline(cursor, "parentheses", variables=1)
        self._depth -= 1
        if not cursor.accept(")"):
            raise TemplateError("( is never closed", opening.position)
        return inner
