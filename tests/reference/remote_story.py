"""A monitor whose lender breaks, a Prometheus that scrapes it, and a second monitor that evaluates over that."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from alerts.incident import Incident
from bench.servers import free_port, prometheus
from drawdown.clock import SystemClock
from monitor.app import Monitor, Surroundings, monitor, running
from monitor.config import SHIPPED_RULES, load_config
from monitor.demo.stage import handing, real_stage
from sandbox import Lender, World
from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.live import borrowing

PROGRAM = Path(sys.executable).with_name("drawdown-monitor")
PEACE = 6.0
LASTS = 7.0
PATIENCE = 14.0
"""Seconds within which a change has reached the second monitor."""
TOKEN = "token-of-the-second"
FIRST = """
listen: {listen}
journeys: []
borrowers:
  journeys:
    app: {{steps: [login, quota, quote, submit, identity, payout]}}
  slices: {{channel: [alpha, beta, gamma]}}
alerts: {{rules: rules.yaml}}
"""
SECOND = """
listen: {listen}
state: second
alerts:
  rules: rules.yaml
  timezone: Asia/Shanghai
  source:
    prometheus: {{url: "{url}", auth: {{bearer: {{env: TOKEN}}}}, timeout: 5s}}
"""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a monitor said over HTTP: open and resolved incidents, and its rules."""

    open: tuple[dict[str, Any], ...]
    recent: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """The `first` monitor's incident and the second's before it was killed, after it was started again, and at the end;
    `recorded` are series that the second has recorded, `said` is what both of its lives wrote.
    """

    first: Incident
    before: Sight
    after: Sight
    end: Sight
    recorded: list[dict[str, Any]]
    said: str


async def tell(folder: Path, program: str) -> Story:
    """Live through it, in real time and over real sockets; `program` is the Prometheus."""
    clock, listen, other = SystemClock(), *(f"127.0.0.1:{free_port()}" for _ in range(2))
    quick = (SHIPPED_RULES / "drawdown.yaml").read_text(encoding="utf-8")
    for slow, soon in (("20s", "5s"), ("20 s", "5 s"), ("[4s]", "[1s]")):
        quick = quick.replace(slow, soon)
    (folder / "rules.yaml").write_text(quick, encoding="utf-8")
    scraping = {"job_name": "drawdown", "static_configs": [{"targets": [listen]}]}
    config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [scraping]}
    async with prometheus(config, folder / "prometheus", clock=clock, program=Path(program)) as url:
        (folder / "first.yaml").write_text(FIRST.format(listen=listen), encoding="utf-8")
        (folder / "second.yaml").write_text(SECOND.format(listen=other, url=url), encoding="utf-8")
        async with _first(folder, clock) as parts:
            return await _watched(folder, parts, _Asked(f"http://{other}"))


@asynccontextmanager
async def _first(folder: Path, clock: SystemClock) -> AsyncIterator[Monitor]:
    """The monitor of a lender, one of whose channels breaks."""
    start = clock.now() + PEACE
    broken = Fault(kind=FaultKind.CHANNEL_DOWN, starts_at=start, ends_at=start + LASTS, where={"channel": "alpha"})
    async with AsyncExitStack() as stack:
        lender = Lender(World(), seed=1, faults=(broken,))
        stage = await stack.enter_async_context(real_stage(lender, clock))
        config = load_config(folder / "first.yaml", environment={})
        around = Surroundings(clock=clock, exchange=stage.open_exchange, stream=io.StringIO())
        parts = await stack.enter_async_context(monitor(config, around))
        report = handing(parts.ingest, clock)
        crowd = borrowing(lender, clock, report, demand=Demand(rate=40.0), seed=1)  # few have a rule of their own
        await stack.enter_async_context(running(crowd))
        yield parts


async def _watched(folder: Path, first: Monitor, second: "_Asked") -> Story:
    async with _second(folder) as killed:
        before = await second.until(lambda sight: sight.open)
        recorded = await second.recorded()
        killed.kill()
    (incident,) = first.pager.incidents()
    async with _second(folder) as process:
        after = await second.until(lambda sight: sight.rules and all(rule["health"] == "ok" for rule in sight.rules))
        end = await second.until(lambda sight: sight.recent)
        process.terminate()
        await process.wait()
    said = (folder / "second.log").read_text(encoding="utf-8")
    return Story(first=incident, before=before, after=after, end=end, recorded=recorded, said=said)


@asynccontextmanager
async def _second(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The second monitor's program."""
    environment = {**os.environ, "TOKEN": TOKEN, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    with (folder / "second.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "run", "second.yaml", cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


class _Asked:
    """A monitor, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clock = SystemClock()

    async def until(self, condition: Any) -> Sight:
        """What it says as soon as it says that, or at last."""
        deadline = self._clock.monotonic() + PEACE + LASTS + PATIENCE
        async with aiohttp.ClientSession(self._url, raise_for_status=True) as session:
            while True:
                sight = await _seen(session)
                if sight and (condition(sight) or self._clock.monotonic() > deadline):
                    return sight
                await self._clock.sleep_until(self._clock.monotonic() + 0.3)

    async def recorded(self) -> list[dict[str, Any]]:
        query = {"query": 'drawdown:attempts:increase5s{reason="gateway_unavailable"} > 0'}
        async with (
            aiohttp.ClientSession(self._url, raise_for_status=True) as session,
            session.get("/api/v1/query", params=query) as answer,
        ):
            return (await answer.json())["data"]["result"]


async def _seen(session: aiohttp.ClientSession) -> Sight | None:
    """None while nobody listens."""
    try:
        async with session.get("/console/state.json") as answer:
            state = await answer.json()
        async with session.get("/api/v1/rules") as answer:
            groups = (await answer.json())["data"]["groups"]
    except aiohttp.ClientConnectionError:
        return None
    rules = tuple(rule for group in groups for rule in group["rules"])
    return Sight(open=tuple(state["open"]), recent=tuple(state["recent"]), rules=rules)
