"""A lender's bad days over real sockets: each ends in an outcome with the right reason, and none in a traceback."""

import socket

import pytest
from lenders import CODES, journey
from servers import OK, dripping, resetting, saying, serving
from structlog.testing import capture_logs

from drawdown.clock import SystemClock
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from probes.exchange import HttpExchange
from probes.runner import run

JOURNEY = journey("""
name: bad-day
every: 1s
deadline: 3s
answer: {code: $.code, accepted: ["0"], scheme: sandbox}
steps:
  - {name: login, timeout: 150ms, request: {url: "{{ base_url }}/"}, capture: {token: $.data.token}, secret: [token]}
""")


def page(status: str, body: bytes, kind="application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


BAD = {
    "resets": (resetting, Reason.DEPENDENCY_DOWN, Kind.FAILED),
    "says nothing": (saying(), Reason.DEPENDENCY_DOWN, Kind.FAILED),
    "breaks off": (saying(OK + b"Content-Length: 100\r\n\r\n{"), Reason.DEPENDENCY_DOWN, Kind.FAILED),
    "answers nothing": (saying(page("200 OK", b"")), Reason.CONTRACT_CHANGED, Kind.FAILED),
    "answers 204": (saying(b"HTTP/1.1 204 No Content\r\n\r\n"), Reason.CONTRACT_CHANGED, Kind.FAILED),
    "answers HTML": (saying(page("200 OK", b"<html>busy", "text/html")), Reason.CONTRACT_CHANGED, Kind.FAILED),
    "speaks no HTTP": (saying(b"220 smtp ready\r\n\r\n"), Reason.CONTRACT_CHANGED, Kind.FAILED),
    "answers too much": (saying(page("200 OK", b"x" * 2_000_000)), Reason.CONTRACT_CHANGED, Kind.FAILED),
    "answers late": (saying(hold=5), Reason.SLOW_RESPONSE, Kind.FAILED),
    "drips": (dripping, Reason.SLOW_RESPONSE, Kind.FAILED),
    "answers 200 with an error": (
        saying(page("200 OK", b'{"code": "LIMIT_REDUCED"}')),
        Reason.LIMIT_REDUCED,
        Kind.BLOCKED,
    ),
    "answers 200 with a code that nobody knows": (
        saying(page("200 OK", b'{"code": "X1"}')),
        Reason.UNMAPPED,
        Kind.FAILED,
    ),
    "lost a field": (saying(page("200 OK", b'{"code": "0"}')), Reason.CAPTURE_MISSING, Kind.FAILED),
    "is overloaded": (saying(page("503 Busy", b"<html>", "text/html")), Reason.INTERNAL_ERROR, Kind.FAILED),
    "has a gateway that waits": (saying(page("504 Gateway Timeout", b"")), Reason.GATEWAY_TIMEOUT, Kind.FAILED),
}


async def attempt(port, settlement):
    clock = SystemClock()
    async with HttpExchange(clock) as exchange:
        done = await run(
            JOURNEY,
            exchange=exchange,
            clock=clock,
            settlement=settlement,
            variables={"base_url": f"http://127.0.0.1:{port}", **dict.fromkeys(("phone", "card"), "1")},
            codes=CODES,
            origin=Origin.PROBE,
        )
    return done.outcome


@pytest.mark.parametrize(("answer", "reason", "kind"), BAD.values(), ids=list(BAD))
async def test_a_lender_that(answer, reason, kind, settlement):
    with capture_logs() as logs:
        async with serving(answer) as port:
            outcome = await attempt(port, settlement)
    assert (outcome.reason, outcome.kind, outcome.step) == (reason, kind, "login")
    assert outcome.steps[0].duration > 0
    assert outcome.detail
    assert logs == []


async def test_a_lender_that_refuses_the_connection(settlement):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = await attempt(taken.getsockname()[1], settlement)
    assert (outcome.reason, outcome.kind) == (Reason.DEPENDENCY_DOWN, Kind.FAILED)


async def test_a_lender_that_is_well(settlement):
    good = page("200 OK", b'{"code": "0", "data": {"token": "tok-1"}}')
    async with serving(saying(good)) as port:
        outcome = await attempt(port, settlement)
    assert (outcome.reason, outcome.kind, outcome.step) == (Reason.NONE, Kind.SUCCEEDED, "")
