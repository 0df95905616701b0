"""Random expressions put to both sides, and what became of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from alerts.promql.syntax import Kind
from bench.differential.answers import Moment, Question, our_answer, same
from bench.differential.judge import Difference, Reason, is_ordered, judged
from bench.differential.remote import Reference
from bench.differential.selecting import Term
from bench.differential.terms import EVERY_FUNCTION, random_call, random_term
from bench.differential.worlds import APART, SPAN, World, random_world

FIRST: Final = 1_700_000_000_000
"""When the first world starts."""
PER_WORLD: Final = 50


@dataclass(slots=True)
class Tally:
    """How many expressions were asked, had a result, were refused by both; what heads they had; and what differed."""

    asked: int = 0
    filled: int = 0
    refused: int = 0
    heads: Counter[str] = field(default_factory=Counter)
    found: defaultdict[Reason, list[Difference]] = field(default_factory=lambda: defaultdict(list))

    @property
    def differences(self) -> list[Difference]:
        """Those that nothing excuses."""
        return self.found[Reason.UNEXPLAINED]

    @property
    def excused(self) -> int:
        return sum(map(len, self.found.values())) - len(self.differences)

    def __str__(self) -> str:
        lines = [f"{self.asked} expressions, {self.filled} with a result, {self.refused} refused by both"]
        for reason in Reason:
            heads = Counter(each.part.head for each in self.found[reason])
            lines.append(f"{heads.total()} {reason}: {', '.join(f'{head} {count}' for head, count in heads.items())}")
        return "\n".join(lines)


async def compare(reference: Reference, count: int, *, seed: int) -> Tally:
    """Put `count` random expressions to both, each at an instant and over a range."""
    tally, number = Tally(), 0
    while tally.asked < count:
        random = Random(f"{seed} {number}")
        world = random_world(random, FIRST + number * APART)
        await reference.load(world)
        for _ in range(min(PER_WORLD, count - tally.asked)):
            await _ask(reference, _term(random, world, tally.asked), world, tally=tally, random=random)
        number += 1
    return tally


def _term(random: Random, world: World, number: int) -> Term:
    """Every fourth a call of the next function, so that none is forgotten."""
    turn, rest = divmod(number, 4)
    if rest:
        return random_term(random, world.start)
    return random_call(random, world.start, name=EVERY_FUNCTION[turn % len(EVERY_FUNCTION)])


async def _ask(reference: Reference, term: Term, world: World, *, tally: Tally, random: Random) -> None:
    tally.asked += 1
    tally.heads.update(part.head for part in term.parts())
    filled = refused = False
    for moment in _moments(random, world):
        if term.kind is Kind.WINDOW and moment.step is not None:
            continue
        question = Question(text=term.text, moment=moment)
        ours, theirs = our_answer(question, world), await reference.answer(question)
        filled |= bool(theirs.series)
        refused |= bool(theirs.error)
        if not same(ours, theirs, ordered=is_ordered(term, moment)):
            reason, difference = await judged(reference, term, world, moment=moment)
            tally.found[reason].append(difference)
            break
    tally.filled += filled
    tally.refused += refused


def _moments(random: Random, world: World) -> Iterator[Moment]:
    at = world.start + random.choice((random.randrange(SPAN + 600_000), random.randrange(0, SPAN, 15_000)))
    yield Moment(start=at, end=at)
    step = random.choice((15_000, 60_000, 7_000, 60_001, 300_000))
    yield Moment(start=at, end=at + step * random.randint(0, 20), step=step)
