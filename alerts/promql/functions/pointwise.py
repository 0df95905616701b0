"""Functions of single values."""

import numpy as np

from drawdown.series import Floats


def to_nearest(values: Floats, nearest: Floats | float = 1.0) -> Floats:
    """Rounded to multiples of `nearest`, halves up."""
    inverse = 1.0 / np.asarray(nearest)
    rounded: Floats = np.floor(values * inverse + 0.5) / inverse
    return rounded


def clamp_min(values: Floats, least: Floats) -> Floats:
    return np.maximum(values, least)


def clamp_max(values: Floats, most: Floats) -> Floats:
    return np.minimum(values, most)


def sign(values: Floats) -> Floats:
    return np.where(values == 0, values, np.sign(values))
