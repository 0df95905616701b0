"""What is in a store or a tier."""

import math

import numpy as np

from drawdown.series import NAME, Matcher, Op, is_absent

EVERYTHING = (Matcher(NAME, Op.NOT_EQUAL, ""),)


def read(source, matchers=EVERYTHING, start=-math.inf, end=math.inf):
    """What a selection holds: series → {time: value}."""
    block = source.select(matchers, start, end)
    assert block.values.shape == (len(block.labels), len(block.times))
    assert (np.diff(block.times) > 0).all()
    rows = zip(block.labels, block.values, is_absent(block.values), strict=True)
    return {
        labels: dict(zip(block.times[~gone], row[~gone], strict=True)) for labels, row, gone in rows if not gone.all()
    }
