import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox import Lender, LenderRequest

NOON = 1_700_000_000.0


@dataclass
class Phone:
    """A borrower's phone: sends one request after the other, a second apart unless told otherwise."""

    lender: Lender
    number: str = "13800000001"
    password: str = "probe-password"
    card: str = "6222-icbc-0001"
    now: float = NOON
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.now += 1
        content = b"" if body is None else json.dumps(body).encode()
        request = LenderRequest(method=method, path=path, body=content, headers={**self.headers, **headers})
        self.answer = self.lender.answer(request, self.now)
        return json.loads(self.answer.body) if self.answer.body else None

    def login(self, device: str = "device-1") -> Any:
        body = {"phone": self.number, "password": self.password, "device_id": device}
        answer = self.ask("POST", "/v1/login", body)
        if answer and answer["code"] == "0":
            self.headers["authorization"] = "Bearer " + answer["data"]["token"]
        return answer

    def quote(self, amount: str = "10.00") -> Any:
        return self.ask("POST", "/v1/quotes", {"amount": amount, "term_months": 6, "card": self.card})

    def submit(self, quote_id: str, amount: str = "10.00", key: str = "key-1") -> Any:
        return self.ask("POST", "/v1/drawdowns", {"quote_id": quote_id, "amount": amount}, **{"idempotency-key": key})

    def draw(self, amount: str = "10.00", key: str = "key-1") -> Any:
        self.login()
        return self.submit(self.quote(amount)["data"]["quote_id"], amount, key)

    def status(self, loan_id: str, *, at: float | None = None) -> Any:
        self.now = self.now if at is None else at - 1
        return self.ask("GET", f"/v1/drawdowns/{loan_id}")["data"]

    def reverse(self, key: str = "key-1") -> Any:
        return self.ask("POST", "/v1/reversals", {"idempotency_key": key})["data"]["status"]


@pytest.fixture
def lender():
    return Lender(seed=1)


@pytest.fixture
def phone(lender):
    return Phone(lender)


@pytest.fixture
def phone_of():
    return Phone
