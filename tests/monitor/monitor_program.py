"""The program as its users start it, and a lender behind a socket for it to look at."""

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drawdown.clock import SystemClock
from monitor.web import listening
from sandbox import Lender, World
from sandbox.partner import Partner
from sandbox.server import lender_app

PROGRAM = Path(sys.executable).with_name("drawdown-monitor")
JOURNEY = Path(__file__).parents[2] / "probes" / "journeys" / "drawdown.yaml"
ENVIRONMENT = {
    **os.environ,
    "PROBE_PASSWORD": World().password,
    "PYTHONWARNINGS": "always",
    "PYTHONASYNCIODEBUG": "",
    "NO_COLOR": "1",
    "COLUMNS": "200",
}
UNTIDY = ("Traceback", "Task was destroyed", "never awaited", "never retrieved", "Warning", "Unclosed")
"""What must never stand on standard error."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def untidy(self):
        return [mark for mark in UNTIDY if mark in self.err + self.out]


@dataclass
class Running:
    """A process that goes on. `lines` is what it has said on standard error so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def says(self, word):
        """The next line on standard error that holds `word`."""
        async with asyncio.timeout(30):
            async for line in self.process.stderr:
                self.lines.append(line.decode())
                if word in self.lines[-1]:
                    return self.lines[-1]
        raise AssertionError(f"it ended without {word!r}: {''.join(self.lines)}")

    async def stop(self, number):
        self.process.send_signal(number)
        return await self.end()

    async def end(self):
        async with asyncio.timeout(30):
            out, err = await self.process.communicate()
        return Ended(self.process.returncode, out.decode(), "".join(self.lines) + err.decode())


@asynccontextmanager
async def started(*arguments, folder, environment=ENVIRONMENT):
    """The program with these arguments, in `folder`."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *map(str, arguments), cwd=folder, env=environment, stdout=pipe, stderr=pipe
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(*arguments, folder):
    """The program with these arguments until it ends by itself."""
    async with started(*arguments, folder=folder) as running:
        return await running.end()


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Watched(Lender):
    """A lender that says when somebody draws, and what the probe owes it."""

    def __init__(self, *, faults):
        super().__init__(World(), seed=1, faults=faults)
        self.drawn = asyncio.Event()

    def answer(self, request, now):
        if request.path == "/v1/drawdowns":
            self.drawn.set()
        return super().answer(request, now)

    @property
    def owed(self):
        return self.outstanding(SystemClock().now(), phone=World().accounts[0].phone)


@asynccontextmanager
async def lender(*, faults=()):
    """A lender behind a socket: itself, and its port."""
    serving = Watched(faults=faults)
    async with listening(lender_app(Partner(serving), SystemClock()), host="127.0.0.1", port=0) as port:
        yield serving, port


def configured(folder, *, lender_port=9, port=0, more=""):
    """A configuration file for a lender at `lender_port`."""
    path = folder / "monitor.yaml"
    path.write_text(
        f"""
listen: 127.0.0.1:{port or free_port()}
variables:
  base_url: http://127.0.0.1:{lender_port}
  phone: "{World().accounts[0].phone}"
  password: {{env: PROBE_PASSWORD}}
  device_id: probe-device
  card: 6222-icbc
journeys: [{JOURNEY}]
borrowers:
  journeys: {{app: {{steps: [login, submit, payout]}}}}
  slices: {{channel: [alpha, beta]}}
{more}
""",
        encoding="utf-8",
    )
    return path
