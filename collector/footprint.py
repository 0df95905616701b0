"""How much memory a store can take."""

import math
from dataclasses import dataclass

from collector.rows import CHUNK, roomy
from collector.tier import Extent

_LABELS = 2000
"""Bytes of the labels of a series and of what rules make of them, about: ten labels and three sets made from them."""
_SAMPLE = 8
_CHUNK_OF_A_SERIES = (CHUNK + 1) * _SAMPLE + 1 + _SAMPLE
"""Its rows and the one above them, whether the series fell, and what it lost."""
_RUNS = 2 * 2 * 6 * _SAMPLE
"""Six numbers, now and before, and room for twice as many series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Bytes: of one series in the fine rows and of one in the coarse, and of all when both tiers are full."""

    raw_series: int
    rolled_series: int
    most: int


def footprint(raw: Extent, rollups: Extent) -> Footprint:
    """The most memory that tiers of these extents take, whose rows are not nearer than a step to each other."""
    most = sum(_bytes_of(extent) * roomy(extent.most) + _bytes_of_times(extent) for extent in (raw, rollups))
    return Footprint(raw_series=_bytes_of(raw), rolled_series=_bytes_of(rollups), most=most)


def _bytes_of(extent: Extent) -> int:
    """Of one series. A chunk goes when its last row does, and one is closed early each time that it gets too narrow."""
    chunks = math.ceil(_rows_of(extent) / CHUNK) + 2
    closed = _SAMPLE + 1 + _SAMPLE
    return chunks * _CHUNK_OF_A_SERIES + _times_widened(extent.most) * closed + _RUNS + _LABELS


def _bytes_of_times(extent: Extent) -> int:
    return 2 * (_rows_of(extent) + 2 * CHUNK) * _SAMPLE + 1024 * _SAMPLE


def _rows_of(extent: Extent) -> int:
    return math.ceil(extent.retention / extent.step) + 1


def _times_widened(most: int) -> int:
    """How often a chunk gets too narrow until there are so many series."""
    times, width = 0, 0
    while width < most:
        times, width = times + 1, roomy(width)
    return times
