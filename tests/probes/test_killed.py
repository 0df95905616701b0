"""Whatever an agent draws is given back, also when it is killed on the way."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from doomed_agent import agent

from probes.settlement import Settlement

HERE = Path(__file__).parent
PATIENCE = 20.0


class Lender:
    """Pays at once. At the path `grave` it does what is asked, but answers only when the agent is dead."""

    def __init__(self, grave):
        self.grave = grave
        self.reached = asyncio.Event()
        self.buried = asyncio.Event()
        self.drawn = set()
        self.ever_drawn = set()
        self.settled = asyncio.Event()

    async def answer(self, request):
        name = request.match_info["name"]
        if name == "drawdowns":
            key = request.headers["Idempotency-Key"]
            self.drawn.add(key)
            self.ever_drawn.add(key)
        if name == self.grave and not self.buried.is_set():
            self.reached.set()
            await self.buried.wait()
        return web.json_response({"code": "0", "data": await self.content(name, request)})

    async def content(self, name, request):
        if name == "reversals":
            self.drawn.discard((await request.json())["idempotency_key"])
            self.settled.set()
        return {
            "token": "tok-en",
            "available": "5000.00",
            "quote_id": "q",
            "loan_id": "l",
            "status": "REVERSED" if name == "reversals" else "LOAN_SUCCESS",
        }

    @asynccontextmanager
    async def serving(self):
        app = web.Application()
        app.router.add_route("*", "/v1/{name}", self.answer)
        app.router.add_route("*", "/v1/{name}/{loan}", self.answer_one)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def answer_one(self, request):
        request.match_info["name"] += "_one"
        return await self.answer(request)


async def killed(lender, base_url, journal):
    """Start an agent, kill it where the lender does not answer, and wait until it is gone."""
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "doomed_agent.py"), base_url, str(journal), env={"PYTHONPATH": paths}
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await lender.reached.wait()
    finally:
        doomed.kill()
        await doomed.wait()
    lender.buried.set()


async def restarted(base_url, settlement, until):
    task = asyncio.create_task(agent(base_url, settlement).run())
    async with asyncio.timeout(PATIENCE):
        await until.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("grave", ["drawdowns", "drawdowns_one", "reversals"])
async def test_a_killed_agent_gives_the_money_back_when_it_starts_again(tmp_path, grave):
    lender = Lender(grave)
    async with lender.serving() as base_url:
        await killed(lender, base_url, tmp_path / "journal")
        first = set(lender.ever_drawn)
        assert lender.drawn == first
        assert len(first) == 1
        with Settlement(tmp_path / "journal") as settlement:
            assert {debt.run for debt in settlement.owed()} == first
            await restarted(base_url, settlement, lender.settled)
            assert settlement.owed() == ()
    assert lender.drawn == set()
    assert "secret-word" not in (tmp_path / "journal").read_text()


async def test_an_agent_that_is_killed_before_it_draws_owes_nothing(tmp_path):
    lender = Lender("quotes")
    async with lender.serving() as base_url:
        await killed(lender, base_url, tmp_path / "journal")
        with Settlement(tmp_path / "journal") as settlement:
            assert settlement.owed() == ()
    assert lender.ever_drawn == set()
