"""What is in a store or a tier."""

import math

import numpy as np

from drawdown.series import NAME, Matcher, Op, is_absent

EVERYTHING = (Matcher(NAME, Op.NOT_EQUAL, ""),)


def named(name):
    return (Matcher(NAME, Op.EQUAL, name),)


def read(source, matchers=EVERYTHING, start=-math.inf, end=math.inf, **hints):
    """What a selection holds: series → {time: value}."""
    block = source.select(matchers, start, end, **hints)
    assert block.values.shape == (len(block.labels), len(block.times))
    assert (np.diff(block.times) > 0).all()
    rows = zip(block.labels, block.values, is_absent(block.values), strict=True)
    return {
        labels: dict(zip(block.times[~gone], row[~gone], strict=True)) for labels, row, gone in rows if not gone.all()
    }


class Kept:
    """A log of a tier: what it was told, as rows of samples by series."""

    def __init__(self):
        self.rows = {}
        self.tuples = []

    def put(self, at, labels, values):
        assert at > max(self.rows, default=-math.inf)
        assert len(labels) == len(values)
        self.tuples.append(labels)
        self.rows[at] = {
            one: value for one, value, gone in zip(labels, values, is_absent(values), strict=True) if not gone
        }

    def patch(self, at, labels, values):
        self.rows[at].update(
            {one: value for one, value, gone in zip(labels, values, is_absent(values), strict=True) if not gone}
        )

    def cut(self, at):
        self.rows = {time: row for time, row in self.rows.items() if time <= at}

    def series(self):
        """Series → {time: value}, as `read` gives it."""
        found = {}
        for time, row in self.rows.items():
            for labels, value in row.items():
                found.setdefault(labels, {})[time] = value
        return found
