"""A Prometheus, an Alertmanager and a vmalert to compare with: each on loopback and in a folder of its own.

Their configuration is written as JSON, which is YAML too.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from drawdown.clock import Clock

TOOLS = Path(__file__).parents[1] / ".tools" / "bin"
"""Where `scripts/install-reference-servers` puts the programs."""

_FILES = TOOLS.parent / "share" if (TOOLS.parent / "share").is_dir() else None
"""Where the programs that were put there look for files of their own."""
_START = 20.0
_STOP = 5.0


class NotStarted(RuntimeError):
    """A server ended before it was ready, or was not ready in time; the message ends with what it logged."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scraping(target: str, *, every: str, rules: Path, alertmanager: str = "") -> dict[str, Any]:
    """A Prometheus configuration: scrape `target` (host:port) and evaluate the file `rules`, both each `every`."""
    tell = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]} if alertmanager else {}
    return {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "drawdown", "static_configs": [{"targets": [target]}]}],
        "alerting": tell,
    }


@asynccontextmanager
async def prometheus(
    config: Mapping[str, Any],
    folder: Path,
    *,
    clock: Clock,
    program: Path = TOOLS / "prometheus",
    options: Sequence[str] = (),
) -> AsyncIterator[str]:
    """A Prometheus that runs by `config` and with more command-line `options`; gives its address."""
    written, port = _write(config, folder / "prometheus.yml"), free_port()
    command: list[str | Path] = [program, f"--config.file={written}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *options]
    async with _serving(command, f"http://127.0.0.1:{port}", clock=clock, log=folder / "log") as url:
        yield url


@asynccontextmanager
async def alertmanager(
    config: Mapping[str, Any], folder: Path, *, clock: Clock, program: Path = TOOLS / "alertmanager"
) -> AsyncIterator[str]:
    """An Alertmanager without peers that runs by `config`; gives its address as host:port."""
    written, port = _write(config, folder / "alertmanager.yml"), free_port()
    command: list[str | Path] = [
        program,
        f"--config.file={written}",
        f"--storage.path={folder / 'data'}",
        "--log.level=warn",
    ]
    options = [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    async with _serving([*command, *options], f"http://127.0.0.1:{port}", clock=clock, log=folder / "log"):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def vmalert(
    rules: Path, asked: str, folder: Path, *, clock: Clock, program: Path = TOOLS / "vmalert"
) -> AsyncIterator[str]:
    """A vmalert that evaluates the file `rules` each second over the Prometheus at `asked`, and tells nobody; gives its
    address. What it records is thrown away.
    """
    port = free_port()
    command: list[str | Path] = [program, f"--rule={rules}", f"--datasource.url={asked}", "--notifier.blackhole"]
    command.append(f"--external.url={asked}")
    times = ["--evaluationInterval=1s", "--rule.evalDelay=0s", "--loggerLevel=ERROR"]
    async with await asyncio.start_server(_taken, "127.0.0.1", 0) as taker:
        written = f"--remoteWrite.url=http://127.0.0.1:{taker.sockets[0].getsockname()[1]}"
        options = [*times, written, f"--httpListenAddr=127.0.0.1:{port}"]
        log = folder / "vmalert.log"
        async with _serving([*command, *options], f"http://127.0.0.1:{port}", clock=clock, log=log) as url:
            yield url


async def _taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says yes to a request and reads no more of it."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    writer.close()


def _write(config: Mapping[str, Any], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return path


@asynccontextmanager
async def _serving(command: Sequence[str | Path], url: str, *, clock: Clock, log: Path) -> AsyncIterator[str]:
    with log.open("wb") as output:
        running = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output, cwd=_FILES)
        try:
            await _ready(running, url, clock=clock, log=log)
            yield url
        finally:
            await _stop(running)


async def _ready(running: asyncio.subprocess.Process, url: str, *, clock: Clock, log: Path) -> None:
    deadline = clock.monotonic() + _START
    async with aiohttp.ClientSession() as session:
        while running.returncode is None and clock.monotonic() < deadline:
            if await _answers(session, f"{url}/-/ready"):
                return
            await clock.sleep_until(clock.monotonic() + 0.1)
    raise NotStarted(f"{url} is not ready: {_end(log)}")


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def _stop(running: asyncio.subprocess.Process) -> None:
    if running.returncode is not None:
        return
    running.terminate()
    try:
        async with asyncio.timeout(_STOP):
            await running.wait()
    except TimeoutError:
        running.kill()
        await running.wait()
