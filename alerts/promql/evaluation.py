"""How the parts of an expression get their values.

Everything is computed at all times of a grid at once; an instant query is a grid of one time, a subquery a grid inside
one. Times are milliseconds inside, as in Prometheus, so that windows end where its windows end.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

import numpy as np

from alerts.promql.aggregate import aggregate
from alerts.promql.ends import ends
from alerts.promql.errors import PromQLError
from alerts.promql.frame import MAX_STEPS, Frame, Grid, check_size, millis, without_name
from alerts.promql.functions import FUNCTIONS
from alerts.promql.functions.kinds import Function, OverTime
from alerts.promql.match import scalar_with_vector, scalars, vector_with_scalar, vectors
from alerts.promql.memo import Memo
from alerts.promql.select import instant, samples, shifted
from alerts.promql.sharing import Sharing
from alerts.promql.stacks import stacks
from alerts.promql.syntax import (
    Aggregation,
    Binary,
    Call,
    Kind,
    Negation,
    Node,
    Number,
    Selector,
    String,
    Subquery,
    Window,
    bare,
)
from alerts.promql.window import Samples
from drawdown.series import ABSENT, Block, Floats, SeriesSource

SUBQUERY_STEP: Final = 60_000
"""The step in ms of a subquery that names none: Prometheus' default evaluation interval."""


class Interruptible(Protocol):
    """A source that can call an evaluation off."""

    def check(self) -> None:
        """Called between the parts of an evaluation, many times a second; what it raises ends the evaluation."""


