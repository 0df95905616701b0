"""Random expressions put to both sides, and what became of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import Final

from alerts.promql.syntax import Kind
from bench.differential.answers import Answer, Moment, same
from bench.differential.judge import Difference, Reason, Sides, is_ordered, judged
from bench.differential.ours import Engine
from bench.differential.remote import Reference
from bench.differential.selecting import Term
from bench.differential.series import SCRAPE, SPAN
from bench.differential.terms import EVERY_FUNCTION, random_call, random_term
from bench.differential.worlds import APART, World, random_world

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
    """Put `count` random expressions to both: each at two instants, between which time passes, and over a range."""
    tally, number = Tally(), 0
    while tally.asked < count:
        random = Random(f"{seed} {number}")
        world = random_world(random, FIRST + number * APART)
        terms = [_term(random, world, tally.asked + turn) for turn in range(min(PER_WORLD, count - tally.asked))]
        await _live(Sides(Engine(world), reference), world, terms, tally=tally, random=random)
        number += 1
    return tally


def _term(random: Random, world: World, number: int) -> Term:
    """Every fourth a call of the next function, so that none is forgotten."""
    turn, rest = divmod(number, 4)
    if rest:
        return random_term(random, world.start)
    return random_call(random, world.start, name=EVERY_FUNCTION[turn % len(EVERY_FUNCTION)])


async def _live(sides: Sides, world: World, terms: Sequence[Term], *, tally: Tally, random: Random) -> None:
    await sides.reference.load(world.pass_until(world.start + random.randrange(SPAN)))
    early = [await _asked(sides, term, [_instant(random, world)], tally=tally) for term in terms]
    await sides.reference.load(world.pass_until(world.start + SPAN))
    late = [await _asked(sides, term, [_instant(random, world), _range(random, world)], tally=tally) for term in terms]
    tally.asked += len(terms)
    tally.filled += sum(any(answer.series for answer in answers) for answers in map(chain, early, late))
    tally.refused += sum(any(answer.error for answer in answers) for answers in map(chain, early, late))
    tally.heads.update(part.head for term in terms for part in term.parts())


async def _asked(sides: Sides, term: Term, moments: Sequence[Moment], *, tally: Tally) -> list[Answer]:
    """Their answers; of a range vector only at instants, and none any more when one differs."""
    answers = []
    for moment in moments:
        if term.kind is Kind.WINDOW and moment.step is not None:
            continue
        ours, theirs = await sides.answers(term.text, moment)
        answers.append(theirs)
        if not same(ours, theirs, ordered=is_ordered(term, moment)):
            reason, difference = await judged(sides, term, moment)
            tally.found[reason].append(difference)
            break
    return answers


def _instant(random: Random, world: World) -> Moment:
    """Now, soon, or earlier; on the grid of the scrapes or off it."""
    back = random.choice((0, -random.randrange(600_000), random.randrange(SPAN), random.randrange(0, SPAN, SCRAPE)))
    at = max(world.now - back, world.start)
    return Moment(start=at, end=at)


def _range(random: Random, world: World) -> Moment:
    start, step = _instant(random, world).start, random.choice((15_000, 60_000, 7_000, 60_001, 300_000))
    return Moment(start=start, end=start + step * random.randint(0, 20), step=step)
