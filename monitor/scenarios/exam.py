"""Many scenarios under many seeds, in as many processes as there are cores."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

from drawdown.clock import Clock
from monitor.scenarios.run import Live, Monitoring, Took, run
from monitor.scenarios.scenario import Family, Scenario
from monitor.scenarios.score import Grade, Total, grade, total
from monitor.scenarios.sketch import Sketch, sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One run, graded. `failures` says by rule how an evaluation of it failed last."""

    grade: Grade
    sketch: Sketch
    attempts: int
    took: Took
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The whole exam: a paper for each scenario and seed, in that order. `took` is wall seconds."""

    scenarios: tuple[Scenario, ...]
    papers: tuple[Paper, ...]
    took: float

    def of(self, scenario: Scenario) -> tuple[Paper, ...]:
        """Its papers, by seed."""
        return tuple(paper for paper in self.papers if paper.grade.name == scenario.name)

    @property
    def by_family(self) -> tuple[Scenario, ...]:
        """The scenarios, those of a family together."""
        return tuple(sorted(self.scenarios, key=lambda scenario: list(Family).index(scenario.family)))

    @property
    def families(self) -> Mapping[Family, Total]:
        """The totals of each family that was examined."""
        present = [family for family in Family if any(each.family is family for each in self.scenarios)]
        return {family: total([each for each in self._grades() if each.family is family]) for family in present}

    @property
    def total(self) -> Total:
        return total(list(self._grades()))

    def _grades(self) -> Iterator[Grade]:
        return (paper.grade for paper in self.papers)


def reporting_seeds(count: int) -> tuple[int, ...]:
    """The seeds that results are reported on: odd ones. Whoever tunes rules looks at even ones only."""
    return tuple(range(1, 2 * count, 2))


def tuning_seeds(count: int) -> tuple[int, ...]:
    """The seeds that rules may be tuned on."""
    return tuple(range(2, 2 * count + 1, 2))


def sit(scenario: Scenario, seed: int, monitoring: Monitoring, *, live: Live | None = None) -> Paper:
    """Run `scenario` and grade what the monitor said."""
    done = run(scenario, seed, monitoring, live=live)
    return Paper(
        grade=grade(scenario, seed, done.watched.incidents, done.watched.notices),
        sketch=sketch(done),
        attempts=done.attempts,
        took=done.took,
        failures=done.watched.failures,
    )


def examine(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    monitoring: Monitoring,
    *,
    clock: Clock,
    report: Callable[[Paper], None] = lambda _paper: None,
) -> Result:
    """Every scenario under every seed; `report` hears of each as soon as it is done."""
    began = clock.monotonic()
    tasks = [(scenario, seed) for scenario in scenarios for seed in seeds]
    papers = {}
    for paper in _papers(tasks, monitoring):
        papers[paper.grade.name, paper.grade.seed] = paper
        report(paper)
    ordered = tuple(papers[scenario.name, seed] for scenario, seed in tasks)
    return Result(scenarios=tuple(scenarios), papers=ordered, took=clock.monotonic() - began)


def _papers(tasks: Sequence[tuple[Scenario, int]], monitoring: Monitoring) -> Iterator[Paper]:
    """As they come."""
    workers = min(len(tasks), os.cpu_count() or 1)
    if workers <= 1:
        yield from (sit(scenario, seed, monitoring) for scenario, seed in tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(sit, scenario, seed, monitoring) for scenario, seed in _longest_first(tasks)]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _longest_first(tasks: Iterable[tuple[Scenario, int]]) -> list[tuple[Scenario, int]]:
    """So that no core waits long for the last one."""
    return sorted(tasks, key=lambda task: -task[0].seconds * task[0].demand.rate)
