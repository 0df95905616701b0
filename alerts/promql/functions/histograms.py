"""histogram_quantile over classic buckets.

As `BucketQuantile` in Prometheus' promql/quantile.go: linear within a bucket, the lowest bucket begins at 0 unless its
bound is negative, and counts that fall from one bucket to the next are lifted, since scrapes and rates of buckets are
not atomic.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.promql.frame import Cells, Frame, Grid, Indices, without_name
from alerts.promql.functions.kinds import Context
from alerts.promql.syntax import Call
from drawdown.series import Bools, Floats, Labels

_SMALL: Final = 1e-12
_CELLS: Final = 100_000
"""Buckets that are reckoned at once: enough for numpy, and few enough for the processor's cache."""


def histogram_quantile(context: Context, call: Call, grid: Grid) -> Frame:
    """`histogram_quantile(φ, buckets)`, one element for each set of labels without `le`."""
    quantiles = context.scalar(call.arguments[0], grid)
    frame = context.frame(call.arguments[1], grid)
    layout = context.memo(_layout, frame.labels)
    size = (len(layout.labels), frame.steps)
    out = Frame(layout.labels, np.full(size, np.nan), np.zeros(size, np.bool_))
    for shape in layout.shapes:
        few = max(1, _CELLS // shape.rows.size)
        for first in range(0, frame.steps, few):
            _fill(out, shape, slice(first, first + few), (quantiles, frame))
    return without_name(out.slimmed(), context.memo, call.position)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Histograms with common `bounds` (columns), ascending: of the one numbered `numbers[i]`, the rows of a frame that
    hold its counts are `rows[i]`.
    """

    bounds: Floats
    numbers: Indices
    rows: Indices


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    labels: tuple[Labels, ...]
    shapes: tuple[_Shape, ...]


def _layout(labels: tuple[Labels, ...]) -> _Layout:
    found: defaultdict[Labels, list[tuple[float, int]]] = defaultdict(list)
    for row, each in enumerate(labels):
        bound = _bound(each.get("le", ""))
        if bound is not None:
            found[each.without("le")].append((bound, row))
    alike: defaultdict[tuple[float, ...], list[tuple[int, list[int]]]] = defaultdict(list)
    for number, buckets in enumerate(found.values()):
        buckets.sort()
        alike[tuple(bound for bound, _ in buckets)].append((number, [row for _, row in buckets]))
    return _Layout(tuple(found), tuple(_shape(bounds, histograms) for bounds, histograms in alike.items()))


def _shape(bounds: tuple[float, ...], histograms: list[tuple[int, list[int]]]) -> _Shape:
    numbers, rows = zip(*histograms, strict=True)
    return _Shape(np.array(bounds), np.array(numbers, np.intp), np.array(rows, np.intp))


def _bound(text: str) -> float | None:
    try:
        bound = float(text)
    except ValueError:
        return None
    return None if math.isnan(bound) else bound


def _fill(out: Frame, shape: _Shape, steps: slice, given: tuple[Floats, Frame]) -> None:
    """Put the quantiles of the histograms at some steps into `out`, for each by the buckets that are present."""
    quantiles, frame = given
    present = _by_histogram(frame.present[shape.rows, steps])
    counts = _by_histogram(frame.values[shape.rows, steps])
    wanted = np.tile(quantiles[steps], len(shape.numbers))
    found = np.full(len(counts), np.nan)
    for which, columns in _patterns(present):
        found[which] = _quantile(wanted[which], shape.bounds[columns], counts[np.ix_(which, columns)])
    out.values[shape.numbers, steps] = found.reshape(len(shape.numbers), -1)
    out.present[shape.numbers, steps] = present.any(axis=1).reshape(len(shape.numbers), -1)


def _by_histogram(cells: Cells) -> Cells:
    """Of cells (histograms, buckets, steps) a row for each histogram and step."""
    return cells.transpose(0, 2, 1).reshape(-1, cells.shape[1])


def _patterns(present: Bools) -> Iterator[tuple[Indices, Indices]]:
    """The rows in which the same columns are present, and these columns, if there are any."""
    if present.all():
        yield np.arange(len(present)), np.arange(present.shape[1])
        return
    patterns, numbers = np.unique(present, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.any():
            yield np.flatnonzero(numbers.ravel() == number), np.flatnonzero(pattern)


def _quantile(quantiles: Floats, bounds: Floats, counts: Floats) -> Floats:
    """That of each histogram (rows,): they have common `bounds` (columns) and cumulative `counts` (rows, columns)."""
    reached = _reached(quantiles, bounds, counts)
    outside = np.copysign(np.inf, quantiles)
    return np.where((quantiles < 0) | (quantiles > 1), outside, np.where(np.isnan(quantiles), np.nan, reached))


def _reached(quantiles: Floats, bounds: Floats, counts: Floats) -> Floats:
    if bounds[-1] != math.inf:
        return np.full(len(counts), np.nan)
    bounds, counts = _coalesced(bounds, counts)
    if len(bounds) < 2:
        return np.full(len(counts), np.nan)
    counts = _monotonic(counts)
    return np.where(counts[:, -1] == 0, np.nan, _interpolated(quantiles * counts[:, -1], bounds, counts))


def _coalesced(bounds: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Buckets of the same bound, written differently, made one."""
    starts = np.flatnonzero(np.append(True, bounds[1:] != bounds[:-1]))
    return (bounds, counts) if len(starts) == len(bounds) else (bounds[starts], np.add.reduceat(counts, starts, axis=1))


def _monotonic(counts: Floats) -> Floats:
    """Counts that do not fall, and do not rise by less than the precision of a rate."""
    if not _fails(counts[:, 1:], counts[:, :-1]).any():
        return counts
    fixed = counts.copy()
    for column in range(1, counts.shape[1]):
        before, count = fixed[:, column - 1], counts[:, column]
        fixed[:, column] = np.where(_fails(count, before), before, count)
    return fixed


def _fails(count: Floats, before: Floats) -> Bools:
    """Where a count is less than the one before, or hardly more."""
    fails: Bools = count - before < _SMALL * (np.abs(count) + np.abs(before))
    return fails


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
