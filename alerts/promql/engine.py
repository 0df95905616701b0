"""Evaluation of expressions: the result depends on the expression, the series in the source and the time alone."""

from dataclasses import dataclass

import numpy as np

from alerts.promql.cursor import MAX_SECONDS
from alerts.promql.errors import PromQLError
from alerts.promql.evaluation import Evaluation
from alerts.promql.frame import MAX_STEPS, Frame, Grid, Millis, millis
from alerts.promql.memo import Memo
from alerts.promql.syntax import Expression, Kind, String, bare, nodes
from drawdown.series import ABSENT, Bools, Floats, Labels, SeriesSource


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Elements and their `values` (elements,), none absent or stale; sorted only where the expression sorts. A scalar
    is one element without labels.
    """

    labels: tuple[Labels, ...]
    values: Floats
    scalar: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Series, sorted by labels, at `times` (T,) in Unix seconds: `values` (series, T), ABSENT where there is none."""

    labels: tuple[Labels, ...]
    times: Floats
    values: Floats


class Prepared:
    """An expression that is evaluated again and again. What it makes of the labels of series is remembered: while these
    are the same tuples, only numbers are reckoned with. It gives what `evaluate` gives.
    """

    def __init__(self, expression: Expression, memo: Memo) -> None:
        self._expression = expression
        self._memo = memo
        self._present = _Present()

    def evaluate(self, source: SeriesSource, at: float) -> Vector:
        """The value at Unix second `at`. The labels are the same tuple as at the time before, if they have not changed.

        Raises:
            PromQLError: the expression cannot be evaluated over these series, or is a string or a range vector.
        """
        now = _time(at)
        frame = _evaluated(self._expression, Evaluation(source, self._memo), Grid(np.array([now]), now, now))
        present = frame.present[:, 0]
        labels = self._present.of(frame.labels, present)
        return Vector(labels, frame.values[present, 0], scalar=self._expression.root.kind is Kind.SCALAR)


class _Present:
    """Picks the labels of the rows that are present, and remembers its last pick."""

    def __init__(self) -> None:
        self._all: tuple[Labels, ...] = ()
        self._rows = np.empty(0, np.bool_)
        self._picked: tuple[Labels, ...] = ()

    def of(self, labels: tuple[Labels, ...], present: Bools) -> tuple[Labels, ...]:
        if labels is not self._all or not np.array_equal(present, self._rows):
            self._all, self._rows = labels, present
            self._picked = labels if present.all() else tuple(labels[row] for row in np.flatnonzero(present))
        return self._picked


def prepare(expression: Expression, memo: Memo | None = None) -> Prepared:
    """To evaluate `expression` at many times. Expressions over the same series had better have one memo."""
    return Prepared(expression, _with_room(Memo() if memo is None else memo, expression))


def evaluate(expression: Expression, source: SeriesSource, at: float) -> Vector:
    """The value at Unix second `at`.

    Raises:
        PromQLError: the expression cannot be evaluated over these series, or is a string or a range vector.
    """
    return prepare(expression).evaluate(source, at)


def evaluate_range(expression: Expression, source: SeriesSource, *, start: float, end: float, step: float) -> Matrix:
    """The values at `start`, `start + step`, … up to `end` (Unix seconds).

    Raises:
        PromQLError: as `evaluate`, or when the range is empty or has too many steps.
    """
    first, last, stride = _time(start), _time(end), _time(step)
    if stride <= 0 or last < first:
        raise PromQLError("a range needs an end that is not before its start, and a step longer than 0")
    if (last - first) // stride >= MAX_STEPS:
        raise PromQLError(f"a range must not have more than {MAX_STEPS} steps")
    times = np.arange(first, last + 1, stride)
    evaluation = Evaluation(source, _with_room(Memo(), expression))
    return _matrix(_evaluated(expression, evaluation, Grid(times, first, last)).pruned(), times)


def evaluate_window(expression: Expression, source: SeriesSource, at: float) -> Matrix:
    """The samples of a range vector, such as `requests[5m]`, at Unix second `at`.

    Raises:
        PromQLError: the expression is no range vector, or cannot be evaluated.
    """
    root = expression.root
    if root.kind is not Kind.WINDOW:
        raise PromQLError(f"a range vector is needed, this is {root.kind}", root.position)
    now = _time(at)
    with np.errstate(all="ignore"):
        read = Evaluation(source, _with_room(Memo(), expression)).window(root, Grid(np.array([now]), now, now))
    return _matrix(Frame(read.labels, read.values, read.real).pruned(), read.times)


def string_value(expression: Expression) -> str | None:
    """What a string literal says, None if the expression is not one."""
    root = bare(expression.root)
    return root.value if isinstance(root, String) else None


def _time(seconds: float) -> int:
    if not abs(seconds) < MAX_SECONDS:
        raise PromQLError(f"the time {seconds} is out of range")
    return millis(seconds)


def _with_room(memo: Memo, expression: Expression) -> Memo:
    """Room for what each part of the expression makes of series, before and after one of them comes or goes."""
    memo.extend(4 * sum(1 for _ in nodes(expression)))
    return memo


def _matrix(frame: Frame, times: Millis) -> Matrix:
    order = sorted(range(len(frame.labels)), key=lambda row: tuple(frame.labels[row].items()))
    values = np.where(frame.present, frame.values, ABSENT)
    return Matrix(tuple(frame.labels[row] for row in order), times / 1000.0, values[order])


def _evaluated(expression: Expression, evaluation: Evaluation, grid: Grid) -> Frame:
    root = expression.root
    if root.kind in {Kind.STRING, Kind.WINDOW}:
        raise PromQLError(f"{root.kind} has no value at a single time", root.position)
    with np.errstate(all="ignore"):
        return Frame.single(evaluation.scalar(root, grid)) if root.kind is Kind.SCALAR else evaluation.frame(root, grid)
