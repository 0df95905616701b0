"""The controls, over real sockets: who may use them, and what they do."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from partner_world import Caller, partner_of, shop

from drawdown.clock import SystemClock
from sandbox import Fault, FaultKind
from sandbox.fault import FACTS
from sandbox.partner.control import Control
from sandbox.partner.courier import AGENT
from sandbox.scheme import Code

SLOW = {"kind": "channel_timeout", "where": {"channel": "alpha"}, "seconds": 60}
TOKEN = {"Authorization": "Bearer the token"}


@asynccontextmanager
async def controlled(partner, **settings):
    app = web.Application()
    Control(partner, clock=SystemClock(), **settings).add_routes(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def content(answering):
    async with answering as answer:
        return answer.status, await answer.json()


async def test_a_fault_is_put_in_shown_and_taken_out():
    partner = partner_of()
    async with controlled(partner) as client:
        status, made = await content(client.post("/-/faults", json=SLOW))
        [fault] = partner.lender.faults
        [shown] = (await content(client.get("/-/state.json")))[1]["data"]["faults"]
        assert (await content(client.delete(f"/-/faults/{made['data']['id']}")))[0] == 200
        assert (await content(client.delete("/-/faults/fault-9")))[0] == 404
    assert status == 201
    assert (fault.kind, dict(fault.where), fault.ends_at - fault.starts_at) == (
        "channel_timeout",
        {"channel": "alpha"},
        60,
    )
    assert (shown["id"], shown["strength"], shown["reason"]) == (made["data"]["id"], 20.0, "gateway_timeout")
    assert partner.lender.faults == ()


async def test_healing_everything_leaves_what_was_there_from_the_start():
    partner = partner_of()
    async with controlled(partner) as client:
        for kind in ("limit_cut", "step_up"):
            await content(client.post("/-/faults", json={"kind": kind}))
        assert [fault.kind for fault in partner.lender.faults] == ["limit_cut", "step_up"]
        await content(client.delete("/-/faults"))
    assert partner.lender.faults == ()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"kind": "earthquake"}, "$.kind"),
        ({}, "kind"),
        ({"kind": "limit_cut", "strength": -1}, "must be 0 or more"),
        ({"kind": "limit_cut", "seconds": 0}, "$.seconds"),
        ({"kind": "limit_cut", "where": {"channel": "zeta"}}, "only alpha, beta, gamma"),
        ({"kind": "limit_cut", "where": {"endpoint": "login"}}, "cannot be narrowed by endpoint"),
        ({"kind": "key_rotated", "where": {"client": "nobody"}}, "only app, shop"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused_naming_why(body, problem):
    async with controlled(partner_of(shop())) as client:
        status, answer = await content(client.post("/-/faults", json=body))
    assert (status, answer["code"], problem in answer["data"]["problem"]) == (400, "BAD_REQUEST", True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "lender.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"User-Agent": AGENT},
        {"X-Forwarded-For": "1.2.3.4"},
        {"Authorization": "Bearer guess", "Host": "lender.example"},
        {"Authorization": "Bearer ", "Host": "lender.example"},
    ],
)
@pytest.mark.parametrize("token", ["", "the token"])
async def test_whoever_is_elsewhere_is_kept_out(headers, token):
    partner = partner_of()
    async with controlled(partner, token=token) as client:
        answers = [
            await content(client.request(method, path, json=SLOW, headers=headers))
            for method, path in (("GET", "/-/state.json"), ("POST", "/-/faults"), ("DELETE", "/-/faults"))
        ]
    assert {(status, answer["code"]) for status, answer in answers} == {(403, "FORBIDDEN")}
    assert partner.lender.faults == ()


async def test_the_token_lets_in_from_elsewhere_but_not_another_sites_page():
    async with controlled(partner_of(), token="the token") as client:
        elsewhere = {**TOKEN, "Host": "lender.example"}
        assert (await content(client.post("/-/faults", json=SLOW, headers=elsewhere)))[0] == 201
        foreign = {**elsewhere, "Origin": "http://evil.example"}
        assert (await content(client.post("/-/faults", json=SLOW, headers=foreign)))[0] == 403
        own = {**elsewhere, "Origin": "http://lender.example"}
        assert (await content(client.post("/-/faults", json=SLOW, headers=own)))[0] == 201


async def test_a_form_of_another_site_could_not_have_sent_it():
    async with controlled(partner_of()) as client:
        status, answer = await content(client.post("/-/faults", data={"kind": "limit_cut"}))
        assert (status, answer["code"]) == (415, "NOT_JSON")
        large = client.post("/-/faults", data=b"x" * 70_000, headers={"Content-Type": "application/json"})
        assert (await content(large))[0] == 413


async def test_a_review_is_decided_by_hand_and_told():
    partner, told = partner_of(), []
    partner.desk.on_review = told.append
    case = partner.desk.reviews.add(Code.BURST_CONTROL, "C", SystemClock().now())
    async with controlled(partner) as client:
        before = (await content(client.get("/-/state.json")))[1]["data"]["reviews"]
        await content(client.post(f"/-/reviews/{case.id}", json={"decision": "upheld"}))
        after = (await content(client.get("/-/state.json")))[1]["data"]["reviews"]
    assert (before["counts"], [one["review_id"] for one in before["open"]]) == ({"open": 1}, [case.id])
    assert (after["counts"], after["open"]) == ({"upheld": 1}, [])
    assert [report.decision for report in told] == ["upheld"]


async def test_the_state_counts_identity_checks():
    partner, now = partner_of(), SystemClock().now()
    partner.lender.inject(Fault(kind=FaultKind.STEP_UP, starts_at=0, ends_at=4e9))
    async with controlled(partner) as client:
        before = (await content(client.get("/-/state.json")))[1]["data"]["checks"]
        Caller(partner, now=now).draw()
        after = (await content(client.get("/-/state.json")))[1]["data"]["checks"]
    assert (before, after) == ({}, {"asked": 1})


async def test_the_state_says_what_can_be_broken_and_how_busy_everything_is():
    async with controlled(partner_of(), extra=lambda now: {"later": now > 0}) as client:
        state = (await content(client.get("/-/state.json")))[1]["data"]
    assert {one["kind"] for one in state["kinds"]} == set(FaultKind)
    assert {one["kind"]: one["strength"] for one in state["kinds"]}["limit_cut"] == FACTS[FaultKind.LIMIT_CUT].strength
    assert state["servers"] == state["bureau"] == {"busy": 0, "workers": 32, "wait": 0.0}
    assert set(state["channels"]) == {"alpha", "beta", "gamma"}
    assert (len(state["line"]), state["later"]) == (120, True)
