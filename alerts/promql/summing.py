"""Sums that keep small terms beside large ones, as Prometheus' do with Kahan and Neumaier's summation.

A plain sum is exact enough unless its terms cancel out, for which they need different signs; only then are the terms
added one by one.
"""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from alerts.promql.frame import Partition
from drawdown.series import Floats

_CANCELLED: Final = 1e-3
_FEW: Final = 8


def row_sums(terms: Floats) -> Floats:
    """The sums (rows,) of `terms` (rows, columns). Columns of zeros make no difference, bit for bit."""
    sums = in_order(terms)
    if terms.size and terms.min() >= 0:
        return sums
    for row in np.flatnonzero(_doubtful(sums, in_order(np.abs(terms)))):
        sums[row] = compensated(terms[row].tolist())
    return sums


def in_order(terms: Floats) -> Floats:
    """Plain sums (rows,), one column after the other: numpy would add them by pairs, and then cells that hold no sample
    change how the others are rounded. None is -0.
    """
    if len(terms) < _FEW:
        sums: Floats = np.add.accumulate(terms, axis=1)[:, -1] if terms.shape[1] else np.zeros(len(terms))
    else:
        sums = np.ascontiguousarray(terms.T).sum(axis=0)  # the same, and ten times as fast over many rows
    return sums + 0.0


def group_sums(terms: Floats, groups: Partition) -> Floats:
    """The sums (groups, T) of `terms` (rows, T), which stand group after group; none is -0. They are the same bit for
    bit however many columns are summed at once, and if rows of zeros are left away.
    """
    sums = _added(terms, groups)
    if terms.size and terms.min() >= 0:
        return sums
    for group, step in np.argwhere(_doubtful(sums, _added(np.abs(terms), groups))):
        rows = slice(groups.starts[group], groups.starts[group] + groups.sizes[group])
        sums[group, step] = compensated(terms[rows, step].tolist())
    return sums


def _added(terms: Floats, groups: Partition) -> Floats:
    """One row after the other: numpy would add the rows of a single column by pairs, which rounds differently."""
    if terms.shape[1] == 1:
        single: Floats = np.bincount(groups.numbers, terms[:, 0], len(groups.starts)).astype(np.float64)
        return single[:, np.newaxis]
    terms = np.ascontiguousarray(terms)
    sums: Floats = terms[groups.starts]
    for group in np.flatnonzero(groups.sizes > 1).tolist():
        first = groups.starts[group]
        terms[first : first + groups.sizes[group]].sum(axis=0, out=sums[group])
    return sums + 0.0


def _doubtful(sums: Floats, magnitudes: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.isfinite(magnitudes) & (np.abs(sums) < magnitudes * _CANCELLED)


def compensated(terms: Iterable[float]) -> float:
    """Neumaier's sum."""
    total = lost = 0.0
    for term in terms:
        grown = total + term
        if abs(total) >= abs(term):
            lost += (total - grown) + term
        else:
            lost += (term - grown) + total
        total = grown
    return total + lost if math.isfinite(total) else total


def row_means(terms: Floats, counts: Floats) -> Floats:
    """Sums over counts, also where the sum itself would overflow."""
    means: Floats = row_sums(terms) / counts
    overflown = np.flatnonzero(np.isinf(means) & np.isfinite(terms).all(axis=1))
    means[overflown] = row_sums(terms[overflown] / counts[overflown, np.newaxis])
    return means
