"""Random expressions over series of two sides: one side is asked for its parts, and the rest is worked out here.

python -m bench.differential.apart --count 1000 --seed 7
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import aiohttp

from alerts.promql import Expression, PromQLError, Vector, evaluate, parse, selectors
from alerts.remote.answers import Answers
from alerts.remote.client import Client
from alerts.remote.settings import PrometheusSettings
from alerts.remote.split import Part, Split, parts_of
from bench.differential.answers import Answer, same
from bench.differential.ours import of_vector
from bench.differential.remote import OPTIONS, Reference
from bench.differential.selecting import LABELS
from bench.differential.series import SPAN, random_series
from bench.differential.terms import random_term
from bench.differential.trial import FIRST
from bench.differential.worlds import APART, World
from bench.servers import TOOLS, prometheus
from drawdown.clock import SystemClock
from drawdown.series import NAME, Block, Matcher, SeriesSource

PER_WORLD: Final = 40
_OURS: Final = 4

Ask = Callable[[Part, float], Awaitable[Vector]]


@dataclass(frozen=True, slots=True)
class Side:
    """The series of `world` that have one of the `names`."""

    world: World
    names: Collection[str]

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Block:
        found = self.world.select(matchers, start, end, window=window)
        rows = [row for row, labels in enumerate(found.labels) if labels[NAME] in self.names]
        return Block(tuple(found.labels[row] for row in rows), found.times, found.values[rows])


@dataclass(frozen=True, slots=True)
class Question:
    """An expression that reads both sides, what is left of it when it is taken apart, and Unix seconds."""

    whole: Expression
    rest: Expression
    at: float


@dataclass(slots=True)
class Tally:
    """How many expressions were asked and had a result, and those for which it was another one."""

    asked: int = 0
    filled: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.asked} expressions, {self.filled} with a result, {len(self.differences)} differ"


class Halves:
    """A random world, the number `number` of its seed, whose series are on two sides."""

    def __init__(self, number: int, seed: int) -> None:
        self.random = Random(f"{seed} {number}")
        start = FIRST + number * APART
        self.world = World(start, random_series(self.random, start, whole_seconds=False), kept=False)
        self.fresh = self.world.pass_until(start + SPAN)
        names = frozenset(LABELS)
        here = frozenset(self.random.sample(sorted(names), _OURS))
        self.ours, self.theirs = Side(self.world, here), Side(self.world, names - here)

    def questions(self, count: int) -> Iterator[Question]:
        """Expressions that read both sides and can be taken apart."""
        split = Split(self.ours.names)
        while count:
            with suppress(PromQLError):
                whole = parse(random_term(self.random, self.world.start).text)
                if _reads_both(whole, self.ours.names):
                    at = (self.world.start + self.random.randrange(SPAN)) / 1000
                    yield Question(whole, split(whole), at)
                    count -= 1

    async def compare(self, count: int, ask: Ask, tally: Tally) -> None:
        """Put `count` expressions to the whole world, and to both sides, of which `ask` answers for the other."""
        for question in self.questions(count):
            answers = Answers(self.ours)
            answers.take({part: await _given(ask, part, question.at) for part in parts_of(question.rest)}, keep=())
            expected = _answered(question.whole, self.world, question.at)
            tally.asked += 1
            tally.filled += bool(expected.series)
            if not same(found := _answered(question.rest, answers, question.at), expected):
                tally.differences.append(f"{question}, ours {self.ours.names}\n apart:\n{found}\n whole:\n{expected}")


def _reads_both(expression: Expression, ours: Collection[str]) -> bool:
    sides = {selector.name in ours for selector in selectors(expression)}
    return len(sides) > 1


async def _given(ask: Ask, part: Part, at: float) -> Vector | PromQLError:
    try:
        return await ask(part, at)
    except PromQLError as error:
        return error


def _answered(expression: Expression, source: SeriesSource, at: float) -> Answer:
    try:
        return of_vector(evaluate(expression, source, at), round(at * 1000))
    except PromQLError as error:
        return Answer(error=error.message)


async def compare_here(count: int, *, seed: int) -> Tally:
    """Our own engine answers for the other side."""
    tally, number = Tally(), 0
    while tally.asked < count:
        halves = Halves(number, seed)

        async def ask(part: Part, at: float, theirs: Side = halves.theirs) -> Vector:
            return evaluate(parse(part.text), theirs, at)

        await halves.compare(PER_WORLD, ask, tally)
        number += 1
    return tally


async def compare_there(count: int, folder: Path, *, seed: int, program: Path = TOOLS / "prometheus") -> Tally:
    """A real Prometheus answers for the other side, over HTTP."""
    config, tally, number = {"global": {"evaluation_interval": "1m"}}, Tally(), 0
    async with (
        prometheus(config, folder, clock=SystemClock(), program=program, options=OPTIONS) as url,
        aiohttp.ClientSession(url) as loading,
        aiohttp.ClientSession() as asking,
    ):
        client = Client(PrometheusSettings.model_validate({"url": url}), asking)
        while tally.asked < count:
            halves = Halves(number, seed)
            there = {labels: samples for labels, samples in halves.fresh.items() if labels[NAME] in halves.theirs.names}
            await Reference(loading).load(there)
            await halves.compare(PER_WORLD, client.ask, tally)
            number += 1
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.differential.apart", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="expressions")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = asyncio.run(compare_there(arguments.count, Path(folder), seed=arguments.seed))
    print(*tally.differences[:10], f"seed {arguments.seed}", tally, sep="\n")
    sys.exit(bool(tally.differences))


if __name__ == "__main__":
    main()
