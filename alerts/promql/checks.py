"""What may stand where: the types of operands and arguments."""

import difflib
from typing import Final

from alerts.promql.errors import PromQLError
from alerts.promql.functions import FUNCTIONS
from alerts.promql.functions.kinds import Function
from alerts.promql.lexer import Token
from alerts.promql.syntax import Card, Kind, Matching, Node

SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
AGGREGATIONS: Final = {
    **dict.fromkeys(("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")),
    **dict.fromkeys(("topk", "bottomk", "quantile"), Kind.SCALAR),
    "count_values": Kind.STRING,
}
"""By name: the type of the parameter that comes before the vector, if there is one."""
_EXPERIMENTAL: Final = frozenset({
    "limitk", "limit_ratio", "info", "double_exponential_smoothing", "holt_winters", "mad_over_time",
    "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time",
    "sort_by_label", "sort_by_label_desc", "step", "range", "start", "end", "min_of", "max_of",
    "histogram_quantiles",
})  # fmt: skip
_NATIVE: Final = frozenset({
    "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar", "histogram_fraction",
})  # fmt: skip


def check_bool(operator: Token, position: int) -> None:
    if operator.text not in COMPARISONS:
        raise PromQLError(f"bool can only follow a comparison, not {operator.text!r}", position)


def binary_kind(operator: Token, left: Node, right: Node, *, returns_bool: bool) -> Kind:
    """The type of `left operator right`.

    Raises:
        PromQLError: the operands do not fit.
    """
    for side in (left, right):
        if side.kind not in {Kind.SCALAR, Kind.VECTOR}:
            raise PromQLError(f"{operator.text!r} needs scalars or instant vectors, this is {side.kind}", side.position)
        if side.kind is Kind.SCALAR and operator.text.lower() in SET_OPERATORS:
            raise PromQLError(f"{operator.text!r} needs instant vectors, this is a scalar", side.position)
    if left.kind is Kind.VECTOR or right.kind is Kind.VECTOR:
        return Kind.VECTOR
    if operator.text in COMPARISONS and not returns_bool:
        raise PromQLError(f"to compare scalars write {operator.text} bool", operator.position)
    return Kind.SCALAR


def checked_matching(matching: Matching, sides: tuple[Node, Node], position: int, *, operator: str) -> Matching:
    """`matching`; beside a scalar it may be written without labels, and says nothing.

    Raises:
        PromQLError: its labels have no sense.
    """
    if any(side.kind is Kind.SCALAR for side in sides):
        if matching.labels:
            complaint = f"labels can only be matched between instant vectors, {operator!r} has a scalar"
            raise PromQLError(complaint, position)
        return Matching(card=matching.card if operator in SET_OPERATORS else Card.ONE_TO_ONE)
    twice = set(matching.labels) & set(matching.include) if matching.on else set()
    if twice:
        raise PromQLError(f"the label {min(twice)!r} stands both in on and in group_left or group_right", position)
    return matching


def check_sign(sign: Token, inner: Node) -> None:
    if inner.kind not in {Kind.SCALAR, Kind.VECTOR}:
        raise PromQLError(f"{sign.text!r} needs a scalar or an instant vector, this is {inner.kind}", sign.position)


def aggregation_arguments(name: Token, arguments: tuple[Node, ...]) -> tuple[Node | None, Node]:
    """The parameter and the vector.

    Raises:
        PromQLError: their number or type is wrong.
    """
    kind = AGGREGATIONS[name.text.lower()]
    wanted = (kind, Kind.VECTOR) if kind else (Kind.VECTOR,)
    _check_count(name, len(arguments), (len(wanted), len(wanted)))
    for each, argument in zip(wanted, arguments, strict=True):
        _check_kind(name, argument, each)
    return (arguments[0] if kind else None), arguments[-1]


def known_function(name: Token) -> Function:
    """The function of that name.

    Raises:
        PromQLError: there is none, or it is not supported.
    """
    if function := FUNCTIONS.get(name.text):
        return function
    if name.text.lower() in _EXPERIMENTAL:
        raise PromQLError(f"{name.text} is experimental in Prometheus and not supported", name.position)
    if name.text in _NATIVE:
        raise PromQLError(f"{name.text} works on native histograms, which are not supported", name.position)
    near = difflib.get_close_matches(name.text[:40], [*FUNCTIONS, *AGGREGATIONS], n=1)
    raise PromQLError(
        f"unknown function {name.text[:40]!r}" + (f"; did you mean {near[0]}?" if near else ""), name.position
    )


def check_arguments(name: Token, function: Function, arguments: tuple[Node, ...]) -> None:
    least = len(function.takes) - (1 if function.repeats else function.optional)
    _check_count(name, len(arguments), (least, None if function.repeats else len(function.takes)))
    for index, argument in enumerate(arguments):
        _check_kind(name, argument, function.takes[min(index, len(function.takes) - 1)])


def _check_count(name: Token, count: int, bounds: tuple[int, int | None]) -> None:
    least, most = bounds
    if count >= least and (most is None or count <= most):
        return
    wanted = f"at least {least}" if most is None else f"{least}" if most == least else f"{least} to {most}"
    plural = "" if wanted == "1" else "s"
    raise PromQLError(f"{name.text} takes {wanted} argument{plural}, not {count}", name.position)


def _check_kind(name: Token, argument: Node, wanted: Kind) -> None:
    if argument.kind is not wanted:
        raise PromQLError(f"{name.text} needs {wanted} here, this is {argument.kind}", argument.position)
