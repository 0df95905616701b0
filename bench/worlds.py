"""Short lives of a lender that breaks once, and who noticed when: in virtual time, and over sockets beside others."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from pydantic import SecretStr

from alerts.settings import WebhookSettings
from bench.receiver import Arrivals, receiving
from bench.servers import alertmanager, free_port, prometheus, scraping
from collector.store import Store
from drawdown.catalogue import ATTEMPTS
from drawdown.clock import LoopClock, SystemClock, run_virtually
from drawdown.outcome import Origin
from drawdown.series import NAME, Matcher, Op
from monitor import logging
from monitor.app import Monitor
from monitor.config import SHIPPED_RULES
from monitor.demo.play import Play, playing
from monitor.demo.walk import WHERE, Walk, judge
from sandbox.fault import FACTS, Fault, FaultKind

RULES = SHIPPED_RULES / "drawdown.yaml"
"""The quick ones: what is noticed in seconds."""
ALL_RULES = SHIPPED_RULES / "*.yaml"
HIT, OURS = "hit", "ours"
INTERVALS = ("1s", "15s")
WAITS = ("0s", "30s")
SENDERS = tuple(f"prometheus-{interval}-{wait}" for interval in INTERVALS for wait in WAITS)
"""Prometheus and Alertmanager, by the interval of scrapes and evaluations and by Alertmanager's `group_wait`."""

PATIENCE_VIRTUAL = 60.0
PATIENCE_REAL = 180.0
"""Seconds after which a fault that was not noticed is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What became of one fault. `after` holds, by who noticed, the seconds from the fault to the notice; `HIT` is when
    the first attempt that it spoiled was counted. `unexpected` counts our incidents that it does not explain.
    """

    kind: FaultKind
    after: Mapping[str, float]
    unexpected: int


def live_virtually(kind: FaultKind, seed: int) -> Life:
    """Our monitor alone, in virtual time: 30 to 60 s of peace, then the fault."""
    logging.set_up(form="console", level="error")
    with TemporaryDirectory() as folder:
        return run_virtually(_live_virtually(kind, seed, Path(folder)))


def live(kind: FaultKind, seed: int) -> Life:
    """Our monitor and the others that scrape it, in real time: 60 to 75 s of peace, then the fault."""
    logging.set_up(form="console", level="error")
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_live(kind, seed, Path(folder)))


async def _live_virtually(kind: FaultKind, seed: int, folder: Path) -> Life:
    clock = LoopClock()
    fault = _broken(kind, clock.now() + _chance(kind, seed).uniform(30, 60), lasts=PATIENCE_VIRTUAL)
    play = Play(state=folder, seed=seed, virtual=True)
    async with playing(play, (fault,), clock=clock, stream=io.StringIO()) as parts:
        while clock.now() < fault.ends_at and not _noticed(fault, parts):
            await clock.sleep_until(clock.monotonic() + 1)
        return _told(fault, parts, _noticed(fault, parts))


async def _live(kind: FaultKind, seed: int, folder: Path) -> Life:
    clock, listen = SystemClock(), f"127.0.0.1:{free_port()}"
    async with AsyncExitStack() as stack:
        arrivals = await stack.enter_async_context(receiving(FACTS[kind].reason, clock))
        for interval in INTERVALS:
            await stack.enter_async_context(_others(interval, arrivals, listen, folder / interval))
        fault = _broken(kind, clock.now() + _chance(kind, seed).uniform(60, 75), lasts=PATIENCE_REAL)
        webhook = WebhookSettings(type="webhook", name="bench", url=SecretStr(arrivals.url + OURS))
        play = Play(state=folder / "state", seed=seed, listen=listen, channels=(webhook,))
        parts = await stack.enter_async_context(playing(play, (fault,), clock=clock, stream=io.StringIO()))
        await arrivals.wait((OURS, *SENDERS), until=fault.ends_at)
        return _told(fault, parts, {sender: at - fault.starts_at for sender, at in arrivals.at.items()})


def _chance(kind: FaultKind, seed: int) -> Random:
    return Random(f"{kind}/{seed}")


def _broken(kind: FaultKind, at: float, *, lasts: float) -> Fault:
    return Fault(kind=kind, starts_at=at, ends_at=at + lasts, where=WHERE.get(kind, {}))


def _noticed(fault: Fault, parts: Monitor) -> Mapping[str, float]:
    (finding,) = judge(Walk(faults=(fault,), ends_at=fault.ends_at), parts.pager.incidents()).findings
    return {} if finding.noticed_after is None else {OURS: finding.noticed_after}


def _told(fault: Fault, parts: Monitor, after: Mapping[str, float]) -> Life:
    verdict = judge(Walk(faults=(fault,), ends_at=fault.ends_at), parts.pager.incidents())
    return Life(kind=fault.kind, after={**_hit(fault, parts.store), **after}, unexpected=len(verdict.unexpected))


def _hit(fault: Fault, store: Store) -> Mapping[str, float]:
    """Seconds until the store had the first attempt that ended for the fault's reason; it has a sample each second."""
    wanted = {NAME: ATTEMPTS.name, "origin": Origin.BORROWER, "reason": fault.reason}
    matchers = tuple(Matcher(name, Op.EQUAL, value) for name, value in wanted.items())
    block = store.select(matchers, fault.starts_at - 1, fault.ends_at)
    counts = block.values.sum(axis=0)
    later = block.times[counts > counts[0]]
    return {HIT: float(later[0]) - fault.starts_at} if later.size else {}


@asynccontextmanager
async def _others(interval: str, arrivals: Arrivals, target: str, folder: Path) -> AsyncIterator[None]:
    """A Prometheus that scrapes `target` and its Alertmanager, which tells by either `group_wait`."""
    clock = SystemClock()
    routes = {f"prometheus-{interval}-{wait}": wait for wait in WAITS}
    telling = _telling(arrivals.url, routes)
    async with alertmanager(telling, folder / "alertmanager", clock=clock) as address:
        config = scraping(target, every=interval, rules=_rules(interval, folder), alertmanager=address)
        async with prometheus(config, folder / "prometheus", clock=clock):
            yield


def _telling(url: str, waits: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that comes with Alertmanager, told for each of `waits` (sender to `group_wait`)."""
    stock = {"group_by": ["alertname"], "group_interval": "5m", "repeat_interval": "1h"}
    return {
        "route": {
            **stock,
            "receiver": next(iter(waits)),
            "routes": [{"receiver": name, "group_wait": wait, "continue": True} for name, wait in waits.items()],
        },
        "receivers": [{"name": name, "webhook_configs": [{"url": f"{url}{name}"}]} for name in waits],
    }


def _rules(interval: str, folder: Path) -> Path:
    """The shipped rules; for 15 s with windows of a minute, for a rate needs at least four scrapes in its window."""
    if interval == "1s":
        return RULES
    text = RULES.read_text(encoding="utf-8")
    assert "[20s]" in text
    assert "interval: 1s" in text
    path = folder / "rules.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("[20s]", "[1m]").replace("interval: 1s", f"interval: {interval}"), encoding="utf-8")
    return path
