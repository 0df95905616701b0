"""Random series, as a monitor meets them: counters that reset, gauges, histograms, and scrapes that fail."""

import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Final

import numpy as np

from drawdown.series import ABSENT, NAME, STALE, Block, Labels, Matcher, Op

Samples = dict[int, float]
"""By time in Unix ms."""
SPAN: Final = 40 * 60_000
"""How long a world lasts, in ms."""
APART: Final = 4 * 3_600_000
"""From the start of one world to that of the next: so far that no range reaches from one into another."""
SCRAPE: Final = 15_000
JOBS: Final = ("api", "web")
INSTANCES: Final = ("a:1", "b:2", "c:3")
CODES: Final = ("200", "404", "500")
BOUNDS: Final = ("0.1", "0.5", "1", "1.0", "2.5", "+Inf", "none")
"""Two of them say the same, and one is no number."""
_STALE_BITS: Final = struct.pack("<d", STALE)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Series from `start` (Unix ms) on, over `SPAN`; a source for the engine."""

    start: int
    series: Mapping[Labels, Samples]
    _block: Block = field(repr=False)

    @classmethod
    def of(cls, start: int, series: Mapping[Labels, Samples]) -> "World":
        times = sorted({at for samples in series.values() for at in samples})
        values = np.full((len(series), len(times)), ABSENT)
        column = {at: index for index, at in enumerate(times)}
        for row, samples in enumerate(series.values()):
            values[row, [column[at] for at in samples]] = list(samples.values())
        return cls(start, series, Block(tuple(series), np.array(times) / 1000.0, values))

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Block:
        rows = [row for row, labels in enumerate(self._block.labels) if all(_holds(each, labels) for each in matchers)]
        left, right = np.searchsorted(self._block.times, start), np.searchsorted(self._block.times, end, side="right")
        labels = tuple(self._block.labels[row] for row in rows)
        return Block(labels, self._block.times[left:right], self._block.values[rows, left:right])


def _holds(matcher: Matcher, labels: Labels) -> bool:
    value = labels.get(matcher.name, "")
    if matcher.op in {Op.EQUAL, Op.NOT_EQUAL}:
        return (value == matcher.value) is (matcher.op is Op.EQUAL)
    found = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    return found is (matcher.op is Op.MATCH)


def random_world(random: Random, start: int) -> World:
    series = {
        Labels(labels): dict(_interrupted(random, samples))
        for labels, samples in _every_series(random, start)
        if random.random() < 0.95
    }
    return World.of(start, series)


def _every_series(random: Random, start: int) -> Iterator[tuple[dict[str, str], Samples]]:
    for job, instance in product(JOBS, INSTANCES):
        times, target = _times(random, start), {"job": job, "instance": instance}
        yield {NAME: "hits_total", **target}, _counter(random, times)
        yield {NAME: "busy_seconds_total", **target}, _counter(random, times, unit=0.37)
        yield {NAME: "load", **target}, _gauge(random, times)
        yield {NAME: "up", **target}, {at: float(random.random() < 0.9) for at in times}
        for code in CODES[: random.randint(1, 3)]:
            yield {NAME: "errors_total", **target, "code": code}, _counter(random, times)
    for job in JOBS:
        yield from _histogram(random, _times(random, start), job)
        yield from _owners(random, _times(random, start), job)
        yield {NAME: "level", "job": job}, _gauge(random, _times(random, start))
    yield {NAME: "lone"}, _gauge(random, _times(random, start))
    for path in ("C:\\data", "größe", "two\nlines", 'say "no"'):
        yield {NAME: "odd", "path": path, "dotted.name": path[:3]}, _gauge(random, _times(random, start))


def _times(random: Random, start: int) -> list[int]:
    """When one target is scraped: in step or out of step with the others, sometimes never twice after the same time."""
    first = start + random.choice((0, 0, 1, random.randrange(SCRAPE)))
    jitter = random.choice((0, 0, 0, 4000))
    return [at + random.randint(0, jitter) for at in range(first, start + SPAN, SCRAPE)]


def _counter(random: Random, times: Iterable[int], unit: float = 1.0) -> Samples:
    value, samples, busy = random.choice((0.0, 7.0, 1000.0)), {}, random.choice((0.2, 0.9))
    for at in times:
        if random.random() < 0.02:
            value = 0.0
        value += random.randint(0, 9) * unit if random.random() < busy else 0.0
        samples[at] = value
    return samples


def _gauge(random: Random, times: Iterable[int]) -> Samples:
    strange = random.choice((0.0, 0.0, 0.1))
    draw: Callable[[], float] = random.choice((
        lambda: float(random.randint(-5, 20)),
        lambda: random.gauss(0, 10),
        lambda: random.randint(-40, 40) / 4,
        lambda: 1000.0 + random.randint(0, 50),
        lambda: 3.0,
    ))  # fmt: skip
    wild = (math.nan, math.inf, -math.inf, -0.0, 1e6, 1e-300, 0.0)
    return {at: random.choice(wild) if random.random() < strange else draw() for at in times}


def _histogram(random: Random, times: list[int], job: str) -> Iterator[tuple[dict[str, str], Samples]]:
    counts = [_counter(random, times) for _ in BOUNDS]
    for number, bound in enumerate(BOUNDS):
        total = {at: sum(count[at] for count in counts[: number + 1]) for at in times}
        yield {NAME: "wait_bucket", "job": job, "le": bound}, total


def _owners(random: Random, times: list[int], job: str) -> Iterator[tuple[dict[str, str], Samples]]:
    """Who owns the job: one team, then another; now and then both at once."""
    change, both = random.randrange(len(times)), random.choice((0, 0, 10))
    yield {NAME: "owner", "job": job, "team": "core"}, dict.fromkeys(times[: change + both], 1.0)
    later = dict.fromkeys(times[change:], 1.0)
    yield {NAME: "owner", "job": job, "team": "pay"}, later


def _interrupted(random: Random, samples: Samples) -> Iterator[tuple[int, float]]:
    """`samples` with gaps, some of which say that the series ended, and perhaps with an end of its own."""
    gaps = random.choice((0.0, 0.005, 0.02))
    skip = 0
    for at, value in samples.items():
        if skip == 0 and random.random() < gaps:
            skip = random.choice((1, 2, 5, 30))
            if random.random() < 0.5:
                yield at, float(STALE)
                continue
        if skip:
            skip -= 1
        else:
            yield at, value
