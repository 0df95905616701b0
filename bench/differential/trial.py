"""Expressions put to both sides, and what is left of a difference when everything is cut away that does not matter."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from alerts.promql.checks import COMPARISONS
from alerts.promql.syntax import Kind
from bench.differential.answers import Answer, Moment, Question, our_answer, same
from bench.differential.remote import Reference
from bench.differential.terms import EVERY_FUNCTION, Term, random_call, random_term
from bench.differential.worlds import APART, SPAN, World, random_world

FIRST: Final = 1_700_000_000_000
"""When the first world starts."""
PER_WORLD: Final = 50
_SELECTING: Final = frozenset({"topk", "bottomk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The smallest part of an expression on which the two sides differ."""

    whole: str
    part: Term
    moment: Moment
    ours: Answer
    theirs: Answer
    world: World = field(repr=False)

    def __str__(self) -> str:
        moment = self.moment
        when = f"at {moment.start / 1000:.3f}"
        if moment.step is not None:
            when = f"from {moment.start / 1000:.3f} to {moment.end / 1000:.3f} step {moment.step / 1000:.3f}"
        return f"{self.part.text}\n  {when}, a part of {self.whole}\n ours:\n{self.ours}\n theirs:\n{self.theirs}"


@dataclass(slots=True)
class Tally:
    """What became of the questions. `rounding` are those whose operands already differ in their last bits, `ties` those
    where a topk chose other elements with the same values, `stricter` those where the engine refuses, as Prometheus
    does from 3.9 on, a comparison without group_left of which at most one of many elements is left.
    """

    asked: int = 0
    filled: int = 0
    refused: int = 0
    rounding: list[Difference] = field(default_factory=list)
    ties: list[Difference] = field(default_factory=list)
    stricter: list[Difference] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    heads: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.asked} asked, {self.filled} with a result, {self.refused} refused by both, "
            f"{len(self.differences)} differences; besides {len(self.rounding)} from rounding, "
            f"{len(self.ties)} from ties, {len(self.stricter)} from matching that is stricter from 3.9 on"
        )


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
        question = Question(text=term.text, moment=moment)
        ours, theirs = our_answer(question, world), await reference.answer(question)
        filled |= bool(theirs.series)
        refused |= bool(theirs.error)
        if not same(ours, theirs):
            await _judge(reference, term, world, moment=moment, tally=tally)
            break
    tally.filled += filled
    tally.refused += refused


def _moments(random: Random, world: World) -> Iterator[Moment]:
    at = world.start + random.choice((random.randrange(SPAN + 600_000), random.randrange(0, SPAN, 15_000)))
    yield Moment(start=at, end=at)
    step = random.choice((15_000, 60_000, 7_000, 60_001, 300_000))
    yield Moment(start=at, end=at + step * random.randint(0, 20), step=step)


async def _judge(reference: Reference, term: Term, world: World, *, moment: Moment, tally: Tally) -> None:
    """Find the smallest part that differs, and whether it is to blame."""
    for part in sorted(term.parts(), key=lambda part: len(part.text)):
        if part.kind is Kind.WINDOW and moment.step is not None:
            continue
        question = Question(text=part.text, moment=moment)
        ours, theirs = our_answer(question, world), await reference.answer(question)
        if not same(ours, theirs):
            found = Difference(whole=term.text, part=part, moment=moment, ours=ours, theirs=theirs, world=world)
            await _file(reference, found, tally)
            return


async def _file(reference: Reference, found: Difference, tally: Tally) -> None:
    if found.part.head in _SELECTING and _tied(found.ours, found.theirs):
        tally.ties.append(found)
    elif await _fails_unfiltered(reference, found):
        tally.stricter.append(found)
    elif await _operands_differ(reference, found):
        tally.rounding.append(found)
    else:
        tally.differences.append(found)


def _tied(ours: Answer, theirs: Answer) -> bool:
    """Whether both have the same values at each time."""
    return not ours.error and not theirs.error and _at_times(ours) == _at_times(theirs)


def _at_times(answer: Answer) -> Counter[tuple[int, str]]:
    return Counter((at, repr(value)) for samples in answer.series.values() for at, value in samples.items())


async def _fails_unfiltered(reference: Reference, found: Difference) -> bool:
    """Whether a comparison that we alone refuse is refused by both when it keeps all its elements."""
    left, operator = found.part.operands[0].operand if found.part.operands else "", found.part.head
    if not found.ours.error or operator not in COMPARISONS:
        return False
    text = found.part.text.replace(f"{left} {operator}", f"{left} {operator} bool", 1)
    return bool((await reference.answer(Question(text=text, moment=found.moment))).error)


async def _operands_differ(reference: Reference, found: Difference) -> bool:
    """Whether an operand differs in the least bit."""
    for operand in found.part.operands:
        if operand.kind is Kind.WINDOW and found.moment.step is not None:
            continue
        question = Question(text=operand.text, moment=found.moment)
        if not same(our_answer(question, found.world), await reference.answer(question), tolerance=0.0):
            return True
    return False
