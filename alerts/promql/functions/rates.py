"""rate and its kin: what a counter or gauge gained over a range.

The extrapolation is that of `extrapolatedRate` in Prometheus' promql/functions.go: to the edges of the range where a
sample lies near them, else by half a sampling interval, and for counters never below zero.
"""

import numpy as np

from alerts.promql.frame import Indices
from alerts.promql.summing import in_order
from alerts.promql.window import Window
from drawdown.series import Bools, Floats


def rate(window: Window) -> tuple[Floats, Bools]:
    gained, exists = increase(window)
    return gained / window.seconds, exists


def increase(window: Window) -> tuple[Floats, Bools]:
    return _extrapolated(window, is_counter=True)


def delta(window: Window) -> tuple[Floats, Bools]:
    return _extrapolated(window, is_counter=False)


def _extrapolated(window: Window, *, is_counter: bool) -> tuple[Floats, Bools]:
    gained = window.last - window.first
    if is_counter:
        gained = gained + window.lost
    first, last = window.first_at, window.last_at
    sampled = last - first
    spacing = sampled / (window.count - 1)
    to_start = np.where(first >= spacing * 1.1, spacing / 2, first)
    if is_counter:
        to_zero = sampled * (window.first / gained)
        to_start = np.where((gained > 0) & (window.first >= 0) & (to_zero < to_start), to_zero, to_start)
    to_end = window.seconds - last
    to_end = np.where(to_end >= spacing * 1.1, spacing / 2, to_end)
    return gained * ((sampled + to_start + to_end) / sampled), window.count > 1


def irate(window: Window) -> tuple[Floats, Bools]:
    before, after, seconds = _last_two(window)
    return np.where(after < before, after, after - before) / seconds, (window.count > 1) & (seconds > 0)


def idelta(window: Window) -> tuple[Floats, Bools]:
    before, after, seconds = _last_two(window)
    return after - before, (window.count > 1) & (seconds > 0)


def _last_two(window: Window) -> tuple[Floats, Floats, Floats]:
    rows, last = np.arange(len(window.count)), window.count - 1
    second = np.maximum(last - 1, 0)
    seconds: Floats = (window.times[rows, last] - window.times[rows, second]) / 1000.0
    before: Floats = window.values[rows, second]
    return before, window.last, seconds


def changes(window: Window) -> tuple[Floats, Bools]:
    before, after = window.values[:, :-1], window.values[:, 1:]
    differ = (before != after) & ~(np.isnan(before) & np.isnan(after)) & window.held[:, 1:]
    return differ.sum(axis=1).astype(np.float64), window.count > 0


def resets(window: Window) -> tuple[Floats, Bools]:
    falls = (window.values[:, 1:] < window.values[:, :-1]) & window.held[:, 1:]
    return falls.sum(axis=1).astype(np.float64), window.count > 0


def deriv(window: Window) -> tuple[Floats, Bools]:
    return _line(window, window.times[:, :1])[0], window.count > 1


def predict_linear(window: Window, ahead: float) -> tuple[Floats, Bools]:
    """The value `ahead` seconds after the time of evaluation, by linear regression."""
    slope, now = _line(window, np.array([[window.at]]))
    return slope * ahead + now, window.count > 1


def _line(window: Window, origin: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> tuple[Floats, Floats]:
    """Slope per second and value at `origin` (ms) of the line nearest to the samples."""
    x = np.where(window.held, (window.times - origin) / 1000.0, 0.0)
    y = window.filled(0.0)
    n = window.count
    mean_x = in_order(x) / n
    base = window.first
    rise = np.where(window.held, y - base[:, np.newaxis], 0.0)
    off = np.where(window.held, x - mean_x[:, np.newaxis], 0.0)
    slope = in_order(off * rise) / in_order(off * off)
    here = base + in_order(rise) / n - slope * mean_x
    sound = np.isfinite(y).all(axis=1)
    if not sound.all():
        slope, here = (np.where(sound, *each) for each in zip((slope, here), _steep_line(x, y, n), strict=True))
    is_flat = ((y == base[:, np.newaxis]) | ~window.held).all(axis=1)
    flat = np.where(np.isinf(base), np.nan, base)
    return np.where(is_flat, flat * 0.0, slope), np.where(is_flat, flat, here)


def _steep_line(x: Floats, y: Floats, n: Indices) -> tuple[Floats, Floats]:
    """The same from plain sums, which tell where a line with samples that are infinite goes, if anywhere."""
    sum_x, sum_y = in_order(x), in_order(y)
    slope: Floats = (in_order(x * y) - sum_x * sum_y / n) / (in_order(x * x) - sum_x * sum_x / n)
    here: Floats = sum_y / n - slope * sum_x / n
    return slope, here
