"""Lenders for the tests: a script instead of a network, and what a test needs around it."""

import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from drawdown.clock import LoopClock
from drawdown.codes import merged, public_codes
from drawdown.document import load_document, read_document
from drawdown.outcome import Phases
from drawdown.reasons import Reason
from probes.exchange import ExchangeError, Reply, Request, TimedOut
from probes.journey import Journey, load_journey

SHIPPED = Path(__file__).parents[2] / "probes" / "journeys" / "drawdown.yaml"
GIVEN = frozenset({"base_url", "phone", "password", "device_id", "card"})
CODES = merged(
    public_codes(),
    {
        "sandbox": {
            "LIMIT_REDUCED": Reason.LIMIT_REDUCED,
            "CHANNEL_TIMEOUT": Reason.GATEWAY_TIMEOUT,
            "REPEATED": Reason.DUPLICATE,
            "GONE_AWAY": Reason.CANCELLED,
        }
    },
)


def shipped() -> Journey:
    return load_journey(read_document(SHIPPED), variables=GIVEN, codes=CODES)


def journey(text: str, *, variables: frozenset[str] = GIVEN) -> Journey:
    return load_journey(load_document(text, source="journey.yaml"), variables=variables, codes=CODES)


def answer(status: int = 200, *, after: float = 0.05, **content: Any) -> "Line":
    """A JSON answer with these keys."""
    return Line(Reply(status=status, body=json.dumps(content).encode()), after)


def yes(*, after: float = 0.05, status: int = 200, **content: Any) -> "Line":
    return answer(status, after=after, code="0", data=content)


def no(code: str, *, status: int = 200, guidance: str = "please wait") -> "Line":
    return answer(status, code=code, guidance=guidance)


class Line:
    """One answer, or an error, `after` seconds."""

    def __init__(self, what: Reply | ExchangeError, after: float = 0.05) -> None:
        self.what = what
        self.after = after


Answering = Line | list[Line] | Callable[[Request], Line]


class Script:
    """An exchange that answers by path. A list is used up to its last answer, which stays."""

    def __init__(self, clock: LoopClock, **paths: Answering) -> None:
        self._clock = clock
        self._paths = paths
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        line = self._line(request)
        await self._clock.sleep_until(self._clock.monotonic() + min(line.after, request.timeout))
        if line.after > request.timeout:
            error = TimedOut(f"no whole answer in {request.timeout:.3g}s")
            error.phases = Phases(first_byte=request.timeout)
            raise error
        if isinstance(line.what, ExchangeError):
            raise line.what
        return line.what

    def _line(self, request: Request) -> Line:
        found = self._paths[self.path(request)]
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Line) else found(request)

    @staticmethod
    def path(request: Request) -> str:
        """`/v1/drawdowns/L1` → `drawdowns_one`, `/v1/login` → `login`."""
        _, _, path = request.url.partition("/v1/")
        first, *rest = path.split("/")
        return f"{first}_one" if rest else first

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if self.path(request) == path]

    @asynccontextmanager
    async def opened(self):
        yield self


class Bank(Script):
    """A lender that pays: `paths` replace single answers. It knows what was drawn and not given back."""

    def __init__(self, clock: LoopClock, **paths: Answering) -> None:
        usual: dict[str, Answering] = {
            "login": yes(token="tok-SECRET-1"),
            "quota": yes(total="5000.00", available="5000.00"),
            "quotes": yes(quote_id="Q-007", fee="0.10"),
            "drawdowns": yes(status=202, loan_id="L/1"),
            "drawdowns_one": [loan("AUDITING"), loan("CREATED"), loan("LOAN_SUCCESS")],
            "reversals": self._reverse,
        }
        super().__init__(clock, **{**usual, **paths})
        self.drawn: set[str] = set()

    async def send(self, request: Request) -> Reply:
        if self.path(request) == "drawdowns":
            self.drawn.add(request.headers["Idempotency-Key"])
        return await super().send(request)

    def _reverse(self, request: Request) -> Line:
        key = json.loads(request.body)["idempotency_key"]
        found = key in self.drawn
        self.drawn.discard(key)
        return loan("REVERSED" if found else "NOTHING_DRAWN")


def loan(status: str, **more: Any) -> Line:
    return answer(code="0", data={"status": status, **more})


class Meters:
    """Instruments that remember the last value of a gauge and the sum of a counter."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], float] = {}

    def add(self, metric, amount: float = 1.0, /, **labels: str) -> None:
        key = (metric.name, labels["journey"])
        self.values[key] = self.values.get(key, 0.0) + amount

    def set(self, metric, value: float, /, **labels: str) -> None:
        self.values[metric.name, labels["journey"]] = value


def numbered() -> Callable[[], str]:
    """Ids run-1, run-2, …"""
    numbers = count(1)
    return lambda: f"run-{next(numbers)}"
