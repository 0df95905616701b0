"""What is left of a difference when everything is cut away that does not matter, and whether something excuses it."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.promql.checks import COMPARISONS
from alerts.promql.syntax import Kind
from bench.differential.answers import Answer, Moment, Question, same
from bench.differential.ours import Engine
from bench.differential.remote import Reference
from bench.differential.selecting import Term

_SELECTING: Final = frozenset({"topk", "bottomk"})
_CANCELLING: Final = frozenset({
    "stddev", "stdvar", "stddev_over_time", "stdvar_over_time", "deriv", "predict_linear", "avg", "avg_over_time",
})  # fmt: skip
_CANCELLED: Final = 1e-6
"""The relative difference that two ways to sum up large numbers of nearly the same size may make."""


class Reason(StrEnum):
    """Why two answers differ."""

    UNEXPLAINED = "differ"
    ROUNDING = "differ because operands already differ in their last bits, or because large numbers cancel out"
    TIE = "differ because topk and bottomk chose others with the same values"
    UNSTEADY = "differ only at times, as Prometheus does not choose the same of equals each time"
    NEWER = "differ because the engine does as versions of Prometheus after 3.5"
    """It refuses a comparison without group_left however few of the matching elements are left, and merges series that
    have the same labels without their name if they never meet.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The smallest part of an expression on which the two sides differ."""

    whole: str
    part: Term
    moment: Moment
    ours: Answer
    theirs: Answer

    def __str__(self) -> str:
        return (
            f"{self.part.text}\n  {self.moment}, a part of {self.whole}\n ours:\n{self.ours}\n theirs:\n{self.theirs}"
        )


@dataclass(frozen=True, slots=True)
class Sides:
    """The two who answer."""

    engine: Engine
    reference: Reference

    async def answers(self, text: str, moment: Moment) -> tuple[Answer, Answer]:
        """Ours and theirs."""
        question = Question(text=text, moment=moment)
        return self.engine.answer(question), await self.reference.answer(question)


async def judged(sides: Sides, term: Term, moment: Moment) -> tuple[Reason, Difference]:
    """Why `term` gives different answers, and its smallest part that does."""
    whole = term.text
    for part, when in _smallest_first(term, moment):
        ours, theirs = await sides.answers(part.text, when)
        if not same(ours, theirs, ordered=part is term and is_ordered(term, when)):
            found = Difference(whole=whole, part=part, moment=when, ours=ours, theirs=theirs)
            return await _reason(sides, found), found
    return Reason.UNSTEADY, Difference(whole=whole, part=term, moment=moment, ours=ours, theirs=theirs)


def _smallest_first(term: Term, moment: Moment) -> Iterator[tuple[Term, Moment]]:
    """The parts of `term` and the term last."""
    for part in sorted(term.parts(), key=lambda part: len(part.text)):
        for each in _askable(part, moment):
            yield part, each


def _askable(part: Term, moment: Moment) -> Sequence[Moment]:
    """A range vector has no value over a range, but at each of its times."""
    if part.kind is not Kind.WINDOW or moment.step is None:
        return (moment,)
    return [Moment(start=at, end=at) for at in range(moment.start, moment.end + 1, moment.step)]


def is_ordered(term: Term, moment: Moment) -> bool:
    """Whether the order of the answer counts."""
    return moment.step is None and term.head in {"sort", "sort_desc"}


async def _reason(sides: Sides, found: Difference) -> Reason:
    if _tied(found.ours, found.theirs) and any(part.head in _SELECTING for part in found.part.parts()):
        return Reason.TIE
    if await _fails_unfiltered(sides.reference, found) or await _merges(sides.reference, found):
        return Reason.NEWER
    if found.part.head in _CANCELLING and same(found.ours, found.theirs, tolerance=_CANCELLED):
        return Reason.ROUNDING
    return Reason.ROUNDING if await _operands_differ(sides, found) else Reason.UNEXPLAINED


def _tied(ours: Answer, theirs: Answer) -> bool:
    """Whether both have the same values at each time."""
    return not ours.error and not theirs.error and _at_times(ours) == _at_times(theirs)


def _at_times(answer: Answer) -> Counter[tuple[int, str]]:
    """How often each value occurs at each time; zero has no sign."""
    return Counter((at, repr(value + 0.0)) for samples in answer.series.values() for at, value in samples.items())


async def _fails_unfiltered(reference: Reference, found: Difference) -> bool:
    """Whether a comparison that we alone refuse is refused by both when it keeps all its elements."""
    left, operator = found.part.operands[0].operand if found.part.operands else "", found.part.head
    if not found.ours.error or operator not in COMPARISONS:
        return False
    text = found.part.text.replace(f"{left} {operator}", f"{left} {operator} bool", 1)
    return bool((await reference.answer(Question(text=text, moment=found.moment))).error)


async def _merges(reference: Reference, found: Difference) -> bool:
    """Whether a range of which they refuse the whole is the same in both at each of its times."""
    if "the same labelset" not in found.theirs.error or found.moment.step is None:
        return False
    start, end = (f"{at / 1000:.3f}" for at in (found.moment.start, found.moment.end))
    text = found.part.text.replace("start()", start).replace("end()", end)
    return all([same(*each) async for each in _at_each_time(reference, text, found)])


async def _at_each_time(reference: Reference, text: str, found: Difference) -> AsyncIterator[tuple[Answer, Answer]]:
    for at in range(found.moment.start, found.moment.end + 1, found.moment.step or 1):
        then = {labels: {at: samples[at]} for labels, samples in found.ours.series.items() if at in samples}
        theirs = await reference.answer(Question(text=text, moment=Moment(start=at, end=at)))
        yield Answer(kind="vector", series=then), theirs


async def _operands_differ(sides: Sides, found: Difference) -> bool:
    """Whether an operand differs in the least bit."""
    for operand in found.part.operands:
        for moment in _askable(operand, found.moment):
            if not same(*await sides.answers(operand.text, moment), tolerance=0.0):
                return True
    return False
