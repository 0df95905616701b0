"""Two servers with the same samples: the monitor's query API, and a Prometheus that was given what it remembers."""

import asyncio
import io
import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from alerts.api.routes import add_routes
from alerts.api.settings import QuerySettings
from alerts.evaluator import Evaluator
from alerts.rule import load_rules
from bench.servers import prometheus
from collector.recorder import Recorder
from collector.store import Store
from collector.vocabulary import Vocabulary
from drawdown.clock import LoopClock, SystemClock, run_virtually
from drawdown.document import read_document
from drawdown.series import NAME, Matcher, Op, is_absent
from monitor.app import Surroundings, monitor, running
from monitor.config import SHIPPED_RULES, load_config
from monitor.demo.stage import handing, virtual_stage
from monitor.web import listening
from sandbox import Fault, FaultKind, Lender, World
from sandbox.demand import Demand
from sandbox.live import borrowing

LIFE = 240.0
RULES = SHIPPED_RULES / "drawdown.yaml"
JOURNEY = Path(__file__).parents[2] / "probes" / "journeys" / "drawdown.yaml"
CONFIG = f"""
variables:
  base_url: http://lender
  phone: "{World().accounts[0].phone}"
  password: {{env: PASSWORD}}
  device_id: probe-device
  card: 6222-icbc
journeys: [{JOURNEY}]
borrowers:
  journeys:
    app: {{steps: [login, quota, quote, submit, identity, payout]}}
  slices: {{channel: [alpha, beta, gamma]}}
"""
REVIEWED = [
    {"id": "r1", "journey": "app", "decision": "overturned", "reason": "multi_device", "tier": "A"},
    {"id": "r2", "journey": "app", "decision": "upheld", "reason": "multi_device", "tier": "B"},
]
LAGS = (0.3, 0.8, 2.0, 12.0)
Pairs = Sequence[tuple[str, str]]
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Where both listen, and the Unix seconds between which they have samples. Prometheus has no staleness markers."""

    ours: str
    theirs: str
    start: float
    end: float

    async def ask(self, path: str, pairs: Pairs, *, method: str = "GET") -> tuple[Answer, Answer]:
        """Status and JSON of either."""
        async with aiohttp.ClientSession() as session:
            answers = [await _ask(session, f"{url}/api/v1/{path}", pairs, method) for url in (self.ours, self.theirs)]
        return answers[0], answers[1]


@asynccontextmanager
async def twins(folder: Path, *, program: str, promtool: str) -> AsyncIterator[Twins]:
    """Both, running: `program` is the Prometheus, `promtool` hands it the samples."""
    clock = SystemClock()
    start = round(clock.now() - LIFE - 60)
    store = await asyncio.to_thread(_lived, start, folder)
    await asyncio.to_thread(_give, store, folder, promtool)
    config = {"rule_files": [str(RULES)], "global": {"evaluation_interval": "1h"}}
    app, settings, rules = web.Application(), QuerySettings(), load_rules(read_document(RULES))
    instruments = Recorder(Vocabulary(journeys=()), now=start)
    evaluator = Evaluator(rules, source=store, sink=store, instruments=instruments, clock=clock)
    add_routes(app, source=store, evaluator=evaluator, clock=clock, settings=settings, reach=3600.0)
    async with (
        prometheus(config, folder, clock=clock, program=Path(program)) as theirs,
        listening(app, host="127.0.0.1", port=0) as port,
    ):
        yield Twins(ours=f"http://127.0.0.1:{port}", theirs=theirs, start=start, end=start + LIFE)


def _called_back(now: float) -> list[dict[str, Any]]:
    """Callbacks that came just now, some of them late."""
    who = {"journey": "app", "channel": "alpha", "came_at": now}
    return [{"id": f"c{lag}", "occurred_at": now - lag, **who} for lag in LAGS]


def _lived(start: float, folder: Path) -> Store:
    """The series of some minutes in which a channel falls silent for one."""

    path, clock = folder / "monitor.yaml", LoopClock(start)
    path.write_text(CONFIG, encoding="utf-8")
    config = load_config(path, environment={"PASSWORD": World().password})
    times = {"starts_at": start + LIFE / 3, "ends_at": start + LIFE * 2 / 3}
    fault = Fault(kind=FaultKind.CHANNEL_TIMEOUT, where={"channel": "alpha"}, **times)

    async def live() -> Store:
        lender = Lender(World(), seed=1, faults=(fault,))
        async with virtual_stage(lender, clock) as stage:
            around = Surroundings(clock=clock, exchange=stage.open_exchange, stream=io.StringIO(), serve=False)
            async with monitor(config, around) as parts:
                crowd = borrowing(lender, clock, handing(parts.ingest, clock), demand=Demand(rate=8.0), seed=1)
                async with running(crowd):
                    await clock.sleep_until(LIFE / 2)
                    parts.reviews.take(json.dumps(REVIEWED).encode(), "application/json", now=clock.now())
                    parts.callbacks.take(
                        json.dumps(_called_back(clock.now())).encode(), "application/json", now=clock.now()
                    )
                    await clock.sleep_until(LIFE)
                return parts.store

    return run_virtually(live())


def _give(store: Store, folder: Path, promtool: str) -> None:
    written = folder / "samples.txt"
    with written.open("w", encoding="utf-8") as file:
        file.writelines(_exposed(store))
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", written, folder / "data"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def _exposed(store: Store) -> Iterator[str]:
    """OpenMetrics, each sample with its time; without the rules' series, whose ends it cannot tell."""
    block = store.select((Matcher(NAME, Op.MATCH, "drawdown_.*"),), 0, 1e12)
    for labels, values, absent in zip(block.labels, block.values, is_absent(block.values), strict=True):
        inner = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items() if name != NAME)
        for at, value, missing in zip(block.times.tolist(), values.tolist(), absent.tolist(), strict=True):
            if not missing:
                yield f"{labels[NAME]}{{{inner}}} {value!r} {at:.3f}\n"
    yield "# EOF\n"


async def _ask(session: aiohttp.ClientSession, url: str, pairs: Pairs, method: str) -> Answer:
    how = {"params": pairs} if method == "GET" else {"data": aiohttp.FormData(pairs)}
    async with session.request(method, url, **how) as answer:
        return answer.status, await answer.json(content_type=None)
