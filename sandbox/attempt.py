"""One borrower's try to draw money with the app: login, quota, quote, submit, payout, and the report of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from drawdown.clock import Clock
from drawdown.errors import DrawdownError
from drawdown.reasons import Kind, Reason
from sandbox.chance import share_of
from sandbox.scheme import SCHEME, Code
from sandbox.server import LenderCall
from sandbox.wire import LenderAnswer, LenderRequest, money

JOURNEY = "app"
STEPS = ("login", "quota", "quote", "submit", "payout")

_REQUEST_SECONDS = 2.5
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrower:
    """Who draws, and what chance has in store for him. `share_wanted` is of the limit he is shown."""

    phone: str
    password: str
    bank: str
    card: str
    tier: str
    share_wanted: float
    cancels: bool


class Stopped(DrawdownError):
    """The attempt ends before the money is there. `ending` is what the report says of it."""

    def __init__(self, kind: Kind, **ending: Any) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.ending = ending


def _gave_up(reason: Reason, detail: str) -> Stopped:
    """The app's own verdict: no answer that it could read."""
    return Stopped(reason.kind, outcome=reason.kind.value, reason=reason.value, explained=False, detail=detail)


def _refused(body: Mapping[str, Any], code: str) -> Stopped:
    """The lender's verdict, in its own code."""
    known = Code.__members__.get(code)
    kind = known.reason.kind if known else Kind.FAILED
    explained = bool(body.get("guidance"))
    return Stopped(kind, code=code, scheme=SCHEME, explained=explained, detail=str(body.get("message_en", "")))


class Attempt:
    """Walks the steps once. Nobody tries again after a refusal."""

    def __init__(self, attempt_id: str, borrower: Borrower, *, call: LenderCall, clock: Clock) -> None:
        self._borrower = borrower
        self._call = call
        self._clock = clock
        self._began = clock.monotonic()
        self._headers: dict[str, str] = {"Idempotency-Key": attempt_id}
        self._steps: list[dict[str, Any]] = []
        self._report: dict[str, Any] = {
            "id": attempt_id,
            "journey": JOURNEY,
            "started_at": clock.now(),
            "bank": borrower.bank,
            "tier": borrower.tier,
            "borrower": f"{share_of(borrower.phone):.12f}"[2:],
            "steps": self._steps,
        }

    async def run(self) -> dict[str, Any]:
        """The report of this attempt, once it has ended."""
        try:
            await self._walk()
        except Stopped as stopped:
            self._report.update(stopped.ending)
        else:
            self._report["outcome"] = Kind.SUCCEEDED.value
        self._report["step"] = self._steps[-1]["name"]
        self._report["duration"] = self._clock.monotonic() - self._began
        return self._report

    async def _walk(self) -> None:
        await self._login()
        await self._quota()
        quote_id = await self._quote()
        if self._borrower.cancels:
            raise Stopped(Kind.ABANDONED, outcome=Kind.ABANDONED.value, reason=Reason.CANCELLED.value)
        await self._payout(await self._submit(quote_id))

    async def _login(self) -> None:
        borrower = self._borrower
        with self._step("login"):
            content = {"phone": borrower.phone, "password": borrower.password, "device_id": f"d-{borrower.phone}"}
            answer = await self._post("/v1/login", content)
            self._headers["Authorization"] = f"Bearer {answer['token']}"

    async def _quota(self) -> None:
        with self._step("quota"):
            available = Decimal((await self._get("/v1/quota"))["available"])
        wanted = max(Decimal(100), round(available * Decimal(self._borrower.share_wanted) / 100) * Decimal(100))
        self._report.update(available=money(available), amount=money(wanted))

    async def _quote(self) -> str:
        with self._step("quote"):
            content = {"amount": self._report["amount"], "term_months": 6, "card": self._borrower.card}
            quote = await self._post("/v1/quotes", content)
        self._report["channel"] = quote["channel"]
        return str(quote["quote_id"])

    async def _submit(self, quote_id: str) -> str:
        with self._step("submit"):
            loan = await self._post("/v1/drawdowns", {"quote_id": quote_id, "amount": self._report["amount"]})
        return str(loan["loan_id"])

    async def _payout(self, loan_id: str) -> None:
        """Ask until the money is there, refused, or patience ends."""
        patient_until = self._clock.monotonic() + _PATIENCE_SECONDS
        with self._step("payout"):
            while self._clock.monotonic() < patient_until:
                await self._clock.sleep_until(self._clock.monotonic() + _POLL_SECONDS)
                loan = await self._get(f"/v1/drawdowns/{loan_id}")
                if loan["status"] == "LOAN_SUCCESS":
                    return
                if loan["fail_code"]:
                    raise _refused(loan, loan["fail_code"])
            raise _gave_up(Reason.SETTLEMENT_STUCK, f"no result after {_PATIENCE_SECONDS:.0f} s")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Write down how long a step took and how it ended."""
        began = self._clock.monotonic()
        step: dict[str, Any] = {"name": name, "outcome": Kind.SUCCEEDED.value}
        self._steps.append(step)
        try:
            yield
        except Stopped as stopped:
            step["outcome"] = stopped.kind.value
            raise
        finally:
            step["duration"] = self._clock.monotonic() - began

    async def _post(self, path: str, content: Mapping[str, Any]) -> Any:
        return await self._send("POST", path, msgspec.json.encode(content))

    async def _get(self, path: str) -> Any:
        return await self._send("GET", path, b"")

    async def _send(self, method: str, path: str, body: bytes) -> Any:
        """The answer's data.

        Raises:
            Stopped: no answer within the app's own time, a broken connection, or a refusal.
        """
        request = LenderRequest(method=method, path=path, headers=self._headers, body=body, patience=_REQUEST_SECONDS)
        try:
            answer = await self._call(request)
        except TimeoutError as error:
            raise _gave_up(Reason.SLOW_RESPONSE, str(error)) from None
        except OSError as error:
            raise _gave_up(Reason.DEPENDENCY_DOWN, str(error)) from None
        return _content(answer)


def _content(answer: LenderAnswer) -> Any:
    body = msgspec.json.decode(answer.body)
    if body["code"] != "0":
        raise _refused(body, body["code"])
    return body["data"]
