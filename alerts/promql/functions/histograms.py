"""histogram_quantile over classic buckets.

As `BucketQuantile` in Prometheus' promql/quantile.go: linear within a bucket, the lowest bucket begins at 0 unless its
bound is negative, and counts that fall from one bucket to the next are lifted, since scrapes and rates of buckets are
not atomic.
"""

import math
from collections import defaultdict
from typing import Final

import numpy as np

from alerts.promql.frame import Frame, Grid, Indices, without_name
from alerts.promql.functions.kinds import Context
from alerts.promql.syntax import Call
from drawdown.series import Floats, Labels

_SMALL: Final = 1e-12
Rows = tuple[tuple[float, int], ...]
"""Of one histogram: upper bounds and the rows of a frame that hold their counts, ascending."""


def histogram_quantile(context: Context, call: Call, grid: Grid) -> Frame:
    """`histogram_quantile(φ, buckets)`, one element for each set of labels without `le`."""
    quantiles = context.scalar(call.arguments[0], grid)
    frame = context.frame(call.arguments[1], grid)
    histograms = _histograms(frame.labels)
    out = Frame(
        tuple(histograms),
        np.full((len(histograms), frame.steps), np.nan),
        np.zeros((len(histograms), frame.steps), np.bool_),
    )
    for step, quantile in enumerate(quantiles.tolist()):
        for rows, groups in _alike(list(histograms.values()), frame, step).items():
            index = np.array([list(each) for _, each in groups], np.intp)
            targets = [target for target, _ in groups]
            out.values[targets, step] = _quantile(quantile, np.array(rows), frame.values[index, step])
            out.present[targets, step] = True
    return without_name(out.pruned(), call.position)


def _histograms(labels: tuple[Labels, ...]) -> dict[Labels, Rows]:
    found: defaultdict[Labels, list[tuple[float, int]]] = defaultdict(list)
    for row, each in enumerate(labels):
        bound = _bound(each.get("le", ""))
        if bound is not None:
            found[each.without("le")].append((bound, row))
    return {each: tuple(sorted(rows)) for each, rows in found.items()}


def _bound(text: str) -> float | None:
    try:
        bound = float(text)
    except ValueError:
        return None
    return None if math.isnan(bound) else bound


def _alike(
    histograms: list[Rows], frame: Frame, step: int
) -> dict[tuple[float, ...], list[tuple[int, tuple[int, ...]]]]:
    """By the bounds that are present: the histograms that have them, each by its number and its rows."""
    alike: defaultdict[tuple[float, ...], list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    present = frame.present[:, step].tolist()
    for number, rows in enumerate(histograms):
        held = [(bound, row) for bound, row in rows if present[row]]
        if held:
            bounds, numbers = zip(*held, strict=True)
            alike[bounds].append((number, numbers))
    return alike


def _quantile(quantile: float, bounds: Floats, counts: Floats) -> Floats:
    """Of histograms (rows) with common `bounds` (columns) and cumulative `counts` (rows, columns)."""
    if quantile < 0 or quantile > 1:
        return np.full(len(counts), math.copysign(math.inf, quantile))
    if math.isnan(quantile) or bounds[-1] != math.inf:
        return np.full(len(counts), np.nan)
    bounds, counts = _coalesced(bounds, counts)
    if len(bounds) < 2:
        return np.full(len(counts), np.nan)
    counts = _monotonic(counts)
    reached = _interpolated(quantile * counts[:, -1], bounds, counts)
    return np.where(counts[:, -1] == 0, np.nan, reached)


def _coalesced(bounds: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Buckets of the same bound, written differently, made one."""
    starts = np.flatnonzero(np.append(True, bounds[1:] != bounds[:-1]))
    return (bounds, counts) if len(starts) == len(bounds) else (bounds[starts], np.add.reduceat(counts, starts, axis=1))


def _monotonic(counts: Floats) -> Floats:
    """Counts that do not fall, and do not rise by less than the precision of a rate."""
    fixed = counts.copy()
    highest = fixed[:, 0]
    for column in range(1, counts.shape[1]):
        count = counts[:, column]
        near = np.abs(count - highest) < _SMALL * (np.abs(count) + np.abs(highest))
        highest = np.where(near | (count < highest), highest, count)
        fixed[:, column] = highest
    return fixed


def _interpolated(ranks: Floats, bounds: Floats, counts: Floats) -> Floats:
    rows = np.arange(len(counts))
    reached = counts[:, :-1] >= ranks[:, np.newaxis]
    bucket: Indices = np.where(reached.any(axis=1), reached.argmax(axis=1), len(bounds) - 1)
    below = np.maximum(bucket - 1, 0)
    start = np.where(bucket > 0, bounds[below], 0.0)
    before = np.where(bucket > 0, counts[rows, below], 0.0)
    share = (ranks - before) / (counts[rows, bucket] - before)
    value = start + (bounds[bucket] - start) * share
    value = np.where((bucket == 0) & (bounds[0] <= 0), bounds[0], value)
    return np.where(bucket == len(bounds) - 1, bounds[-2], value)
