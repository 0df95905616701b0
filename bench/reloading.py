"""A Prometheus that is given one set of rules after the other, and what each of them costs it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.evaluator import CLOCK, Course
from bench.servers import prometheus, scraping

_NO_RULES = '{"groups": []}'
_GROUP = "prometheus_rule_group_"
_LEAST = 4
"""Evaluations that are waited for."""
_IDLE = 5.0

Reading = Mapping[str, float]
"""Its own metrics by name; there is one rule group at most."""


class Server:
    """A Prometheus that looks at `series` series."""

    def __init__(self, series: int, session: aiohttp.ClientSession, rules: Path) -> None:
        self.series = series
        self._session = session
        self._rules = rules

    async def evaluate(self, rules: str, seconds: float) -> Course:
        """Run one group of rules for so long, at least until some evaluations are done. The first does not count."""
        idle = await self._idle()
        await self._load(rules)
        readings = [reading async for reading in self._readings(seconds)]
        await self._load(_NO_RULES)
        return _course(readings, idle)

    async def _idle(self) -> float:
        """Processor seconds a second without rules."""
        before = await self._read()
        await _rest(_IDLE)
        return _since(before, await self._read(), "process_cpu_seconds_total") / _IDLE

    async def _readings(self, seconds: float) -> AsyncIterator[Reading]:
        """One for each evaluation, from the second on."""
        until, seen = CLOCK.monotonic() + seconds, 0.0
        done = -1
        while CLOCK.monotonic() < until or done < _LEAST:
            await _rest(0.1)
            reading = {**await self._read(), "at": CLOCK.monotonic()}
            at = reading.get(f"{_GROUP}last_evaluation_timestamp_seconds", 0.0)
            if at > seen:
                seen, done = at, done + 1
                if done > 0:
                    yield reading

    async def _load(self, rules: str) -> None:
        self._rules.write_text(rules, encoding="utf-8")
        async with self._session.post("/-/reload") as response:
            response.raise_for_status()

    async def _read(self) -> Reading:
        async with self._session.get("/metrics") as response:
            lines = (await response.text()).splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {series.partition("{")[0]: float(value) for series, _, value in samples}


@asynccontextmanager
async def scraping_server(series: int, target: str, folder: Path) -> AsyncIterator[Server]:
    """A Prometheus that scrapes `target` (host:port) each second, without rules yet."""
    rules = _empty(folder)
    config = scraping(target, every="1s", rules=rules)
    async with (
        prometheus(config, folder, clock=CLOCK, options=("--web.enable-lifecycle",)) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield Server(series, session, rules)


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rules = folder / "rules.yaml"
    rules.write_text(_NO_RULES, encoding="utf-8")
    return rules


def _course(readings: list[Reading], idle: float) -> Course:
    first, last = readings[0], readings[-1]
    seconds = _since(first, last, "at")
    used = _since(first, last, "process_cpu_seconds_total") - idle * seconds
    return Course(
        took=[reading[f"{_GROUP}last_duration_seconds"] for reading in readings],
        used=used / (len(readings) - 1),
        missed=round(last[f"{_GROUP}iterations_missed_total"]),
        memory=last["process_resident_memory_bytes"],
    )


def _since(before: Reading, after: Reading, name: str) -> float:
    return after[name] - before[name]


async def _rest(seconds: float) -> None:
    await CLOCK.sleep_until(CLOCK.monotonic() + seconds)
