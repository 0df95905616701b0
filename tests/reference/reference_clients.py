"""One run of the monitor, and what those say who ask a Prometheus: promtool's queries, and vmalert's rules."""

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.servers import free_port, vmalert
from drawdown.clock import SystemClock
from drawdown.series import Labels
from monitor.config import SHIPPED_RULES
from monitor.demo.play import Play, playing
from sandbox.fault import Fault, FaultKind

RULES = SHIPPED_RULES / "drawdown.yaml"
PEACE = 8.0
LASTS = 20.0
LOOK = 14.0
"""Seconds from the start of the fault until all are asked: both evaluators have noticed."""
COMMANDS = {
    "instant": ["instant", "URL", 'sum by (channel) (drawdown_attempts_total{origin="borrower"}) > 0'],
    "range": ["range", "--start=START", "--end=END", "--step=2s", "URL", "sum(drawdown_attempts_total)"],
    "series": ["series", "--match=drawdown_notices_total", "URL"],
    "labels": ["labels", "URL", "channel"],
    "firing": ["instant", "URL", 'ALERTS{alertstate="firing"}'],
    "wrong": ["instant", "URL", "up{"],
}
Firing = dict[Labels, dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """`told` is by command promtool's exit code, output and errors; `firing` what fires in the monitor and in vmalert;
    `rules` are vmalert's.
    """

    told: Mapping[str, tuple[int, str, str]]
    firing: tuple[Firing, Firing]
    rules: list[dict[str, Any]]
    start: float


async def visit(folder: Path, *, promtool: str, program: str) -> Visit:
    """Live through it, in real time and over real sockets; `program` is vmalert."""
    clock, listen = SystemClock(), f"127.0.0.1:{free_port()}"
    start = clock.now() + PEACE
    fault = Fault(kind=FaultKind.CHANNEL_TIMEOUT, starts_at=start, ends_at=start + LASTS, where={"channel": "alpha"})
    play = Play(state=folder / "state", listen=listen)
    async with (
        playing(play, (fault,), clock=clock, stream=io.StringIO()),
        vmalert(RULES, f"http://{listen}", folder, clock=clock, program=Path(program)) as other,
    ):
        await clock.sleep_until(clock.monotonic() + start + LOOK - clock.now())
        now = clock.now()
        words = {"URL": f"http://{listen}", "--start=START": f"--start={now - 8:.0f}", "--end=END": f"--end={now:.0f}"}
        return Visit(
            firing=await _agreed(f"http://{listen}", other, clock=clock, until=fault.ends_at),
            told={name: await _run(promtool, command, words) for name, command in COMMANDS.items()},
            rules=[rule for group in (await _get(f"{other}/api/v1/rules"))["groups"] for rule in group["rules"]],
            start=now,
        )


async def _agreed(ours: str, other: str, *, clock: SystemClock, until: float) -> tuple[Firing, Firing]:
    """What fires in both; asked again while they differ, for one of them may see a change a moment before the other."""
    while True:
        firing = await _firing(ours), await _firing(other)
        if firing[0] == firing[1] or clock.now() > until:
            return firing
        await clock.sleep_until(clock.monotonic() + 0.3)


async def _run(promtool: str, command: list[str], words: Mapping[str, str]) -> tuple[int, str, str]:
    words_ = [words.get(word, word) for word in command]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(promtool, "query", *words_, stdout=pipe, stderr=pipe)
    output, errors = await running.communicate()
    return running.returncode or 0, output.decode(), errors.decode()


async def _firing(url: str) -> Firing:
    alerts = (await _get(f"{url}/api/v1/alerts"))["alerts"]
    return {
        Labels(each["labels"]).without("alertgroup"): _worded(each["annotations"])
        for each in alerts
        if each["state"] == "firing" and each["labels"]["alertname"] != "Watchdog"  # that is in a file of its own
    }


def _worded(annotations: Mapping[str, str]) -> dict[str, str]:
    """With N for the numbers: the two do not look at the same moment."""
    return {name: re.sub(r"\d+(\.\d+)?", "N", text) for name, text in annotations.items()}


async def _get(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as response:
        return (await response.json())["data"]
