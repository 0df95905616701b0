"""Sums that keep small terms beside large ones, as Prometheus' do with Kahan and Neumaier's summation.

A plain sum is exact enough unless its terms cancel out, for which they need different signs; only then are the terms
added one by one.
"""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from drawdown.series import Floats

_CANCELLED: Final = 1e-3


def row_sums(terms: Floats) -> Floats:
    """The sums (rows,) of `terms` (rows, columns)."""
    sums: Floats = terms.sum(axis=1)
    for row in np.flatnonzero(_doubtful(sums, np.abs(terms).sum(axis=1))):
        sums[row] = compensated(terms[row].tolist())
    return sums


def group_sums(terms: Floats, starts: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    """The sums (groups, T) of the rows of `terms` (rows, T), a group beginning at each row of `starts`; none is -0."""
    sums: Floats = np.add.reduceat(terms, starts, axis=0) + 0.0
    if terms.size and terms.min() >= 0:
        return sums
    for group, step in np.argwhere(_doubtful(sums, np.add.reduceat(np.abs(terms), starts, axis=0))):
        end = starts[group + 1] if group + 1 < len(starts) else len(terms)
        sums[group, step] = compensated(terms[starts[group] : end, step].tolist())
    return sums


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
