"""Expected and got: whether they are the same, and how they are shown."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from alerts.alert import Alert
from alerts.gotemplate.printing import plain
from alerts.ruletest.histogram import Histogram
from drawdown.series import Labels

Same = Callable[[float, float], bool]


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of a result."""

    labels: Labels
    value: float | Histogram

    def __str__(self) -> str:
        return f"{self.labels!r} {self.value if isinstance(self.value, Histogram) else plain(self.value)}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a firing alert says."""

    labels: Labels
    annotations: Labels

    @classmethod
    def by(cls, alert: Alert) -> "Told":
        return cls(alert.labels, alert.annotations)

    def lines(self) -> list[str]:
        return [repr(self.labels), *(f"  {name}: {text}" for name, text in self.annotations.items())]


def exactly(left: float, right: float) -> bool:
    """The same number; NaN is the same as NaN."""
    return left == right or (math.isnan(left) and math.isnan(right))


def nearly(left: float, right: float) -> bool:
    """The same number or the next one."""
    return exactly(left, right) or math.nextafter(left, math.inf) == right or math.nextafter(left, -math.inf) == right


def same_samples(expected: Sequence[Sample], got: Sequence[Sample], same: Same) -> bool:
    return len(expected) == len(got) and all(
        left.labels == right.labels and _same_value(left.value, right.value, same)
        for left, right in zip(in_order(expected), in_order(got), strict=True)
    )


def _same_value(left: float | Histogram, right: float | Histogram, same: Same) -> bool:
    if isinstance(left, Histogram) or isinstance(right, Histogram):
        return left == right
    return same(left, right)


def in_order(samples: Iterable[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: tuple(sample.labels.items()))


def told_in_order(alerts: Iterable[Told]) -> list[Told]:
    return sorted(alerts, key=lambda told: (tuple(told.labels.items()), tuple(told.annotations.items())))
