"""Evaluations of rules over a fleet of series in the monitor's own store, in a process of its own."""

import asyncio
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from alerts.evaluator import Evaluator
from alerts.rule import load_rules
from bench.fleet import Fleet
from collector.store import Store
from drawdown.catalogue import Metric
from drawdown.clock import SystemClock
from drawdown.document import load_document

CLOCK = SystemClock()
_NOW = 1_700_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`past` seconds of `series`, then `ticks` evaluations of each of the rule files, a second apart if `paced`."""

    series: int
    files: tuple[str, ...]
    past: int = 310
    ticks: int = 30
    paced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The seconds that each evaluation took, the processor seconds that one used on average, how many were missed, and
    the bytes that the process holds; those of the series alone are `grown`, where they are known.
    """

    took: Sequence[float]
    used: float
    missed: int
    memory: float
    grown: float = 0.0


class Uncounted:
    """Instruments that nobody reads."""

    def add(self, metric: Metric, amount: float = 1.0, /, **labels: str) -> None:
        pass

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        pass


def run(case: Case) -> Course:
    """Fill a store and evaluate. The first evaluation, which gets to know the series, is not counted."""
    before = _memory()
    fleet, store = Fleet(case.series), Store(most=10 * case.series + 10_000)
    for second in range(case.past):
        store.append(_NOW + second, fleet.labels, fleet.values(second))
    groups = [group for text in case.files for group in load_rules(load_document(text, source="bench"), catalogue=None)]
    evaluator = Evaluator(groups, source=store, sink=store, instruments=Uncounted(), clock=CLOCK)
    took, used = zip(*asyncio.run(_ticks(case, fleet, store, evaluator)), strict=True)
    missed = sum(int(each) for each in took[1:])
    memory = _memory()
    return Course(took=took[1:], used=mean(used[1:]), missed=missed, memory=memory, grown=memory - before)


async def _ticks(case: Case, fleet: Fleet, store: Store, evaluator: Evaluator) -> Sequence[tuple[float, float]]:
    begun, spent = CLOCK.monotonic(), []
    for tick in range(case.ticks + 1):
        if case.paced:
            await CLOCK.sleep_until(begun + tick)
        second = case.past + tick
        store.append(_NOW + second, fleet.labels, fleet.values(second))
        started, before = CLOCK.monotonic(), _processor()
        evaluator.tick(_NOW + second)
        spent.append((CLOCK.monotonic() - started, _processor() - before))
    return spent


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return float(pages) * resource.getpagesize()
