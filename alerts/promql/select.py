"""From a source of series to instant vectors and windows, with Prometheus' look-back, staleness, offset and @."""

from typing import Final

import numpy as np

from alerts.promql.frame import Frame, Grid, Indices, Millis, check_size, millis
from alerts.promql.syntax import Edge, Selector, Shift, Window
from alerts.promql.window import Samples
from drawdown.series import Bools, Floats, SeriesSource, is_absent, is_stale

LOOK_BACK: Final = 300_000


def shifted(grid: Grid, shift: Shift) -> Millis:
    """The times (T,) at which a selector under `shift` looks."""
    return _anchored(grid, shift.at) - millis(shift.offset)


def _anchored(grid: Grid, at: float | Edge | None) -> Millis:
    if at is None:
        return grid.times
    edges = {Edge.START: grid.start, Edge.END: grid.end}
    return np.full_like(grid.times, edges[at] if isinstance(at, Edge) else millis(at))


def samples(window: Window, grid: Grid, source: SeriesSource) -> Samples:
    """All samples that the window holds at any time of the grid."""
    ends = shifted(grid, window.selector.shift)
    return _read(window.selector, source, (int(ends.min()), int(ends.max())), millis(window.range))


def instant(selector: Selector, grid: Grid, source: SeriesSource) -> tuple[Frame, Floats]:
    """The newest sample of each series not older than five minutes, unless it says that the series ended; and the
    times (series, T) of these samples in seconds.
    """
    times = shifted(grid, selector.shift)
    read = _read(selector, source, (int(times.min()), int(times.max())), LOOK_BACK)
    if not read.labels or not len(read.times):
        return Frame.empty(len(times)), np.empty((0, len(times)))
    return _newest(read) if len(times) == 1 else _newest_at(times, read)


def _newest(read: Samples) -> tuple[Frame, Floats]:
    newest = read.selection.newest()
    stamps = read.times[newest.columns] / 1000.0
    frame = Frame(read.labels, newest.values[:, np.newaxis], newest.present[:, np.newaxis])
    return frame, stamps[:, np.newaxis]


def _newest_at(times: Millis, read: Samples) -> tuple[Frame, Floats]:
    check_size(len(read.labels), len(times), read.position)
    limits = np.searchsorted(read.times, times, side="right") - 1
    columns = _last_held(~is_absent(read.values), limits)
    stamps = read.times[columns]
    values = np.take_along_axis(read.values, columns, axis=1)
    present = (columns >= 0) & (stamps > times - LOOK_BACK) & ~is_stale(values)
    return Frame(read.labels, values, present), stamps / 1000.0


def _last_held(held: Bools, limits: Indices) -> Indices:
    """By series and time: the last column up to the time's limit that holds a sample, -1 if none does."""
    dense = held[:, limits] & (limits >= 0)
    if dense.all():
        return np.broadcast_to(limits, dense.shape)
    columns = np.where(held, np.arange(held.shape[1]), -1)
    newest: Indices = np.where(limits >= 0, np.maximum.accumulate(columns, axis=1)[:, limits], -1)
    return newest


def _read(selector: Selector, source: SeriesSource, ends: tuple[int, int], window: int) -> Samples:
    """Samples of the windows that end within `ends`: their times are rounded to ms, and the first window is open to the
    left.
    """
    span = ends[0] - window, ends[1]
    start, end = (span[0] - 0.5) / 1000.0, (span[1] + 0.5) / 1000.0
    selection = source.select(selector.matchers, start, end, window=window / 1000.0)
    times = np.rint(selection.times * 1000.0).astype(np.int64)
    return Samples(selection, times, selector.position).between(*span)
