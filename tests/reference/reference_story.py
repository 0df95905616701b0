"""One run of the monitor beside a real Prometheus that scrapes it: two faults, and what each made of them."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from alerts.promql import evaluate, parse
from alerts.rule import load_rules
from bench.servers import free_port, prometheus, scraping
from drawdown.clock import SystemClock
from drawdown.document import read_document
from drawdown.series import NAME, Labels, Matcher, Op, is_absent, is_stale
from monitor.app import Monitor
from monitor.config import SHIPPED_RULES
from monitor.demo.play import Play, playing
from sandbox.fault import Fault, FaultKind

RULES = SHIPPED_RULES / "drawdown.yaml"
MADE = {rule.name for group in load_rules(read_document(RULES)) for rule in group.rules}
"""What both make: the monitor evaluates the other shipped files too."""

PEACE = 12.0
LASTS = 10.0
LOOK = 11.0
"""Seconds from the start of a fault until both are asked what fires: both have noticed, and neither has forgotten."""
SECOND = 17.0
"""Seconds from the start of the first fault to that of the second. Between them probes succeed again, so that theirs is
no third alert."""
END = 37.0
"""Seconds from the start of the first fault until its alert is over in both."""

SHARE = """
  sum(rate(drawdown_credit_to_cash_total{origin="borrower", result="paid"}[30s]))
/ sum(rate(drawdown_credit_to_cash_total{origin="borrower"}[30s]))
"""
SHARE_SINCE_START = """
  sum(drawdown_credit_to_cash_total{origin="borrower", result="paid"})
/ sum(drawdown_credit_to_cash_total{origin="borrower"})
"""

Firing = dict[Labels, dict[str, str]]
"""The alerts that fire at one moment, with their annotations, in which numbers are written as N."""
Spans = dict[Labels, tuple[float, float]]
"""By alert: the Unix seconds of its first and its last `ALERTS` sample that says firing."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one of the two made of the run."""

    firing: tuple[Firing, Firing]
    spans: Spans
    series: frozenset[Labels]
    share: float
    share_since_start: float


@dataclass(frozen=True, kw_only=True)
class Story:
    """`page` is what the monitor exposed, `console_share` the indicator that its console showed."""

    ours: Side
    theirs: Side
    page: bytes
    console_share: float


async def tell(folder: Path, program: str) -> Story:
    """Live through it, in real time and over real sockets."""
    clock, listen = SystemClock(), f"127.0.0.1:{free_port()}"
    config = scraping(listen, every="1s", rules=RULES)
    config["global"]["external_labels"] = {"drawdown_console": f"http://{listen}"}
    async with prometheus(config, folder / "prometheus", clock=clock, program=Path(program)) as url:
        start = clock.now() + PEACE
        faults = (
            Fault(kind=FaultKind.CHANNEL_TIMEOUT, starts_at=start, ends_at=start + LASTS, where={"channel": "alpha"}),
            Fault(kind=FaultKind.STEP_UP, starts_at=start + SECOND, ends_at=start + SECOND + LASTS),
        )
        play = Play(state=folder / "state", listen=listen)
        async with playing(play, faults, clock=clock, stream=io.StringIO()) as parts, _asking(url) as asked:
            looks = []
            for fault in faults:
                await _until(fault.starts_at + LOOK, clock)
                looks.append((_firing(parts), await asked.firing()))
            await _until(start + END, clock)
            return await _compared(parts, asked, looks, at=clock.now())


async def _until(at: float, clock: SystemClock) -> None:
    await clock.sleep_until(clock.monotonic() + at - clock.now())


async def _compared(parts: Monitor, asked: "_Asked", looks: list[tuple[Firing, Firing]], *, at: float) -> Story:
    ours, theirs = zip(*looks, strict=True)
    return Story(
        ours=_our_side(parts, ours, at),
        theirs=await asked.side(theirs, at),
        page=await asked.page(),
        console_share=await asked.console_share(),
    )


def _our_side(parts: Monitor, firing: tuple[Firing, Firing], at: float) -> Side:
    every = parts.store.select((Matcher(NAME, Op.MATCH, "drawdown.+"),), at - 300, at)
    return Side(
        firing=firing,
        spans=_spans(parts, at),
        series=frozenset(labels for labels in every.labels if ":" not in labels[NAME] or labels[NAME] in MADE),
        share=evaluate(parse(SHARE), parts.store, at).values[0],
        share_since_start=evaluate(parse(SHARE_SINCE_START), parts.store, at).values[0],
    )


def _firing(parts: Monitor) -> Firing:
    alerts = [alert for incident in parts.pager.incidents() for alert in incident.alerts if alert.firing]
    return {alert.labels: _worded(alert.annotations) for alert in alerts}


def _spans(parts: Monitor, at: float) -> Spans:
    block = parts.store.select(
        (Matcher(NAME, Op.EQUAL, "ALERTS"), Matcher("alertstate", Op.EQUAL, "firing")), at - 300, at
    )
    there = ~(is_absent(block.values) | is_stale(block.values))
    return {
        labels.without(NAME, "alertstate"): (float(block.times[row][0]), float(block.times[row][-1]))
        for labels, row in zip(block.labels, there, strict=True)
        if row.any() and labels["alertname"] in MADE
    }


def _worded(annotations: object) -> dict[str, str]:
    return {name: re.sub(r"\d+(\.\d+)?", "N", text) for name, text in dict(annotations).items()}


@asynccontextmanager
async def _asking(url: str) -> "AsyncIterator[_Asked]":
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        yield _Asked(session, url)


class _Asked:
    """The Prometheus, asked over HTTP; and over it the monitor that it scrapes."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def firing(self) -> Firing:
        alerts = (await self._get("alerts"))["alerts"]
        return {Labels(each["labels"]): _worded(each["annotations"]) for each in alerts if each["state"] == "firing"}

    async def side(self, firing: tuple[Firing, Firing], at: float) -> Side:
        spans = await self._query('ALERTS{alertstate="firing"}[5m]', at)
        return Side(
            firing=firing,
            spans={
                Labels(each["metric"]).without(NAME, "alertstate"): (each["values"][0][0], each["values"][-1][0])
                for each in spans
            },
            series=frozenset(map(Labels, await self._get("series", {"match[]": '{__name__=~"drawdown.+"}'}))),
            share=await self._number(SHARE, at),
            share_since_start=await self._number(SHARE_SINCE_START, at),
        )

    async def page(self) -> bytes:
        async with self._session.get(f"{await self._monitor()}/metrics") as response:
            return await response.read()

    async def console_share(self) -> float:
        async with self._session.get(f"{await self._monitor()}/console/state.json") as response:
            return (await response.json())["headline"]["hour"]["paid"]

    async def _monitor(self) -> str:
        (target,) = (await self._get("targets"))["activeTargets"]
        return target["scrapeUrl"].removesuffix("/metrics")

    async def _number(self, query: str, at: float) -> float:
        (sample,) = await self._query(query, at)
        return float(sample["value"][1])

    async def _query(self, query: str, at: float) -> list[dict]:
        return (await self._get("query", {"query": query, "time": str(at)}))["result"]

    async def _get(self, what: str, arguments: dict[str, str] | None = None):
        async with self._session.get(f"{self._url}/api/v1/{what}", params=arguments) as response:
            return (await response.json())["data"]
