"""The parts of the grammar around a selector: matchers, ranges, subqueries, `offset` and `@`."""

import re
from dataclasses import replace

from alerts.promql.cursor import Cursor
from alerts.promql.errors import PromQLError
from alerts.promql.lexer import Lexeme, Token
from alerts.promql.regex import portable
from alerts.promql.syntax import Edge, Kind, Node, Selector, Shift, Subquery, Window
from drawdown.series import NAME, Matcher, Op


def selector(cursor: Cursor, name: Token | None) -> Selector:
    """What follows a metric's `name`, or the braces of a selector without one."""
    position = name.position if name else cursor.next.position
    matchers = _matchers(cursor) if cursor.accept("{") else []
    if name and any(matcher.name == NAME for matcher in matchers):
        raise PromQLError(f"the name of the metric is given twice: {name.text!r} and in the braces", position)
    matchers = [Matcher(NAME, Op.EQUAL, name.text), *matchers] if name else matchers
    if all(_accepts_empty(matcher) for matcher in matchers):
        raise PromQLError("a selector needs a metric name or a matcher that does not match the empty text", position)
    names = (matcher.value for matcher in matchers if matcher.name == NAME and matcher.op is Op.EQUAL)
    return Selector(position=position, name=next(names, ""), matchers=tuple(matchers))


def _matchers(cursor: Cursor) -> list[Matcher]:
    matchers: list[Matcher] = []
    while not cursor.accept("}"):
        matchers.append(_matcher(cursor))
        if not cursor.is_at("}"):
            cursor.expect(",", "or '}' after a label matcher")
    return matchers


def _matcher(cursor: Cursor) -> Matcher:
    if cursor.next.lexeme is not Lexeme.STRING and (cursor.next.lexeme is not Lexeme.NAME or ":" in cursor.next.text):
        raise cursor.unexpected("the name of a label, or '}'")
    label = cursor.take()
    if label.lexeme is Lexeme.STRING and cursor.is_at(",", "}"):
        return Matcher(NAME, Op.EQUAL, label.text)
    if not cursor.is_at("=", "!=", "=~", "!~"):
        raise cursor.unexpected("one of =, !=, =~ and !~ after the name of a label")
    op = Op(cursor.take().text)
    if cursor.next.lexeme is not Lexeme.STRING:
        raise cursor.unexpected("the value of the label in quotes")
    value = cursor.take()
    if op in {Op.MATCH, Op.NOT_MATCH}:
        return Matcher(label.text, op, portable(value.text, value.position))
    return Matcher(label.text, op, value.text)


def _accepts_empty(matcher: Matcher) -> bool:
    match matcher.op:
        case Op.EQUAL:
            return not matcher.value
        case Op.NOT_EQUAL:
            return bool(matcher.value)
    matches = re.fullmatch(matcher.value, "") is not None
    return matches is (matcher.op is Op.MATCH)


def modifiers(cursor: Cursor, node: Node) -> Node:
    """`node` with the ranges, offsets and times that follow it."""
    while True:
        position = cursor.next.position
        if cursor.accept("["):
            node = _bracket(cursor, node)
        elif cursor.accept_word("offset"):
            node = _with_offset(node, cursor.signed_seconds("after offset"), position)
        elif cursor.accept("@"):
            node = _with_time(node, _time(cursor), position)
        elif cursor.is_at_word("anchored", "smoothed"):
            raise PromQLError(f"the experimental modifier {cursor.next.text!r} is not supported", position)
        else:
            return node


def _bracket(cursor: Cursor, node: Node) -> Node:
    at = cursor.next.position
    span = cursor.signed_seconds("of a range")
    if round(span * 1000) <= 0:
        raise PromQLError("a range must be longer than 0", at)
    if cursor.accept(":"):
        return _subquery(cursor, node, span)
    cursor.expect("]", "after the range")
    if not isinstance(node, Selector):
        raise PromQLError("a range can only follow a selector; write [5m:] for a subquery", at)
    if node.shift != Shift():
        raise PromQLError("offset and @ stand after the range, not before it", at)
    return Window(position=node.position, selector=node, range=span)


def _subquery(cursor: Cursor, node: Node, span: float) -> Subquery:
    at = cursor.next.position
    step = None if cursor.is_at("]") else cursor.signed_seconds("as the step of the subquery")
    if step is not None and round(step * 1000) <= 0:
        raise PromQLError("the step of a subquery must be longer than 0", at)
    cursor.expect("]", "after the step of the subquery")
    if node.kind is not Kind.VECTOR:
        raise PromQLError(f"a subquery needs an instant vector, this is {node.kind}", node.position)
    return Subquery(position=node.position, inner=node, range=span, step=step)


def _time(cursor: Cursor) -> float | Edge:
    for edge in Edge:
        if cursor.accept_word(edge.name.lower()):
            cursor.expect("(", f"in @ {edge}")
            cursor.expect(")", f"in @ {edge}")
            return edge
    return cursor.signed_seconds("or a Unix time after @")


def _with_offset(node: Node, offset: float, position: int) -> Node:
    shifted = _shifted(node, "offset", position)
    if shifted.shift.offset:
        raise PromQLError("offset is given twice", position)
    return _reshifted(node, replace(shifted, shift=replace(shifted.shift, offset=offset)))


def _with_time(node: Node, time: float | Edge, position: int) -> Node:
    shifted = _shifted(node, "@", position)
    if shifted.shift.at is not None:
        raise PromQLError("@ is given twice", position)
    return _reshifted(node, replace(shifted, shift=replace(shifted.shift, at=time)))


def _shifted(node: Node, modifier: str, position: int) -> Selector | Subquery:
    target = node.selector if isinstance(node, Window) else node
    if isinstance(target, Selector | Subquery):
        return target
    raise PromQLError(f"{modifier} can only follow a selector, a range or a subquery", position)


def _reshifted(node: Node, shifted: Selector | Subquery) -> Node:
    if isinstance(node, Window) and isinstance(shifted, Selector):
        return replace(node, selector=shifted)
    return shifted
