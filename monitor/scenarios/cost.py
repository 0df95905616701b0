"""What runs cost, and what that is against the aim: an hour of scenario with 50 attempts a second takes at most 10 s of
wall time on one core.
"""

from collections.abc import Iterator
from typing import Final

from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.run import Took

AIM: Final = 10.0
"""Seconds."""
_HOUR: Final = 3600.0
_ATTEMPTS: Final = 50 * _HOUR
_DENSE: Final = 10.0
"""Attempts a second below which a run says nothing of the hour: it would be scaled by more than its borrowers."""


def costs(result: Result) -> Iterator[str]:
    """What the heaviest run took, and what an hour with 50 attempts a second takes, as the run with the most attempts
    tells it, if they are enough.
    """
    if not result.papers:
        return
    heaviest = max(result.papers, key=lambda paper: paper.took.all)
    yield (
        f"the heaviest run, {heaviest.grade.name} with {heaviest.attempts} attempts, took {heaviest.took.all:.1f} s of "
        f"one core: {_parts(heaviest.took)}"
    )
    fullest = max(result.papers, key=lambda paper: paper.attempts)
    seconds = _seconds(fullest, result)
    if fullest.attempts >= _DENSE * seconds:
        yield _hour(fullest, seconds)


def _hour(paper: Paper, seconds: float) -> str:
    scaled = "" if _is_the_hour(paper, seconds) else f", scaled from {paper.attempts} attempts in {seconds:.0f} s"
    took = of_an_hour(paper, seconds).all
    return (
        f"an hour of scenario with 50 attempts a second takes {took:.1f} s of one core, {took / AIM:.0%} of the "
        f"{AIM:.0f} s that it may take ({paper.grade.name}{scaled})"
    )


def of_an_hour(paper: Paper, seconds: float) -> Took:
    """What an hour with 50 attempts a second takes by a run that lasted `seconds`: itself, if it is one, else its
    borrowers are scaled by their attempts and its looks by their number.
    """
    took = paper.took
    if _is_the_hour(paper, seconds):
        return took
    more, longer = _ATTEMPTS / paper.attempts, _HOUR / seconds
    return Took(
        living=took.living * more,
        counting=took.counting * more,
        foreseeing=took.foreseeing * longer,
        looking=took.looking * longer,
    )


def _is_the_hour(paper: Paper, seconds: float) -> bool:
    return seconds == _HOUR and _ATTEMPTS <= paper.attempts < 1.1 * _ATTEMPTS


def _seconds(paper: Paper, result: Result) -> float:
    return next(scenario.seconds for scenario in result.scenarios if scenario.name == paper.grade.name)


def _parts(took: Took) -> str:
    return (
        f"{took.living:.1f} s lender and borrowers, {took.counting:.1f} s counting, "
        f"{took.foreseeing:.1f} s rules ahead, {took.looking:.1f} s rules, incidents and notices"
    )
