"""Evaluation of expressions: a pure function of the expression, the source of series and the time."""

from dataclasses import dataclass

import numpy as np

from alerts.promql.cursor import MAX_SECONDS
from alerts.promql.errors import PromQLError
from alerts.promql.evaluation import Evaluation
from alerts.promql.frame import MAX_STEPS, Frame, Grid, Millis, millis
from alerts.promql.syntax import Expression, Kind, String, bare
from drawdown.series import ABSENT, Floats, Labels, SeriesSource


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


def evaluate(expression: Expression, source: SeriesSource, at: float) -> Vector:
    """The value at Unix second `at`.

    Raises:
        PromQLError: the expression cannot be evaluated over these series, or is a string or a range vector.
    """
    now = _time(at)
    frame = _evaluated(expression, source, Grid(np.array([now]), now, now)).pruned()
    return Vector(frame.labels, frame.values[:, 0], scalar=expression.root.kind is Kind.SCALAR)


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
    frame = _evaluated(expression, source, Grid(times, first, last)).pruned()
    return _matrix(frame.labels, times, np.where(frame.present, frame.values, ABSENT))


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
        read = Evaluation(source).window(root, Grid(np.array([now]), now, now))
    return _matrix(read.labels, read.times, np.where(read.present, read.values, ABSENT))


def string_value(expression: Expression) -> str | None:
    """What a string literal says, None if the expression is not one."""
    root = bare(expression.root)
    return root.value if isinstance(root, String) else None


def _time(seconds: float) -> int:
    if not abs(seconds) < MAX_SECONDS:
        raise PromQLError(f"the time {seconds} is out of range")
    return millis(seconds)


def _matrix(labels: tuple[Labels, ...], times: Millis, values: Floats) -> Matrix:
    order = sorted(range(len(labels)), key=lambda row: tuple(labels[row].items()))
    return Matrix(tuple(labels[row] for row in order), times / 1000.0, values[order])


def _evaluated(expression: Expression, source: SeriesSource, grid: Grid) -> Frame:
    root = expression.root
    if root.kind in {Kind.STRING, Kind.WINDOW}:
        raise PromQLError(f"{root.kind} has no value at a single time", root.position)
    evaluation = Evaluation(source)
    with np.errstate(all="ignore"):
        return Frame.single(evaluation.scalar(root, grid)) if root.kind is Kind.SCALAR else evaluation.frame(root, grid)
