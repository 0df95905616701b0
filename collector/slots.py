"""One growing array with the current value of every series, and beside it their labels.

A counter or gauge takes one slot, a histogram one for each cumulative bucket and then its sum and its count, so that a
sample of everything is one copy of the array.
"""

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
from prometheus_client.utils import floatToGoString

from drawdown.catalogue import Metric, Type
from drawdown.series import NAME, Floats, Labels

_FIRST_SIZE = 1024
_INFINITY = float("inf")


class Slots:
    """Values by metric and label values, which stand in the order of the metric's labels."""

    def __init__(self) -> None:
        self._values: Floats = np.zeros(_FIRST_SIZE)
        self._labels: tuple[Labels, ...] = ()
        self._pending: list[Labels] = []
        self._first: dict[tuple[str, ...], int] = {}
        self._newborn: list[Labels] = []

    def __len__(self) -> int:
        return len(self._labels) + len(self._pending)

    @property
    def labels(self) -> tuple[Labels, ...]:
        """The labels of all slots; the same object as long as none is added."""
        if self._pending:
            self._labels, self._pending = (*self._labels, *self._pending), []
        return self._labels

    @property
    def values(self) -> Floats:
        """A copy of all values."""
        return self._values[: len(self)].copy()

    @property
    def newborn(self) -> tuple[Labels, ...]:
        """The labels of the slots that only grow and were added since `grown_up`."""
        return tuple(self._newborn)

    def grown_up(self) -> None:
        """No slot is newborn any more."""
        self._newborn.clear()

    def open(self, metric: Metric, values: tuple[str, ...]) -> int:
        """The first slot of a series; a new series starts at 0."""
        key = (metric.name, *values)
        first = self._first.get(key)
        if first is None:
            first = self._first[key] = len(self)
            labels = tuple(_series(metric, values))
            self._pending.extend(labels)
            self._newborn.extend(labels if metric.type is not Type.GAUGE else ())
            self._make_room()
        return first

    def add(self, metric: Metric, values: tuple[str, ...], amount: float = 1.0) -> None:
        slot = self.open(metric, values)
        self._values[slot] += amount

    def set(self, metric: Metric, values: tuple[str, ...], value: float) -> None:
        slot = self.open(metric, values)
        self._values[slot] = value

    def raise_to(self, metric: Metric, values: tuple[str, ...], value: float) -> None:
        """Set a gauge that never steps back."""
        slot = self.open(metric, values)
        self._values[slot] = max(self._values[slot], value)

    def observe(self, metric: Metric, values: tuple[str, ...], seconds: float) -> None:
        """Add one observation to a histogram."""
        first = self.open(metric, values)
        total = first + len(metric.buckets) + 1
        self._values[first + bisect_left(metric.buckets, seconds) : total] += 1
        self._values[total] += seconds
        self._values[total + 1] += 1

    def _make_room(self) -> None:
        if len(self) > len(self._values):
            grown = np.zeros(max(len(self), 2 * len(self._values)))
            grown[: len(self._values)] = self._values
            self._values = grown


def written(value: float) -> str:
    """A number as Prometheus writes it."""
    text: str = floatToGoString(value)  # type: ignore[no-untyped-call]  # the library has no types here
    return text


def _series(metric: Metric, values: tuple[str, ...]) -> Iterator[Labels]:
    """The labels of the slots of one series, in their order."""
    pairs = dict(zip(metric.labels, values, strict=True))
    if metric.type is not Type.HISTOGRAM:
        yield Labels(pairs, **{NAME: metric.name})
        return
    for bound in (*metric.buckets, _INFINITY):
        yield Labels(pairs, **{NAME: f"{metric.name}_bucket", "le": written(bound)})
    yield Labels(pairs, **{NAME: f"{metric.name}_sum"})
    yield Labels(pairs, **{NAME: f"{metric.name}_count"})
