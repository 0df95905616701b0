"""Functions of single values."""

import numpy as np

from drawdown.series import Floats


def to_nearest(values: Floats, nearest: Floats | float = 1.0) -> Floats:
    """Rounded to multiples of `nearest`, halves up."""
    inverse = 1.0 / np.asarray(nearest)
    rounded: Floats = np.floor(values * inverse + 0.5) / inverse
    return rounded


def clamp_min(values: Floats, least: Floats) -> Floats:
    """The larger of both; infinity, if one is NaN and the other is infinity."""
    larger: Floats = np.where((values == np.inf) | (least == np.inf), np.inf, np.maximum(values, least))
    return larger


def clamp_max(values: Floats, most: Floats) -> Floats:
    """The smaller of both; minus infinity, if one is NaN and the other is that."""
    smaller: Floats = np.where((values == -np.inf) | (most == -np.inf), -np.inf, np.minimum(values, most))
    return smaller


def sign(values: Floats) -> Floats:
    return np.where(values == 0, values, np.sign(values))
