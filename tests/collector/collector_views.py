"""What a selection tells of itself, beside what a block tells that holds the same samples."""

import numpy as np

from drawdown.series import Block, Edges, Newest


def told(edges: Edges):
    some = edges.count > 0
    return {
        name: np.where(some, getattr(edges, name), 0) for name in ("count", "first", "last", "begin", "end", "lost")
    }


def newest(found: Newest):
    return {name: np.where(found.present, getattr(found, name), 0) for name in ("present", "values", "columns")}


def assert_same(view, block=None):
    block = block or Block(view.labels, view.times, view.values)
    for ours, exact in ((told(view.edges()), told(block.edges())), (newest(view.newest()), newest(block.newest()))):
        for name, values in ours.items():
            np.testing.assert_array_equal(values, exact[name], err_msg=name)
