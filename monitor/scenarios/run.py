"""One scenario under one seed: what the lender and its borrowers do, and what the monitor makes of it."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np

from alerts.rule import Group
from collector.census import Census
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.clock import core_seconds
from drawdown.codes import Codes
from drawdown.outcome import Origin
from monitor.config import words_of_probe
from monitor.scenarios import living
from monitor.scenarios.beats import Beats, OwnTrouble
from monitor.scenarios.intake import Intake, Taken
from monitor.scenarios.living import Lived, journey_of
from monitor.scenarios.scenario import Scenario
from monitor.scenarios.watch import Sight, Watch, Watched
from sandbox.report import JOURNEY, STEPS

Live = Callable[[Scenario, int], Lived]
"""What happens in a scenario under a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """The monitor that is examined: its rules, and the lender's codes as it reads them."""

    groups: tuple[Group, ...]
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds of one core that each part of a run took."""

    living: float
    counting: float
    foreseeing: float
    looking: float

    @property
    def all(self) -> float:
        return self.living + self.counting + self.foreseeing + self.looking


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """What happened, and what the monitor made of it."""

    scenario: Scenario
    seed: int
    taken: Taken
    beats: Beats
    watched: Watched
    took: Took

    @property
    def attempts(self) -> int:
        """How many borrowers made."""
        return int(np.count_nonzero(self.taken.of(Origin.BORROWER)))


def run(scenario: Scenario, seed: int, monitoring: Monitoring, *, live: Live | None = None) -> Run:
    """Run `scenario`."""
    with _uncollected():
        return _run(scenario, seed, monitoring, live or partial(living.live, codes=monitoring.codes))


def _run(scenario: Scenario, seed: int, monitoring: Monitoring, live: Live) -> Run:
    laps = _Laps()
    lived = live(scenario, seed)
    laps.lap()
    words = vocabulary(scenario)
    census = Census(words, now=scenario.start)
    trouble, readings = OwnTrouble(scenario.own), lived.readings
    taken = Intake(census, words, monitoring.codes).take(lived, trouble)
    del lived  # what it takes up is given to what comes now: memory that is new costs more than to use it again
    beats = trouble.beats(scenario.start, scenario.seconds)
    laps.lap()
    watch = Watch(Sight(taken=taken, readings=readings, beats=beats, vocabulary=words), census, monitoring.groups)
    laps.lap()
    watched = watch.run()
    laps.lap()
    living, counting, foreseeing, looking = laps.seconds
    took = Took(living=living, counting=counting, foreseeing=foreseeing, looking=looking)
    return Run(scenario=scenario, seed=seed, taken=taken, beats=beats, watched=watched, took=took)


def vocabulary(scenario: Scenario) -> Vocabulary:
    """The words of a monitor that is set up for the lender of `scenario`."""
    world = scenario.world
    slices = {"channel": world.channels, "bank": world.banks, "tier": world.tiers}
    names = {name: tuple(_names(parts)) for name, parts in slices.items()}
    borrowers = JourneyWords(origin=Origin.BORROWER, journey=JOURNEY, steps=STEPS, slices=names)
    if scenario.probe is None:
        return Vocabulary(journeys=(borrowers,))
    return Vocabulary(journeys=(borrowers, words_of_probe(journey_of(scenario.probe))))


def _names(parts: Sequence[object]) -> Iterator[str]:
    return (str(part.name) for part in parts if hasattr(part, "name"))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: there are few, and it would walk over a million reports again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Laps:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._since = core_seconds()

    def lap(self) -> None:
        now = core_seconds()
        self.seconds.append(now - self._since)
        self._since = now
