"""What the other side answered, as series beside our own."""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from alerts.promql import PromQLError, Vector
from alerts.remote.split import Part
from drawdown.series import Block, Matcher, Selection, SeriesSource

_INSIDE: Final = 0.0005
"""Seconds by which the engine asks past the time of the evaluation."""


class Answers:
    """Our series and the answers to parts, in one (a `SeriesSource`). An answer stands at whatever time it is read."""

    def __init__(self, ours: SeriesSource) -> None:
        self._ours = ours
        self._given: Mapping[Part, Vector | PromQLError] = {}

    def take(self, given: Mapping[Part, Vector | PromQLError], *, keep: Collection[Part]) -> None:
        """Have these answers, or the reasons why there is none, and of those from before only the ones in `keep`."""
        kept = {part: answer for part, answer in self._given.items() if part in keep}
        self._given = {**kept, **{part: _steady(kept.get(part), answer) for part, answer in given.items()}}

    def __contains__(self, part: Part) -> bool:
        return part in self._given

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        """As that of our series; for what stands for a part, its answer.

        Raises:
            PromQLError: the part could not be answered.
        """
        part = Part.of(matchers)
        if part is None:
            return self._ours.select(matchers, start, end, window=window)
        answer = self._given.get(part)
        if answer is None:
            raise PromQLError("it has not been asked yet; the next evaluation knows the answer")
        if isinstance(answer, PromQLError):
            raise PromQLError(answer.message)
        return Block(answer.labels, np.array([end - _INSIDE]), answer.values[:, np.newaxis])


def _steady(before: Vector | PromQLError | None, now: Vector | PromQLError) -> Vector | PromQLError:
    """With the same tuple of labels as before when they are the same in another order: servers give them in any, and
    the engine remembers what it made of a tuple.
    """
    if not isinstance(before, Vector) or not isinstance(now, Vector) or len(before.labels) != len(now.labels):
        return now
    rows = {labels: row for row, labels in enumerate(now.labels)}
    if any(labels not in rows for labels in before.labels):
        return now
    return Vector(before.labels, now.values[[rows[labels] for labels in before.labels]], scalar=now.scalar)
