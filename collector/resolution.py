"""Which of two tiers answers: the fine one, which reaches back not far, the coarse one, or both."""

import math

import numpy as np

from collector.chunk import columns_of, numbers_of
from collector.joined import Alignments, Joined
from collector.remembered import Remembered
from collector.rollup import Rollup
from collector.tier import Found, Tier
from drawdown.series import ABSENT, Block, Matcher, Newest, Selection, is_absent

_MOST = 1_000_000
"""Series that are remembered to satisfy matchers and to be rolled up."""


_SLACK = 0.01
"""Seconds by which a reader asks for more than its window, because of rounding."""


class Resolution:
    """Reads from `raw` what lies there, and what lies farther back from `coarse`, which `rollup` writes."""

    def __init__(self, raw: Tier, coarse: Tier, rollup: Rollup) -> None:
        self._raw = raw
        self._coarse = coarse
        self._rollup = rollup
        self._alignments = Alignments()
        self._both: Remembered[tuple[int, int], tuple[object, Found]] = Remembered()

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float) -> Selection:
        """Samples with `start <= time <= end`, for a reader who looks back `window` seconds from any one time.

        Raises:
            ValueError: a regular expression cannot be read.
        """
        rolled = self._rolled(matchers)
        if rolled[1] and (window > self._raw.extent.retention or self._at_once(matchers, start, end, window)):
            left = self._coarse.select(matchers, start, end)
            if len(left.times):
                return self._joined(left, self._fresh(rolled, left, end))
        left = self._coarse.select(matchers, start, min(end, float(np.nextafter(self._raw.oldest, -math.inf))))
        return self._joined(left, self._raw.select(matchers, start, end))

    def _at_once(self, matchers: tuple[Matcher, ...], start: float, end: float, window: float) -> bool:
        """Whether this is a single window across the begin of the fine rows, wide enough to be answered coarsely, and
        nothing would be missing then: it had better not be coarse in one part and fine in the other.
        """
        wide = window >= 2 * self._coarse.extent.step and end - start <= window + _SLACK
        across = wide and self._coarse.oldest < self._raw.oldest
        return across and len(self._rolled(matchers)[1]) == len(self._raw.index.resolve(matchers)[1])

    def _fresh(self, found: Found, coarse: Selection, end: float) -> Selection:
        """The newest fine sample of each series, if it comes after the coarse rows: mostly all are in the last row."""
        since = float(np.nextafter(coarse.times[-1], math.inf))
        rows = self._raw.view(found, since, end)
        last = rows.cut(max(0, len(rows.times) - 1), len(rows.times))
        if len(rows.times) <= 1:
            return last
        missing = np.flatnonzero(is_absent(last.values[:, 0]))
        part = numbers_of(found[0])[missing], tuple(found[1][row] for row in missing)
        older = Newest.of(self._raw.view(part, since, end).values) if len(missing) else None
        if older is None or is_absent(older.values).all():
            return last
        values = np.full((len(found[1]), len(rows.times)), ABSENT)
        values[:, -1] = last.values[:, 0]
        values[missing, older.columns] = older.values
        return Block(found[1], rows.times, values)

    def _rolled(self, matchers: tuple[Matcher, ...]) -> Found:
        """The series in the fine tier that satisfy the matchers and are rolled up."""
        found, chosen = self._raw.index.resolve(matchers), self._rollup.chosen
        key = id(found[1]), id(chosen[1])  # both are kept, so that no other tuple can have their ids
        known = self._both.get(key)
        if known is None:
            columns = np.intersect1d(numbers_of(found[0]), numbers_of(chosen[0]), assume_unique=True)
            labels = tuple(self._raw.index.labels[column] for column in columns)
            known = (found[1], chosen[1]), (columns_of(columns), labels)
            self._both.keep(key, known, weight=len(labels) + 1, most=_MOST)
        return known[1]

    def _joined(self, left: Selection, right: Selection) -> Selection:
        if not left.labels or not len(left.times):
            return right
        if not right.labels or not len(right.times):
            return left
        return Joined(left, right, self._alignments.of(left.labels, right.labels))
