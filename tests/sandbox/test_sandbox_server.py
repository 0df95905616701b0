"""The lender behind real sockets."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from drawdown.clock import LoopClock, SystemClock, run_virtually
from sandbox import Fault, FaultKind, Lender, LenderRequest
from sandbox.partner import Partner
from sandbox.server import direct, lender_app

JSON = {"Content-Type": "application/json"}
LOGIN = {"phone": "13800000001", "password": "probe-password", "device_id": "d"}


@asynccontextmanager
async def serving(lender):
    async with TestClient(TestServer(lender_app(Partner(lender), SystemClock()))) as client:
        yield client


def broken():
    return Fault(kind=FaultKind.SERVERS_DOWN, starts_at=0, ends_at=4e9)


async def test_a_login_and_a_quota_over_http():
    async with serving(Lender(seed=1)) as client:
        answer = await (await client.post("/v1/login", json=LOGIN)).json()
        headers = {"Authorization": f"Bearer {answer['data']['token']}"}
        quota = await client.get("/v1/quota", headers=headers)
        assert (await quota.json())["data"]["available"] == "10.00"
        assert quota.content_type == "application/json"


async def test_a_broken_connection_is_broken_on_the_wire():
    async with serving(Lender(seed=1, faults=(broken(),))) as client:
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await client.post("/v1/login", json=LOGIN)


async def test_every_path_and_method_is_answered_in_json():
    async with serving(Lender(seed=1)) as client:
        for method, path, status in (("PATCH", "/v1/login", 405), ("GET", "/%ff/../x?y=1", 404), ("POST", "/", 404)):
            answer = await client.request(method, path)
            assert answer.status == status
            assert (await answer.json())["guidance"]


async def test_a_malformed_or_oversized_body_is_a_client_error():
    async with serving(Lender(seed=1)) as client:
        malformed = await client.post("/v1/login", data=b"\xff{", headers=JSON)
        oversized = await client.post("/v1/login", data=b"x" * 70_000, headers=JSON)
        assert [malformed.status, oversized.status] == [400, 413]
        assert (await oversized.json())["code"] == "TOO_LARGE"


async def test_one_key_that_is_sent_many_times_at_once_draws_once():
    lender = Lender(seed=1)
    async with serving(lender) as client:
        token = (await (await client.post("/v1/login", json=LOGIN)).json())["data"]["token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
        wanted = {"amount": "10.00", "term_months": 6, "card": "6222-icbc-1"}
        quote = (await (await client.post("/v1/quotes", json=wanted, headers=headers)).json())["data"]["quote_id"]
        body = {"quote_id": quote, "amount": "10.00"}
        answers = await asyncio.gather(*(client.post("/v1/drawdowns", json=body, headers=headers) for _ in range(8)))
        told = [(answer.status, answer.headers.get("Idempotent-Replayed"), await answer.json()) for answer in answers]
    drawn = [content["data"]["loan_id"] for status, _, content in told if status == 202]
    assert len(set(drawn)) == len(list(lender.loans())) == 1
    assert [status for status, replayed, _ in told if not replayed].count(202) == 1
    assert {content["code"] for status, _, content in told if status != 202} <= {"KEY_RUNNING"}


def test_a_direct_call_takes_the_answers_time():
    async def main():
        clock = LoopClock()
        lender = Lender(seed=1)
        answer = await direct(lender, clock)(LenderRequest(method="GET", path="/v1/quota"))
        assert clock.monotonic() == answer.after > 0

    run_virtually(main())


def test_a_direct_call_ends_with_the_patience_of_its_caller():
    async def main():
        clock = LoopClock()
        call = direct(Lender(seed=1), clock)
        with pytest.raises(TimeoutError):
            await call(LenderRequest(method="GET", path="/v1/quota", patience=0.001))
        assert clock.monotonic() == 0.001

    run_virtually(main())


def test_a_direct_call_meets_a_broken_connection():
    async def main():
        call = direct(Lender(seed=1, faults=(broken(),)), LoopClock())
        with pytest.raises(ConnectionResetError):
            await call(LenderRequest(method="GET", path="/v1/quota"))

    run_virtually(main())