class Evaluation:
    """Evaluates nodes over one source, which may be shared and interruptible; the `Context` of the functions."""

    def __init__(self, source: SeriesSource, memo: Memo) -> None:
        self.source = source
        self.memo = memo
        self._sharing = source if isinstance(source, Sharing) else Sharing(source)
        self._check: Callable[[], None] = getattr(source, "check", _go_on)

    def scalar(self, node: Node, grid: Grid) -> Floats:
        """The values (T,) of a scalar."""
        value = self._value(bare(node), grid)
        if isinstance(value, Frame):
            raise PromQLError("a scalar is needed here", node.position)
        return value

    def frame(self, node: Node, grid: Grid) -> Frame:
        """The value of an instant vector."""
        value = self._value(bare(node), grid)
        if not isinstance(value, Frame):
            raise PromQLError("an instant vector is needed here", node.position)
        return value

    def _value(self, node: Node, grid: Grid) -> Frame | Floats:
        self._check()
        return self._sharing.value(node, grid, partial(self._computed, node, grid))

    def _computed(self, node: Node, grid: Grid) -> Frame | Floats:
        match node:
            case Number():
                return np.full(len(grid.times), node.value)
            case Selector():
                return instant(node, grid, self.source)[0].slimmed()
            case Negation():
                return self._negated(node, grid)
            case Binary():
                return self._binary(node, grid)
            case Aggregation():
                return aggregate(node, self.frame(node.inner, grid), self._parameter(node, grid), memo=self.memo)
            case Call():
                return self._call(node, grid)
        raise PromQLError(f"{node.kind} has no value at a single time", node.position)

    def _negated(self, node: Negation, grid: Grid) -> Frame | Floats:
        value = self._value(bare(node.inner), grid)
        if isinstance(value, Frame):
            return without_name(value.with_values(-value.values), self.memo, node.position)
        return -value

    def _binary(self, node: Binary, grid: Grid) -> Frame | Floats:
        """Goes down the left side in a loop, for chains of operators may be long."""
        chain = [node]
        while isinstance(chain[-1].left, Binary):
            chain.append(chain[-1].left)
        value = self._value(bare(chain[-1].left), grid)
        for each in reversed(chain):
            value = self._combined(each, value, self._value(bare(each.right), grid))
        return value

    def _combined(self, node: Binary, left: Frame | Floats, right: Frame | Floats) -> Frame | Floats:
        if isinstance(left, Frame):
            if isinstance(right, Frame):
                return vectors(node, left, right, memo=self.memo)
            return vector_with_scalar(node, left, right, memo=self.memo)
        if isinstance(right, Frame):
            return scalar_with_vector(node, left, right, memo=self.memo)
        return scalars(node, left, right)

    def _parameter(self, node: Aggregation, grid: Grid) -> Floats | str | None:
        if node.parameter is None:
            return None
        parameter = bare(node.parameter)
        return parameter.value if isinstance(parameter, String) else self.scalar(parameter, grid)

    def _call(self, call: Call, grid: Grid) -> Frame | Floats:
        function = FUNCTIONS[call.function]
        if function.scalar:
            return function.scalar(self, call, grid)
        if function.special:
            return function.special(self, call, grid)
        if function.over_time:
            return self._over_time(call, function, function.over_time, grid)
        return self._pointwise(call, function, grid)

    def _pointwise(self, call: Call, function: Function, grid: Grid) -> Frame:
        assert function.pointwise  # noqa: S101 - one of the four ways is given
        if not call.arguments:
            return Frame.single(function.pointwise(grid.seconds))
        frame = self.frame(call.arguments[0], grid)
        parameters = [self.scalar(argument, grid) for argument in call.arguments[1:]]
        return without_name(frame.with_values(function.pointwise(frame.values, *parameters)), self.memo, call.position)

    def _over_time(self, call: Call, function: Function, body: OverTime, grid: Grid) -> Frame:
        place = function.takes.index(Kind.WINDOW)
        node = call.arguments[place]
        parameters = [self.scalar(each, grid) for each in call.arguments if each.kind is Kind.SCALAR]
        read = self.samples(node, grid)
        check_size(len(read.labels), len(grid.times), call.position)
        if function.of_ends and len(grid.times) > 1:
            return self._ranged(call, function, self._over_ends(body, read, self.spans(node, grid)))
        if function.of_values and len(grid.times) > 1:
            return self._ranged(call, function, self._over_stacks(body, read, self.spans(node, grid)))
        values = np.zeros((len(read.labels), len(grid.times)))
        present = np.zeros(values.shape, np.bool_)
        for step, (span, at) in enumerate(zip(self.spans(node, grid), grid.times.tolist(), strict=True)):
            self._check()
            window = read.window(span, at)
            if window.count.any():
                arguments: list[object] = [each[step] for each in parameters]
                arguments.insert(place, window)
                values[:, step], present[:, step] = body(*arguments)
        return self._ranged(call, function, Frame(read.labels, values, present))

    def _over_ends(self, body: OverTime, read: Samples, spans: Sequence[tuple[int, int]]) -> Frame:
        """All steps at once, some series after the other."""
        values = np.zeros((len(read.labels), len(spans)))
        present = np.zeros(values.shape, np.bool_)
        for rows, windows in ends(read, spans):
            self._check()
            values[rows], exists = body(windows)
            present[rows] = exists & (windows.count > 0)
        return Frame(read.labels, values, present)

    def _over_stacks(self, body: OverTime, read: Samples, spans: Sequence[tuple[int, int]]) -> Frame:
        """Some steps at once."""
        values = np.zeros((len(read.labels), len(spans)))
        present = np.zeros(values.shape, np.bool_)
        for steps, windows in stacks(read, spans):
            self._check()
            found, exists = body(windows)
            values[:, steps] = found.reshape(len(values), -1)
            present[:, steps] = exists.reshape(len(values), -1)
        return Frame(read.labels, values, present)

    def _ranged(self, call: Call, function: Function, frame: Frame) -> Frame:
        frame = frame.slimmed()
        return frame if function.keeps_name else without_name(frame, self.memo, call.position)

    def samples(self, node: Node, grid: Grid) -> Samples:
        """The samples of a range vector for all windows of the grid."""
        window = bare(node)
        if isinstance(window, Window):
            return samples(window, grid, self.source)
        if not isinstance(window, Subquery):
            raise PromQLError("a range vector is needed here", node.position)
        times = _subquery_times(window, self.spans(window, grid))
        if len(times) == 0:
            return Samples(Block.empty(), times, node.position)
        frame = self.frame(window.inner, grid.at(times))
        block = Block(frame.labels, times / 1000.0, np.where(frame.present, frame.values, ABSENT))
        return Samples(block, times, node.position)

    def window(self, node: Node, grid: Grid) -> Samples:
        """The samples in the first window of the grid."""
        start, end = self.spans(node, grid)[0]
        return self.samples(node, grid).between(start, end)

    def spans(self, node: Node, grid: Grid) -> Sequence[tuple[int, int]]:
        """The window at each time of the grid: after the first and up to the second time, in ms."""
        window = bare(node)
        if not isinstance(window, Window | Subquery):
            raise PromQLError("a range vector is needed here", node.position)
        shift = window.selector.shift if isinstance(window, Window) else window.shift
        length = millis(window.range)
        return [(end - length, end) for end in shifted(grid, shift).tolist()]


def _go_on() -> None:
    return


def _subquery_times(node: Subquery, spans: Sequence[tuple[int, int]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The multiples of the step that lie in the windows."""
    step = SUBQUERY_STEP if node.step is None else millis(node.step)
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    if (end - start) // step >= MAX_STEPS:
        raise PromQLError(f"a subquery must not have more than {MAX_STEPS} steps", node.position)
    return np.arange((start // step + 1) * step, end + 1, step)
