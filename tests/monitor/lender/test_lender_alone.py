"""The lender served alone: over real sockets, with borrowers who report to a monitor."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from drawdown.clock import LoopClock, SystemClock, run_virtually
from monitor.lender.alone import Alone, alone
from monitor.lender.reporting import Reporting
from sandbox.report import Report, Review

PHONE = {"phone": "13800000001", "password": "probe-password", "device_id": "d"}
OUTCOME = Report(id="a-1", journey="app", started_at=1.0, duration=2.0, outcome="succeeded")
DECIDED = {"decision": "overturned", "code": "MULTI_DEVICE", "scheme": "sandbox", "tier": "A"}
BLOCKED = Report(id="a-2", journey="app", started_at=1.0, duration=2.0, code="RISK_REJECT", scheme="sandbox")


@asynccontextmanager
async def served(**settings):
    """A lender alone, and a session that talks to it."""
    said = []
    what = Alone(**{"port": 0, "rate": 0.0, **settings})
    async with (
        alone(what, clock=SystemClock(), say=said.append) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield session, said


class Monitor:
    """Takes reports, or refuses them."""

    def __init__(self):
        self.status = 200
        self.came = {"/v1/outcomes": [], "/v1/reviews": [], "/v1/callbacks": []}
        self.asked = asyncio.Event()
        self.news = {path: asyncio.Event() for path in self.came}

    async def take(self, request):
        content = await request.json()
        self.asked.set()
        if self.status == 200:
            self.came[request.path].extend(content)
            self.news[request.path].set()
        return web.json_response({}, status=self.status)

    @asynccontextmanager
    async def serving(self):
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        async with TestServer(app) as server:
            yield str(server.make_url("")).rstrip("/")


async def test_it_serves_its_page_its_api_and_its_description():
    async with served() as (session, _):
        async with session.get("/") as page:
            text = await page.text()
            policy = page.headers["Content-Security-Policy"]
        async with session.post("/v1/login", json=PHONE) as login:
            assert (await login.json())["code"] == "0"
        async with session.get("/openapi.yaml") as described:
            assert (await described.text()).startswith("openapi: 3.1.0")
        async with session.get("/-/state.json") as state:
            requests = (await state.json())["data"]["requests"]
        async with session.get("/-/nothing") as nothing:
            assert (nothing.status, (await nothing.json())["code"]) == (404, "NOT_FOUND")
        for name in ("main.js", "console.css", "words.json", "lender.css"):
            async with session.get(f"/page/{name}") as file:
                assert file.status == 200
            async with session.get(f"/page/{name}", headers={"If-None-Match": file.headers["ETag"]}) as again:
                assert again.status == 304
    assert "/page/main.js" in text
    assert "script-src 'self'" in policy
    assert requests["login 200"] == 1


async def test_a_loan_over_http_is_called_back():
    told = asyncio.get_running_loop().create_future()

    async def receive(request):
        told.set_result(await request.json())
        return web.Response(text="success")

    app = web.Application()
    app.router.add_post("/loans", receive)
    async with TestServer(app) as receiver, served() as (session, _):
        loan = await draw(session, str(receiver.make_url("/loans")))
        async with asyncio.timeout(15):
            message = await told
    assert (message["loan_id"], message["status"]) == (loan, "LOAN_SUCCESS")


async def draw(session, url):
    async with session.post("/v1/login", json=PHONE) as login:
        token = (await login.json())["data"]["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    wanted = {"amount": "10.00", "term_months": 6, "card": "6222-icbc-1"}
    async with session.post("/v1/quotes", json=wanted, headers=headers) as quoted:
        quote = (await quoted.json())["data"]["quote_id"]
    body = {"quote_id": quote, "amount": "10.00", "notify_url": url}
    async with session.post("/v1/drawdowns", json=body, headers=headers) as drawn:
        return (await drawn.json())["data"]["loan_id"]


async def test_borrowers_report_to_the_monitor_that_is_given():
    monitor = Monitor()
    async with monitor.serving() as url, served(rate=20.0, report_to=url) as (session, said):
        async with asyncio.timeout(20):
            await monitor.news["/v1/outcomes"].wait()
        async with session.get("/-/state.json") as answer:
            state = (await answer.json())["data"]
    first = monitor.came["/v1/outcomes"][0]
    assert (first["journey"], first["steps"][0]["name"]) == ("app", "login")
    assert state["monitor"] == {"url": url, "trouble": ""}
    assert sum(state["outcomes"].values()) > 0
    assert said == []


async def test_a_monitor_that_is_away_is_said_once_and_so_is_its_return():
    monitor, said = Monitor(), []
    async with monitor.serving() as url, aiohttp.ClientSession() as session:
        reporting = Reporting(clock=SystemClock(), say=said.append, session=session, url=url)
        monitor.status = 503
        refused = 0
        for _ in range(3):
            try:
                await reporting.report([OUTCOME])
            except aiohttp.ClientResponseError:
                refused += 1
        monitor.status = 200
        await reporting.report([OUTCOME, BLOCKED])
    assert refused == 3
    assert [line.split(url)[1].split(":")[0] for line in said] == [" does not take reports", " takes reports again"]
    assert [one["id"] for one in monitor.came["/v1/outcomes"]] == ["a-1", "a-2"]


def test_what_was_reported_is_counted_by_its_reason():
    async def main():
        clock = LoopClock()
        async with aiohttp.ClientSession() as session:
            reporting = Reporting(clock=clock, say=print, session=session)
            await reporting.report([OUTCOME, BLOCKED, BLOCKED])
            await clock.sleep_until(1)
            return reporting.state(clock.now())

    state = run_virtually(main())
    assert state["outcomes"] == {"risk_declined": 2, "none": 1}
    assert state["monitor"] is None


async def test_decisions_of_reviewers_reach_the_monitor_even_if_it_was_away():
    monitor = Monitor()
    async with monitor.serving() as url, aiohttp.ClientSession() as session:
        reporting = Reporting(clock=SystemClock(), say=lambda _: None, session=session, url=url)
        reporting.keep(Review(id="r-1", **DECIDED))
        monitor.status = 503
        sending = asyncio.create_task(reporting.run())
        async with asyncio.timeout(10):
            await monitor.asked.wait()
            monitor.status = 200
            await monitor.news["/v1/reviews"].wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    [came] = monitor.came["/v1/reviews"]
    assert came == {"id": "r-1", "journey": "app", **DECIDED}


async def test_callbacks_of_channels_reach_the_monitor():
    monitor = Monitor()
    async with monitor.serving() as url, served(rate=20.0, report_to=url):
        async with asyncio.timeout(20):
            await monitor.news["/v1/callbacks"].wait()
    first = monitor.came["/v1/callbacks"][0]
    assert (first["journey"], first["channel"] in {"alpha", "beta", "gamma"}) == ("app", True)
    assert first["came_at"] == first["occurred_at"]


def test_a_code_that_nobody_knows_is_counted_as_unmapped():
    async def main():
        async with aiohttp.ClientSession() as session:
            reporting = Reporting(clock=LoopClock(), say=print, session=session)
            await reporting.report([msgspec.structs.replace(BLOCKED, code="RISK_REJECT_V2")])
            return reporting.state(1.0)

    assert run_virtually(main())["outcomes"] == {"unmapped": 1}
