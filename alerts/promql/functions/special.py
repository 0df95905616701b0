"""Functions that look at more than values: at times, at what is missing, at the order."""

from dataclasses import replace

import numpy as np

from alerts.promql.frame import NOTHING, Frame, Grid, without_name
from alerts.promql.functions.kinds import Context
from alerts.promql.functions.pointwise import clamp_max, clamp_min
from alerts.promql.select import instant
from alerts.promql.syntax import Call, Node, Selector, Window, bare
from drawdown.series import NAME, Bools, Floats, Labels, Op


def time(_context: Context, _call: Call, grid: Grid) -> Floats:
    return grid.seconds


def pi(_context: Context, _call: Call, grid: Grid) -> Floats:
    return np.full(len(grid.times), np.pi)


def scalar(context: Context, call: Call, grid: Grid) -> Floats:
    """The value of the only element, NaN where there is not exactly one."""
    frame = context.frame(call.arguments[0], grid)
    only = frame.present.sum(axis=0) == 1
    return np.where(only, np.where(frame.present, frame.values, 0.0).sum(axis=0), np.nan)


def vector(context: Context, call: Call, grid: Grid) -> Frame:
    return Frame.single(context.scalar(call.arguments[0], grid))


def timestamp(context: Context, call: Call, grid: Grid) -> Frame:
    """When each sample was taken; of anything computed, the time of evaluation."""
    argument = bare(call.arguments[0])
    if isinstance(argument, Selector):
        frame, stamps = instant(argument, grid, context.source)
    else:
        frame = context.frame(argument, grid)
        stamps = np.broadcast_to(grid.seconds, frame.values.shape)
    return without_name(frame.with_values(stamps).slimmed(), context.memo, call.position)


def absent(context: Context, call: Call, grid: Grid) -> Frame:
    missing = np.logical_not(context.frame(call.arguments[0], grid).present.any(axis=0))
    return _one_where(missing, call.arguments[0])


def absent_over_time(context: Context, call: Call, grid: Grid) -> Frame:
    read = context.samples(call.arguments[0], grid)
    spans = context.spans(call.arguments[0], grid)
    missing = np.array([not (read.window(span, 0).count > 0).any() for span in spans])
    return _one_where(missing, call.arguments[0])


def _one_where(missing: Bools, node: Node) -> Frame:
    ones = replace(Frame.single(np.ones(len(missing))), labels=(_expected(bare(node)),))
    return ones.where(missing[np.newaxis, :])


def _expected(node: Node) -> Labels:
    """The labels that a missing series would have: those matched once, and for equality."""
    if isinstance(node, Window):
        node = node.selector
    if not isinstance(node, Selector):
        return NOTHING
    labels: dict[str, str] = {}
    seen: set[str] = set()
    for matcher in node.matchers:
        if matcher.name in seen or matcher.op is not Op.EQUAL:
            labels.pop(matcher.name, None)
        else:
            labels[matcher.name] = matcher.value
        seen.add(matcher.name)
    labels.pop(NAME, None)
    return Labels(labels)


def clamp(context: Context, call: Call, grid: Grid) -> Frame:
    """Between two bounds; nothing where the lower one is above the upper one."""
    least, most = (context.scalar(argument, grid) for argument in call.arguments[1:])
    frame = context.frame(call.arguments[0], grid)
    clamped = frame.with_values(clamp_min(clamp_max(frame.values, most), least))
    return without_name(clamped.where(~(most < least)).slimmed(), context.memo, call.position)


def sort(context: Context, call: Call, grid: Grid) -> Frame:
    return _sorted(context.frame(call.arguments[0], grid), ascending=True)


def sort_desc(context: Context, call: Call, grid: Grid) -> Frame:
    return _sorted(context.frame(call.arguments[0], grid), ascending=False)


def _sorted(frame: Frame, *, ascending: bool) -> Frame:
    """In order of the values, NaN last; over a range nothing has an order."""
    if frame.steps != 1:
        return frame
    keys = frame.values[:, 0] if ascending else -frame.values[:, 0]
    return frame.take(np.argsort(keys, kind="stable"))
