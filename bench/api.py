"""How long the dashboard's queries take over the query API, and over that of a Prometheus that scrapes the same monitor
each second. `python -m bench.api --help`
"""

import argparse
import asyncio
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import numpy as np
import uvloop

from alerts.promql import evaluate, parse
from bench.servers import free_port, prometheus, scraping
from bench.worlds import ALL_RULES
from collector.store import Store
from drawdown.catalogue import EVALUATION_SECONDS, MISSED_EVALUATIONS, SERIES
from drawdown.clock import SystemClock
from grafana.overview import OVERVIEW
from monitor import logging
from monitor.demo.play import Play, playing

CLOCK = SystemClock()
AT_ONCE = 6
"""Requests that a browser has under way to one server."""
MADE_UP = {"$__rate_interval": "4s", "$origin": "borrower|probe", "$journey": ".+", "$channel": ".+"}
"""What Grafana fills in: four scrapes for a rate, and all of everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of single queries at one time and over a range, one after the other, and of the whole dashboard."""

    instant: Sequence[float]
    ranged: Sequence[float]
    dashboard: Sequence[float]


def main() -> None:
    parser = argparse.ArgumentParser(description="The dashboard's queries over HTTP, ours and Prometheus'.")
    parser.add_argument("--minutes", type=float, default=5.0, help="what the queries look back on, lived through first")
    parser.add_argument("--rounds", type=int, default=5, help="how often the whole dashboard is asked for")
    arguments = parser.parse_args()
    logging.set_up(form="console", level="error")
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in runner.run(_measured(arguments.minutes * 60, arguments.rounds, Path(folder))):
            print(line)


async def _measured(seconds: float, rounds: int, folder: Path) -> Sequence[str]:
    """Lives for `seconds`, then asks both, the one and the other in turns, from a process of its own."""
    listen = f"127.0.0.1:{free_port()}"
    config = scraping(listen, every="1s", rules=ALL_RULES)
    async with (
        playing(Play(state=folder / "state", listen=listen), (), clock=CLOCK, stream=io.StringIO()) as parts,
        prometheus(config, folder / "prometheus", clock=CLOCK) as url,
    ):
        await CLOCK.sleep_until(CLOCK.monotonic() + seconds)
        since = CLOCK.now()
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
            urls = {"the monitor": f"http://{listen}", "Prometheus": url}
            times = await asyncio.get_running_loop().run_in_executor(pool, ask, urls, seconds, rounds)
        return [*_table(times), "", *_beat(parts.store, since)]


def ask(urls: Mapping[str, str], seconds: float, rounds: int) -> Mapping[str, Times]:
    """The times of each of `urls`; for a process of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_ask(urls, seconds, rounds))


async def _ask(urls: Mapping[str, str], seconds: float, rounds: int) -> Mapping[str, Times]:
    times = {name: Times(instant=[], ranged=[], dashboard=[]) for name in urls}
    connector = aiohttp.TCPConnector(limit_per_host=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        for _ in range(rounds):
            for name, url in urls.items():
                await _round(session, f"{url}/api/v1", seconds, times[name])
    return times


async def _round(session: aiohttp.ClientSession, url: str, seconds: float, times: Times) -> None:
    now = CLOCK.now()
    span = {"start": f"{now - seconds:.3f}", "end": f"{now:.3f}", "step": "1"}
    instant = [(f"{url}/query", {"query": query}) for query in queries()]
    ranged = [(f"{url}/query_range", {"query": query, **span}) for query in queries()]
    times.instant.extend([await _timed(session, *each) for each in instant])
    times.ranged.extend([await _timed(session, *each) for each in ranged])
    begun = CLOCK.monotonic()
    await asyncio.gather(*(_timed(session, *each) for each in ranged))
    times.dashboard.append(CLOCK.monotonic() - begun)


async def _timed(session: aiohttp.ClientSession, url: str, form: Mapping[str, str]) -> float:
    begun = CLOCK.monotonic()
    async with session.post(url, data=form) as answer:
        await answer.read()
    return CLOCK.monotonic() - begun


def queries() -> Iterator[str]:
    """Those of the dashboard, with its variables filled in."""
    for query in (query for row in OVERVIEW.rows for panel in row.panels for query in panel.queries):
        expression = query.expression
        for variable, value in MADE_UP.items():
            expression = expression.replace(variable, value)
        yield expression


def _table(times: Mapping[str, Times]) -> Iterator[str]:
    yield f"| ms: median, 99th percentile | {' | '.join(times)} |"
    yield "|---" * (len(times) + 1) + "|"
    for kind, title in (
        ("instant", f"one of the {len([*queries()])} queries, at one time"),
        ("ranged", "one of them, over the range with a step of 1 s"),
        ("dashboard", f"all of them over the range, {AT_ONCE} at once"),
    ):
        yield f"| {title} | {' | '.join(_cell(getattr(each, kind)) for each in times.values())} |"


def _cell(seconds: Sequence[float]) -> str:
    middle, high = np.percentile(seconds, [50, 99]) * 1000
    return f"{middle:.1f}, {high:.1f}"


def _beat(store: Store, since: float) -> Iterator[str]:
    """What the rules had from it."""
    now = CLOCK.now()
    asked = (f"{MISSED_EVALUATIONS.name} - {MISSED_EVALUATIONS.name} @ {since:.3f}", SERIES.name)
    missed, series = (float(evaluate(parse(text), store, now).values[0]) for text in asked)
    slowest = evaluate(parse(f"max_over_time({EVALUATION_SECONDS.name}[{int(now - since)}s])"), store, now).values[0]
    yield f"{os.cpu_count()} cores, {series:.0f} series, {now - since:.0f} s of queries;"
    yield f"meanwhile {missed:.0f} evaluations missed, the slowest took {slowest * 1000:.0f} ms"


if __name__ == "__main__":
    main()
