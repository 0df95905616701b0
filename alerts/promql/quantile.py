"""Quantiles of samples, as Prometheus takes them: between the two nearest ranks, NaN sorted before all."""

import math

import numpy as np

from drawdown.series import Bools, Floats


def sorted_quantile(quantile: float, values: Floats, held: Bools) -> Floats:
    """The quantile (rows,) of the values (rows, columns) of each row that are `held`; each row holds one at least."""
    rows = len(values)
    if math.isnan(quantile) or not 0 <= quantile <= 1:
        outside = math.nan if math.isnan(quantile) else math.copysign(math.inf, quantile)
        return np.full(rows, outside)
    unknown = np.isnan(values) & held
    ascending = np.sort(np.where(unknown, -np.inf, np.where(held, values, np.inf)), axis=1)
    ascending[np.arange(values.shape[1]) < unknown.sum(axis=1)[:, np.newaxis]] = np.nan
    count = held.sum(axis=1)
    rank = quantile * (count - 1)
    lower = np.floor(rank).astype(np.intp)
    upper = np.minimum(lower + 1, count - 1)
    weight, index = rank - lower, np.arange(rows)
    between: Floats = ascending[index, lower] * (1 - weight) + ascending[index, upper] * weight
    return between
