"""What is asked, what is answered, and when two answers are the same."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bench.differential.series import Samples
from drawdown.series import Labels

CLOSE: Final = 1e-9
"""The relative difference that the order of a summation may make."""
LARGE: Final = 8e307
"""Half of the largest number: from here on Go's sinh and cosh are infinite."""
TINY: Final = 1e-12
"""What may be left of a sum that cancels out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Unix ms: an instant, or with a `step` every step from `start` to `end`."""

    start: int
    end: int
    step: int | None = None

    def __str__(self) -> str:
        if self.step is None:
            return f"at {self.start / 1000:.3f}"
        return f"from {self.start / 1000:.3f} to {self.end / 1000:.3f} step {self.step / 1000:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    text: str
    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """Samples by labels in the order in which they were given, or what went wrong."""

    kind: str = ""
    series: Mapping[Labels, Samples] = field(default_factory=dict)
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"  refused: {self.error}"
        lines = [f"  {labels!r} {_written(samples)}" for labels, samples in self.series.items()]
        return "\n".join([f"  {self.kind}, {len(self.series)} elements", *lines])


def _written(samples: Samples) -> str:
    if len(samples) == 1:
        return repr(*samples.values())
    return " ".join(f"{value!r}@{at / 1000:.3f}" for at, value in samples.items())


def same(one: Answer, other: Answer, *, tolerance: float = CLOSE, ordered: bool = False) -> bool:
    """Whether both refuse, or both have the same elements with values as close as `tolerance`; with `ordered` also in
    the same order of values.
    """
    if one.error or other.error:
        return bool(one.error) and bool(other.error)
    if ordered and not _alike_in_order(one, other, tolerance):
        return False
    return (
        one.kind == other.kind
        and one.series.keys() == other.series.keys()
        and all(_alike(one.series[labels], other.series[labels], tolerance) for labels in one.series)
    )


def _alike_in_order(one: Answer, other: Answer, tolerance: float) -> bool:
    ones, others = ([value for samples in each.series.values() for value in samples.values()] for each in (one, other))
    return all(_close(*pair, tolerance=tolerance) for pair in zip(ones, others, strict=False))


def _alike(one: Samples, other: Samples, tolerance: float) -> bool:
    return one.keys() == other.keys() and all(_close(one[at], other[at], tolerance=tolerance) for at in one)


def _close(one: float, other: float, *, tolerance: float) -> bool:
    """Without tolerance the sign of a zero counts too."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if tolerance == 0:
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    one, other = (min(max(each, -LARGE), LARGE) for each in (one, other))
    return one == other or math.isclose(one, other, rel_tol=tolerance, abs_tol=TINY)
