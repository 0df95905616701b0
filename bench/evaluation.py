"""What an evaluation of the rules costs over many series: ours, and that of a Prometheus with the same rules over the
same series. `python -m bench.evaluation --help`
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml
from aiohttp import web

from bench.evaluator import CLOCK, Case, Course, run
from bench.fleet import Fleet
from bench.heavy import rule_file
from bench.reloading import Server, scraping_server
from bench.worlds import RULES
from monitor.web import listening

SERIES = (1_000, 10_000, 50_000)
RULE_COUNTS = (5, 10, 20, 40)
HOUR = 3600


def main() -> None:
    options = _options()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.past} s of past, {options.ticks} s each\n")
    with TemporaryDirectory() as folder:
        pairs = asyncio.run(_compare(options, Path(folder))) if options.compare else []
    for line in (*_comparison(pairs), "", *_growth(options)):
        print(line, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`past` and `ticks` are seconds: before the rules start, and how long each set of them runs."""

    series: Sequence[int]
    past: int
    ticks: int
    compare: bool


def _options() -> Options:
    parser = argparse.ArgumentParser(description="What one evaluation costs, by series and rules.")
    parser.add_argument("--series", type=int, nargs="+", default=SERIES, help="how many series, as often as one likes")
    parser.add_argument("--past", type=int, default=310, help="seconds before the rules start; they look back 300")
    parser.add_argument("--ticks", type=int, default=40, help="seconds for each set of rules")
    parser.add_argument("--quick", action="store_true", help="60 s of past, 15 s each, up to 10,000 series")
    parser.add_argument("--alone", action="store_true", help="without Prometheus")
    given = parser.parse_args()
    if given.quick:
        return Options(series=(1_000, 10_000), past=60, ticks=15, compare=not given.alone)
    return Options(series=given.series, past=given.past, ticks=given.ticks, compare=not given.alone)


def rule_sets() -> Mapping[str, str]:
    """Rule files by what they are."""
    return {
        "the shipped quick rules": _quick(),
        "twenty heavy ones": rule_file(),
        "twenty over four rates": rule_file(layered=True),
    }


def _quick() -> str:
    """As one group, for Prometheus says of each group what it takes."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return json.dumps({"groups": [{"name": "quick", "interval": "1s", "rules": rules}]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same rules over as many series, evaluated by both."""

    series: int
    rules: str
    theirs: Course
    ours: Course


async def _compare(options: Options, folder: Path) -> list[Pair]:
    """All Prometheus get their past at the same time; then one set of rules runs after the other."""
    async with AsyncExitStack() as stack:
        folders = {series: folder / str(series) for series in options.series}
        servers = [await stack.enter_async_context(_serving(series, each)) for series, each in folders.items()]
        await CLOCK.sleep_until(CLOCK.monotonic() + options.past)
        return [
            Pair(
                series=server.series,
                rules=name,
                theirs=await server.evaluate(text, options.ticks),
                ours=await asyncio.to_thread(_ours, server.series, text, options),
            )
            for server in servers
            for name, text in rule_sets().items()
        ]


def _ours(series: int, rules: str, options: Options) -> Course:
    return _apart(Case(series=series, files=(rules,), past=options.past, ticks=options.ticks, paced=True))


def _apart(case: Case) -> Course:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, case).result()


@asynccontextmanager
async def _serving(series: int, folder: Path) -> AsyncIterator[Server]:
    """A Prometheus that scrapes a fleet each second, and has no rules yet."""
    fleet, started = Fleet(series), CLOCK.monotonic()

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text=fleet.exposition(CLOCK.monotonic() - started))

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(app, host="127.0.0.1", port=0))
        yield await stack.enter_async_context(scraping_server(series, f"127.0.0.1:{port}", folder))


def _comparison(pairs: Sequence[Pair]) -> Iterator[str]:
    """Markdown: a row for each set of rules over as many series."""
    if not pairs:
        return
    titles = ("Prometheus, ms", "ours, ms", "ratio", "processor ms", "missed", "MiB")
    yield f"| series | rules | {' | '.join(titles)} |"
    yield "|---" * (len(titles) + 2) + "|"
    for pair in pairs:
        theirs, ours = pair.theirs, pair.ours
        cells = (
            f"{pair.series:,}",
            pair.rules,
            _milliseconds(theirs.took),
            _milliseconds(ours.took),
            f"{median(theirs.took) / median(ours.took):.0f}",
            f"{1000 * theirs.used:.0f}, {1000 * ours.used:.1f}",
            f"{theirs.missed}, {ours.missed}",
            f"{theirs.memory / 2**20:.0f}, {ours.memory / 2**20:.0f}",
        )
        yield f"| {' | '.join(cells)} |"


def _milliseconds(took: Sequence[float]) -> str:
    middle, least, most = (1000 * each for each in (median(took), min(took), max(took)))
    return f"{middle:.1f} ({least:.1f}–{most:.1f})"


def _growth(options: Options) -> Iterator[str]:
    """Markdown: processor time of ours by series and number of rules, and the memory of an hour."""
    yield f"| ours, processor ms | {' | '.join(f'{count} rules' for count in RULE_COUNTS)} | an hour, KiB a series |"
    yield "|---" * (len(RULE_COUNTS) + 2) + "|"
    for series in options.series:
        cases = [Case(series=series, files=(rule_file(count),), past=options.past) for count in RULE_COUNTS]
        used = " | ".join(f"{1000 * _apart(case).used:.1f}" for case in cases)
        hour = _apart(Case(series=series, files=(), past=HOUR, ticks=1)).grown / series / 1024
        yield f"| {series:,} | {used} | {hour:.1f} |"


if __name__ == "__main__":
    main()
