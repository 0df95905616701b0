"""What watching costs: processor time and memory of the monitor under the demo's load, and how long one evaluation of
the shipped rules takes, beside a Prometheus that does the same each second. `python -m bench.cost --help`
"""

import argparse
import asyncio
import io
import os
import resource
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import uvloop

from bench.servers import free_port, prometheus, scraping
from bench.worlds import ALL_RULES
from collector.store import Store
from drawdown.catalogue import EVALUATION_SECONDS
from drawdown.clock import SystemClock
from drawdown.series import NAME, Matcher, Op
from monitor import logging
from monitor.app import running
from monitor.demo.play import Play, playing
from sandbox import Lender
from sandbox.live import borrowing
from sandbox.report import Report

WARM_UP = 30.0
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`processor` is seconds a second, `memory` MiB, `evaluations` the seconds that all rules took each second."""

    who: str
    processor: float
    memory: float
    evaluations: Sequence[float] = ()


Case = Callable[[float, Path], Coroutine[Any, Any, Sequence[Cost]]]
"""Takes the seconds to measure and a folder to fill."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Processor time, memory and evaluation time at the demo's load.")
    parser.add_argument("--seconds", type=float, default=60.0, help=f"measured after {WARM_UP:.0f} s of warming up")
    seconds = parser.parse_args().seconds
    print(f"{os.cpu_count()} cores; 20 attempts a second, {seconds:.0f} s after {WARM_UP:.0f} s\n", flush=True)
    with ProcessPoolExecutor(max_workers=1, max_tasks_per_child=1, mp_context=get_context("spawn")) as pool:
        costs = [cost for case in (load, watched, scraped) for cost in pool.submit(_run, case, seconds).result()]
    for line in _table(costs):
        print(line)


def _table(costs: Sequence[Cost]) -> Iterator[str]:
    yield "| | processor, s/s | memory, MiB | one evaluation, ms: median (least–most) |"
    yield "|---|---|---|---|"
    for cost in costs:
        yield f"| {cost.who} | {cost.processor:.3f} | {cost.memory:.0f} | {_evaluation(cost.evaluations)} |"


def _evaluation(seconds: Sequence[float]) -> str:
    if not seconds:
        return "–"
    middle, least, most = (1000 * each for each in (median(seconds), min(seconds), max(seconds)))
    return f"{middle:.1f} ({least:.1f}–{most:.1f})"


def _run(case: Case, seconds: float) -> Sequence[Cost]:
    logging.set_up(form="console", level="error")
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(case(seconds, Path(folder)))


async def load(seconds: float, _folder: Path) -> Sequence[Cost]:
    """The lender and its borrowers, whom nobody watches."""
    async with running(borrowing(Lender(seed=1), CLOCK, _unread, seed=1)):
        return [await _ours("lender and borrowers alone", seconds)]


async def watched(seconds: float, folder: Path) -> Sequence[Cost]:
    """The same and the monitor with its probe."""
    play = Play(state=folder / "state", listen=f"127.0.0.1:{free_port()}")
    async with playing(play, (), clock=CLOCK, stream=io.StringIO()) as parts:
        return [await _ours("the same and the monitor", seconds, parts.store)]


async def scraped(seconds: float, folder: Path) -> Sequence[Cost]:
    """The same, and a Prometheus that scrapes it and evaluates the same rules."""
    play = Play(state=folder / "state", listen=f"127.0.0.1:{free_port()}")
    config = scraping(play.listen, every="1s", rules=ALL_RULES)
    async with (
        playing(play, (), clock=CLOCK, stream=io.StringIO()) as parts,
        prometheus(config, folder / "prometheus", clock=CLOCK) as url,
    ):
        ours = _ours("the same, scraped each second", seconds, parts.store)
        return await asyncio.gather(ours, _theirs("the Prometheus that scrapes it", seconds, url))


async def _unread(_outcomes: Sequence[Report]) -> None:
    return


async def _ours(who: str, seconds: float, store: Store | None = None) -> Cost:
    await _rest(WARM_UP)
    since, before = CLOCK.now(), _processor()
    await _rest(seconds)
    return Cost(
        who=who,
        processor=(_processor() - before) / seconds,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        evaluations=() if store is None else _evaluations(store, since),
    )


def _evaluations(store: Store, since: float) -> Sequence[float]:
    block = store.select((Matcher(NAME, Op.EQUAL, EVALUATION_SECONDS.name),), since, CLOCK.now())
    return [float(value) for value in block.values[0]]


async def _theirs(who: str, seconds: float, url: str) -> Cost:
    async with aiohttp.ClientSession() as session:
        await _rest(WARM_UP)
        before, readings = await _reading(session, url), []
        for _ in range(round(seconds)):
            await _rest(1.0)
            readings.append(await _reading(session, url))
    return Cost(
        who=who,
        processor=(readings[-1]["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) / seconds,
        memory=readings[-1]["process_resident_memory_bytes"] / 2**20,
        evaluations=[reading["evaluations"] for reading in readings],
    )


async def _reading(session: aiohttp.ClientSession, url: str) -> dict[str, float]:
    """The metrics of a Prometheus by name, labels left out; `evaluations` is what all groups take of a second."""
    async with session.get(f"{url}/metrics") as response:
        lines = (await response.text()).splitlines()
    samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    took, intervals = (_by_group(samples, part) for part in ("last_duration_seconds", "interval_seconds"))
    by_name = {series.partition("{")[0]: float(value) for series, _, value in samples}
    return {**by_name, "evaluations": sum(took[group] / intervals[group] for group in took)}


def _by_group(samples: Sequence[tuple[str, str, str]], part: str) -> dict[str, float]:
    """By its labels: what each group says of itself."""
    name = f"prometheus_rule_group_{part}"
    return {series.removeprefix(name): float(value) for series, _, value in samples if series.startswith(f"{name}{{")}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _rest(seconds: float) -> None:
    await CLOCK.sleep_until(CLOCK.monotonic() + seconds)


if __name__ == "__main__":
    main()
