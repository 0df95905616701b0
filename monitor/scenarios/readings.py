"""What parts of the monitor say of themselves while a scenario is lived, and when."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from drawdown.catalogue import Metric
from drawdown.series import NAME, Floats, Labels


class Readings:
    """Counters and gauges with their whole past. Times are Unix seconds."""

    def __init__(self) -> None:
        self._past: dict[Labels, list[tuple[float, float]]] = defaultdict(list)

    def spoken_at(self, now: Callable[[], float]) -> "SpokenAt":
        """Instruments that write down what they are told as of `now`."""
        return SpokenAt(self, now)

    def say(self, labels: Labels, value: float, *, at: float) -> None:
        """A series has `value` from `at` on."""
        if self.latest(labels) != value:
            self._past[labels].append((at, value))

    def latest(self, labels: Labels) -> float:
        """The newest value of a series, 0 before its first."""
        past = self._past.get(labels)
        return past[-1][1] if past else 0.0

    def over(self, labels: Labels, times: Floats) -> Floats | None:
        """The values of a series at `times` (T,); None where nobody has spoken of it."""
        past = self._past.get(labels)
        if not past:
            return None
        said_at, values = (np.array(column) for column in zip((-np.inf, 0.0), *past, strict=True))
        found: Floats = values[np.searchsorted(said_at, times, side="right") - 1]
        return found


class SpokenAt:
    """Writes readings down as of now (a `drawdown.catalogue.Instruments`)."""

    def __init__(self, readings: Readings, now: Callable[[], float]) -> None:
        self._readings = readings
        self._now = now

    def add(self, metric: Metric, amount: float = 1.0, /, **labels: str) -> None:
        series = Labels(labels, **{NAME: metric.name})
        self._readings.say(series, self._readings.latest(series) + amount, at=self._now())

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        self._readings.say(Labels(labels, **{NAME: metric.name}), value, at=self._now())
