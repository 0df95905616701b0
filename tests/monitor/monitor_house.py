"""The whole monitor in virtual time: the embedded lender, its borrowers, and a clock that jumps."""

import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from alerts.promql import evaluate, parse
from drawdown.clock import LoopClock
from monitor.app import Monitor, Surroundings, monitor, running
from monitor.config import load_config
from monitor.demo.stage import virtual_stage
from probes.exchange import Reply
from sandbox import Fault, FaultKind, Lender, World
from sandbox.demand import Demand
from sandbox.live import borrowing

EPOCH = 1_700_000_000.0
JOURNEY = Path(__file__).parents[2] / "probes" / "journeys" / "drawdown.yaml"
PROBE = World().accounts[0].phone
TEXT = f"""
variables:
  base_url: http://lender
  phone: "{PROBE}"
  password: {{env: PROBE_PASSWORD}}
  device_id: probe-device
  card: 6222-icbc
journeys: [{JOURNEY}]
borrowers:
  journeys:
    app: {{steps: [login, quota, quote, submit, identity, payout]}}
  slices: {{channel: [alpha, beta, gamma]}}
"""


def fault(kind: FaultKind, starts: float, ends: float, **where: str) -> Fault:
    """A fault from `starts` to `ends`, seconds from the start of the test."""
    return Fault(kind=kind, starts_at=EPOCH + starts, ends_at=EPOCH + ends, where=where)


@dataclass(kw_only=True)
class House:
    """What stands while monitors come and go: the lender, its borrowers, the folder of what must survive."""

    folder: Path
    faults: tuple[Fault, ...] = ()
    text: str = TEXT
    seed: int = 1
    rate: float = 8.0
    exchange: Any = None
    """The way to the lender for probes; straight into it if None."""
    clock: LoopClock = field(default_factory=LoopClock)
    notices: io.StringIO = field(default_factory=io.StringIO)
    ingest: Any = None

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.lender = Lender(World(), seed=self.seed, faults=self.faults)
        self.path = self.folder / "monitor.yaml"
        self.path.write_text(self.text, encoding="utf-8")

    @asynccontextmanager
    async def open(self):
        """The lender's doors are open and borrowers come."""
        async with virtual_stage(self.lender, self.clock) as self._stage:
            if not self.rate:
                yield
                return
            demand = Demand(rate=self.rate)
            async with running(borrowing(self.lender, self.clock, self._report, demand=demand, seed=self.seed)):
                yield

    @asynccontextmanager
    async def watched(self) -> Any:
        """A monitor watches."""
        config = load_config(self.path, environment={"PROBE_PASSWORD": World().password})
        exchange = self.exchange or self._stage.open_exchange
        around = Surroundings(clock=self.clock, exchange=exchange, stream=self.notices, serve=False)
        async with monitor(config, around) as parts:
            self.ingest = parts.ingest
            try:
                yield parts
            finally:
                self.ingest = None

    async def until(self, second: float) -> None:
        """Let time pass until `second` from the start of the test."""
        await self.clock.sleep_until(second)

    async def _report(self, outcomes: list[dict[str, Any]]) -> None:
        if self.ingest is None:
            raise ConnectionRefusedError("no monitor listens")
        self.ingest.take(msgspec.json.encode(outcomes), "application/json", now=self.clock.now())

    def told(self) -> list[str]:
        """The notices on standard output, in order."""
        return [text for text in self.notices.getvalue().split("\n\n") if text]

    def owed_loans(self) -> tuple[Any, ...]:
        """What probes have drawn and not given back."""
        return self.lender.outstanding(self.clock.now(), phone=PROBE)


def counted(parts: Monitor, name: str, now: float, **labels: str) -> float:
    """The sum of the newest samples of the series `name` with these labels."""
    inner = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    vector = evaluate(parse(f"sum({name}{{{inner}}})"), parts.store, now)
    return float(vector.values[0]) if len(vector.values) else 0.0


class Doing:
    """An exchange that does the same whatever it is asked: raise an error, or answer so many seconds later."""

    def __init__(self, clock: LoopClock, does: Any, *, after: float = 0.0) -> None:
        self._clock = clock
        self._does = does
        self._after = after

    async def send(self, request: Any) -> Reply:
        await self._clock.sleep_until(self._clock.monotonic() + min(self._after, request.timeout))
        if isinstance(self._does, Exception):
            raise self._does
        return self._does

    @asynccontextmanager
    async def opened(self):
        yield self
