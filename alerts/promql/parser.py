"""Tokens to a syntax tree: a Pratt parser that checks types as it goes.

Text may come from anywhere: its length and its nesting are bounded, and whatever it is, the only error is PromQLError.
"""

from typing import Final

from alerts.promql import checks
from alerts.promql.cursor import Cursor, number
from alerts.promql.errors import PromQLError
from alerts.promql.lexer import Lexeme, Token
from alerts.promql.selector_parser import modifiers, selector
from alerts.promql.syntax import (
    Aggregation,
    Binary,
    Call,
    Card,
    Expression,
    Matching,
    Negation,
    Node,
    Number,
    Parenthesis,
    String,
)

MAX_DEPTH: Final = 64
_POWER: Final = 6
_PRECEDENCE: Final = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": _POWER,
}
_CARDS: Final = {"group_left": Card.MANY_TO_ONE, "group_right": Card.ONE_TO_MANY}
_NOT_A_LABEL: Final = ("without", "inf", "nan")
_NOT_A_METRIC: Final = ("bool", "on", "ignoring", "group_left", "group_right", "atan2")


def parse(text: str) -> Expression:
    """Read and type-check an expression.

    Raises:
        PromQLError: with the position of what is wrong, and what was expected there.
    """
    parser = _Parser(Cursor(text))
    return Expression(text, parser.whole())


class _Parser:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._depth = 0

    def whole(self) -> Node:
        if self._cursor.at_end:
            raise PromQLError("the expression is empty", 0)
        root = self._expression(0)
        if not self._cursor.at_end:
            raise self._cursor.unexpected("an operator or the end of the expression")
        return root

    def _expression(self, binds: int) -> Node:
        """An expression of operators that bind at least as tight as `binds`."""
        if self._depth == MAX_DEPTH:
            raise PromQLError(f"the expression is nested more than {MAX_DEPTH} levels deep", self._cursor.next.position)
        self._depth += 1
        left = self._operand()
        while (precedence := self._precedence()) and precedence >= binds:
            left = self._binary(left, precedence)
        self._depth -= 1
        return left

    def _precedence(self) -> int:
        token = self._cursor.next
        return _PRECEDENCE.get(token.text.lower(), 0) if token.lexeme in {Lexeme.NAME, Lexeme.SYMBOL} else 0

    def _binary(self, left: Node, precedence: int) -> Node:
        operator = self._cursor.take()
        returns_bool = self._cursor.accept_word("bool")
        matching_at = self._cursor.next
        matching = self._matching(operator.text.lower())
        right = self._expression(precedence + (precedence != _POWER))
        if returns_bool:
            checks.check_bool(operator, returns_bool.position)
        matching = checks.checked_matching(
            matching, (left, right), matching_at.position, operator=operator.text.lower()
        )
        return Binary(
            position=operator.position,
            operator=operator.text.lower(),
            left=left,
            right=right,
            matching=matching,
            returns_bool=returns_bool is not None,
            kind_=checks.binary_kind(operator, left, right, returns_bool=returns_bool is not None),
        )

    def _matching(self, operator: str) -> Matching:
        card = Card.MANY_TO_MANY if operator in checks.SET_OPERATORS else Card.ONE_TO_ONE
        way = self._cursor.accept_word("on", "ignoring")
        if way is None:
            return Matching(card=card)
        labels, include = self._labels(way.text), tuple[str, ...]()
        if grouping := self._cursor.accept_word("group_left", "group_right"):
            if card is Card.MANY_TO_MANY:
                raise PromQLError(f"{grouping.text} cannot be used with {operator}", grouping.position)
            card = _CARDS[grouping.text.lower()]
            include = self._labels(grouping.text) if self._cursor.is_at("(") else ()
        return Matching(card=card, on=way.text.lower() == "on", labels=labels, include=include)

    def _labels(self, after: str) -> tuple[str, ...]:
        self._cursor.expect("(", f"after {after}")
        labels = []
        while not self._cursor.accept(")"):
            labels.append(self._label())
            if not self._cursor.is_at(")"):
                self._cursor.expect(",", "or ')' after a label")
        return tuple(labels)

    def _label(self) -> str:
        if self._cursor.next.lexeme not in {Lexeme.STRING, Lexeme.NAME} or self._cursor.is_at_word(*_NOT_A_LABEL):
            raise self._cursor.unexpected("the name of a label, in quotes if it is a word of the language")
        label = self._cursor.take()
        if not label.text:
            raise PromQLError("the name of a label must not be empty", label.position)
        return label.text

    def _operand(self) -> Node:
        sign = self._cursor.accept("-", "+")
        if sign is None:
            return modifiers(self._cursor, self._primary())
        inner = self._expression(_POWER)
        checks.check_sign(sign, inner)
        if sign.text == "+":
            return inner
        if isinstance(inner, Number):
            return Number(position=sign.position, value=-inner.value)
        return Negation(position=sign.position, inner=inner, kind_=inner.kind)

    def _primary(self) -> Node:
        token = self._cursor.next
        if self._cursor.accept("("):
            return self._parenthesis(token)
        if token.lexeme in {Lexeme.NUMBER, Lexeme.DURATION} or self._cursor.is_at_word("inf", "nan"):
            return Number(position=token.position, value=number(self._cursor.take()))
        if token.lexeme is Lexeme.STRING:
            return String(position=token.position, value=self._cursor.take().text)
        if self._cursor.is_at("{"):
            return selector(self._cursor, None)
        if token.lexeme is not Lexeme.NAME or self._cursor.is_at_word(*_NOT_A_METRIC):
            raise self._cursor.unexpected("a number, a string, a selector, a function or '('")
        return self._named(self._cursor.take())

    def _named(self, name: Token) -> Node:
        if name.text.lower() in checks.AGGREGATIONS and (
            self._cursor.is_at("(") or self._cursor.is_at_word("by", "without")
        ):
            return self._aggregation(name)
        return self._call(name) if self._cursor.is_at("(") else selector(self._cursor, name)

    def _parenthesis(self, opening: Token) -> Node:
        inner = self._expression(0)
        self._cursor.expect(")", f"to close the parenthesis at {opening.position}")
        return Parenthesis(position=opening.position, inner=inner, kind_=inner.kind)

    def _aggregation(self, name: Token) -> Node:
        way = self._cursor.accept_word("by", "without")
        labels = self._labels(way.text) if way else ()
        arguments = self._arguments(name)
        if way is None and (way := self._cursor.accept_word("by", "without")):
            labels = self._labels(way.text)
        parameter, inner = checks.aggregation_arguments(name, arguments)
        return Aggregation(
            position=name.position,
            operator=name.text.lower(),
            inner=inner,
            parameter=parameter,
            labels=labels,
            without=way is not None and way.text.lower() == "without",
        )

    def _arguments(self, name: Token) -> tuple[Node, ...]:
        self._cursor.expect("(", f"after {name.text}")
        arguments: list[Node] = []
        while not self._cursor.is_at(")"):
            arguments.append(self._expression(0))
            if not self._cursor.accept(","):
                break
            if self._cursor.is_at(")"):
                raise self._cursor.unexpected("an argument after ','")
        self._cursor.expect(")", f"to close the arguments of {name.text}")
        return tuple(arguments)

    def _call(self, name: Token) -> Node:
        function = checks.known_function(name)
        arguments = self._arguments(name)
        checks.check_arguments(name, function, arguments)
        return Call(position=name.position, function=name.text, arguments=arguments, kind_=function.returns)
