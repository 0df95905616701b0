"""Aggregations over the samples of a range."""

import numpy as np

from alerts.promql.quantile import sorted_quantile
from alerts.promql.summing import in_order, row_means, row_sums
from alerts.promql.window import Window
from drawdown.series import Bools, Floats


def sum_over_time(window: Window) -> tuple[Floats, Bools]:
    return row_sums(window.filled(0.0)), window.count > 0


def avg_over_time(window: Window) -> tuple[Floats, Bools]:
    return row_means(window.filled(0.0), window.count.astype(np.float64)), window.count > 0


def min_over_time(window: Window) -> tuple[Floats, Bools]:
    return np.fmin.reduce(window.filled(np.nan), axis=1), window.count > 0


def max_over_time(window: Window) -> tuple[Floats, Bools]:
    return np.fmax.reduce(window.filled(np.nan), axis=1), window.count > 0


def count_over_time(window: Window) -> tuple[Floats, Bools]:
    return window.count.astype(np.float64), window.count > 0


def first_over_time(window: Window) -> tuple[Floats, Bools]:
    return window.first, window.count > 0


def last_over_time(window: Window) -> tuple[Floats, Bools]:
    return window.last, window.count > 0


def present_over_time(window: Window) -> tuple[Floats, Bools]:
    return np.ones(len(window.count)), window.count > 0


def stdvar_over_time(window: Window) -> tuple[Floats, Bools]:
    """Reckoned from the first sample, so that equal samples give exactly 0."""
    above = np.where(window.held, window.values - window.first[:, np.newaxis], 0.0)
    mean = in_order(above) / window.count
    squares = np.where(window.held, (above - mean[:, np.newaxis]) ** 2, 0.0)
    return in_order(squares) / window.count, window.count > 0


def stddev_over_time(window: Window) -> tuple[Floats, Bools]:
    variances, exists = stdvar_over_time(window)
    return np.sqrt(variances), exists


def quantile_over_time(quantile: float, window: Window) -> tuple[Floats, Bools]:
    return sorted_quantile(quantile, window.values, window.held), window.count > 0
