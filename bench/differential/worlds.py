"""What is known of random series, as time passes."""

import re
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Final

import numpy as np

from bench.differential.series import Samples, random_series
from collector.store import Store
from drawdown.series import ABSENT, Block, Labels, Matcher, Op, Selection

APART: Final = 4 * 3_600_000
"""From the start of one world to that of the next: so far that no range reaches from one into another."""


class World:
    """Series from `start` (Unix ms) on, known up to `now`; a source for the engine. They are `kept` in the monitor's
    store, or lie in one matrix.
    """

    def __init__(self, start: int, series: Mapping[Labels, Samples], *, kept: bool) -> None:
        self.start = start
        self.now = start - 1
        self._series = series
        self._store = Store() if kept else None
        self._block = Block.empty()

    def pass_until(self, now: int) -> dict[Labels, Samples]:
        """Let time pass; the samples that came to be known."""
        known = {labels: {at: samples[at] for at in samples if at <= now} for labels, samples in self._series.items()}
        fresh = {labels: {at: samples[at] for at in samples if at > self.now} for labels, samples in known.items()}
        self.now = now
        if self._store is None:
            self._block = _block({labels: samples for labels, samples in known.items() if samples})
        else:
            _keep(fresh, self._store)
        return {labels: samples for labels, samples in fresh.items() if samples}

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Selection:
        if self._store is not None:
            return self._store.select(matchers, start, end, window=window)
        rows = [row for row, labels in enumerate(self._block.labels) if all(_holds(each, labels) for each in matchers)]
        left, right = np.searchsorted(self._block.times, start), np.searchsorted(self._block.times, end, side="right")
        labels = tuple(self._block.labels[row] for row in rows)
        return Block(labels, self._block.times[left:right], self._block.values[rows, left:right])


def random_world(random: Random, start: int) -> World:
    """Every other one is kept in the store, with times that fit."""
    kept = random.random() < 0.5
    return World(start, random_series(random, start, whole_seconds=kept), kept=kept)


def _block(series: Mapping[Labels, Samples]) -> Block:
    times = sorted({at for samples in series.values() for at in samples})
    values = np.full((len(series), len(times)), ABSENT)
    column = {at: index for index, at in enumerate(times)}
    for row, samples in enumerate(series.values()):
        values[row, [column[at] for at in samples]] = list(samples.values())
    return Block(tuple(series), np.array(times) / 1000.0, values)


def _keep(fresh: Mapping[Labels, Samples], store: Store) -> None:
    """Append row after row."""
    rows: defaultdict[int, dict[Labels, float]] = defaultdict(dict)
    for labels, samples in fresh.items():
        for at, value in samples.items():
            rows[at][labels] = value
    for at, row in sorted(rows.items()):
        store.append(at / 1000.0, tuple(row), np.array(list(row.values())))


def _holds(matcher: Matcher, labels: Labels) -> bool:
    value = labels.get(matcher.name, "")
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return (value == matcher.value) is (matcher.op is Op.EQUAL)
    found = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    return found is (matcher.op is Op.MATCH)
