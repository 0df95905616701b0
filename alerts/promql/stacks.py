"""Many windows with as many columns each at once: what sums and averages over many steps need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from alerts.promql.frame import Indices
from alerts.promql.window import Samples, moved_left
from drawdown.series import Bools, Floats

_CELLS: Final = 100_000
"""Samples that are reckoned at once: enough for numpy, and few enough for the processor's cache."""


@dataclass(frozen=True, eq=False)
class Stack:
    """The windows of all series at some steps, series by series: each is a row. What it tells has the meaning that it
    has of a `Window`; of a window without samples only `count` has a meaning.

    `samples` (windows, columns) count where they are `real`.
    """

    samples: Floats
    real: Bools

    @cached_property
    def count(self) -> Indices:
        count: Indices = self.real.sum(axis=1)
        return count

    @property
    def first(self) -> Floats:
        first: Floats = self.values[:, 0]
        return first

    @cached_property
    def values(self) -> Floats:
        return self.samples if self._dense else moved_left(self.real, self.samples)

    @cached_property
    def held(self) -> Bools:
        held: Bools = np.arange(self.samples.shape[1]) < self.count[:, np.newaxis]
        return held

    def filled(self, value: float) -> Floats:
        return self.values if self._dense else np.where(self.held, self.values, value)

    @cached_property
    def _dense(self) -> bool:
        return bool(self.real.all())


def stacks(read: Samples, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[Indices, Stack]]:
    """The windows at a few steps after the other, and which these are: those together that have as many columns."""
    left, right = np.searchsorted(read.times, np.array(spans).T, side="right")
    widths = right - left
    for width in np.unique(widths[widths > 0]).tolist() if read.labels else ():
        steps = np.flatnonzero(widths == width)
        few = max(1, _CELLS // (width * len(read.labels)))
        for first in range(0, len(steps), few):
            part = steps[first : first + few]
            columns = left[part, np.newaxis] + np.arange(width)
            values, real = read.values[:, columns], read.real[:, columns]
            yield part, Stack(values.reshape(-1, width), real.reshape(-1, width))
