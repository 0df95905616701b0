"""Random series, as a monitor meets them: counters that reset, gauges, histograms, and scrapes that fail."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from random import Random
from typing import Final

from drawdown.series import NAME, STALE, Labels

Samples = dict[int, float]
"""By time in Unix ms."""
Times = Callable[[], list[int]]
"""Draws when one target is scraped."""
SPAN: Final = 40 * 60_000
"""How long there are samples, in ms."""
SCRAPE: Final = 15_000
JOBS: Final = ("api", "web")
INSTANCES: Final = ("a:1", "b:2", "c:3")
CODES: Final = ("200", "404", "500")
BOUNDS: Final = ("0.1", "0.5", "1", "1.0", "2.5", "+Inf", "none")
"""Two of them say the same, and one is no number."""
NEGATIVE_BOUNDS: Final = ("-2.5", "-1", "-0.1", "1", "+Inf")


def random_series(random: Random, start: int, *, whole_seconds: bool) -> Mapping[Labels, Samples]:
    """Series from `start` (Unix ms) on; with `whole_seconds` most often all with samples at the same times."""
    unit, steady = (1000, random.random() < 0.6) if whole_seconds else (1, False)

    def times() -> list[int]:
        """In step or out of step with the others, sometimes never twice after the same time."""
        first = 0 if steady else random.choice((0, 0, 1, random.randrange(SCRAPE // unit)))
        jitter = 0 if steady else random.choice((0, 0, 4000 // unit))
        grid = range(start + first * unit, start + SPAN, SCRAPE)
        return [at + random.randint(0, jitter) * unit for at in grid]

    return {
        Labels(labels): dict(_interrupted(random, samples))
        for labels, samples in _every_series(random, times)
        if random.random() < 0.95
    }


def _every_series(random: Random, times: Times) -> Iterator[tuple[dict[str, str], Samples]]:
    for job, instance in product(JOBS, INSTANCES):
        scrapes, target = times(), {"job": job, "instance": instance}
        yield {NAME: "hits_total", **target}, _counter(random, scrapes)
        yield {NAME: "busy_seconds_total", **target}, _counter(random, scrapes, unit=0.37)
        yield {NAME: "load", **target}, _gauge(random, scrapes)
        yield {NAME: "up", **target}, {at: float(random.random() < 0.9) for at in scrapes}
        for code in CODES[: random.randint(1, 3)]:
            yield {NAME: "errors_total", **target, "code": code}, _counter(random, scrapes)
    for job in JOBS:
        yield from _histogram(random, times(), job)
        yield from _owners(random, times(), job)
        yield {NAME: "level", "job": job}, _gauge(random, times())
    yield {NAME: "lone"}, _gauge(random, times())
    for path in ("C:\\data", "größe", "two\nlines", 'say "no"'):
        yield {NAME: "odd", "path": path, "dotted.name": path[:3]}, _gauge(random, times())


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
    bounds = random.choice((BOUNDS, NEGATIVE_BOUNDS))
    counts = [_counter(random, times) for _ in bounds]
    for number, bound in enumerate(bounds):
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
