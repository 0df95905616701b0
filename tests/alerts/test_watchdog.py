import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from alerts_builders import Counts, alert
from structlog.testing import capture_logs

from alerts.settings import WatchdogSettings
from alerts.view import GroupView, RuleView
from alerts.watchdog import Watchdog, is_evaluated
from drawdown.clock import LoopClock, run_virtually

SILENT = {"severity": "none", "alertname": "Watchdog"}


def groups(*alerts):
    return (GroupView(group=None, interval=1.0, look=None, rules=(RuleView(rule=None, look=None, alerts=alerts),)),)


def settings(url, **more):
    return WatchdogSettings(url=url, **more)


class Answering:
    """A session whose requests are noted with their time and succeed."""

    def __init__(self, clock):
        self.asked = []
        self._clock = clock

    @asynccontextmanager
    async def get(self, url, **_options):
        self.asked.append((round(self._clock.now()), url))
        yield type("Answer", (), {"ok": True, "status": 200})


def test_only_an_alert_of_no_severity_that_still_fires_says_that_rules_are_evaluated():
    assert is_evaluated(groups(alert(now=100.0, **SILENT)), now=190.0)
    assert not is_evaluated(groups(alert(now=100.0, **SILENT)), now=191.0)
    assert not is_evaluated(groups(alert(now=100.0)), now=100.0)
    assert not is_evaluated(groups(alert(now=100.0, state="pending", **SILENT)), now=100.0)
    assert not is_evaluated((), now=100.0)


def test_it_asks_as_often_as_is_said_and_falls_silent_with_the_rules():
    async def live():
        clock = LoopClock()
        start, session = clock.now(), Answering(clock)
        dog = Watchdog(
            settings("http://snitch.test/x", every="30s"),
            lambda: groups(alert(now=min(clock.now(), start + 100), **SILENT)),
            session=session,
            clock=clock,
            instruments=Counts(),
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1000):
                await dog.run()
        return [at - round(start) for at, _ in session.asked]

    assert run_virtually(live()) == [0, 30, 60, 90, 120, 150, 180]


@pytest.mark.parametrize("status", [200, 204, 500, 404])
async def test_an_answer_counts_as_heard_only_when_it_is_a_good_one(status):
    async def answer(_request):
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/ping", answer)
    counts = Counts()
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        dog = watching(str(server.make_url("/ping")), session, counts)
        await dog.turn()
    sent, failed = (counts.counters["drawdown_notices_total", "watchdog", result] for result in ("sent", "failed"))
    assert (sent, failed) == ((1, 0) if status < 400 else (0, 1))


async def test_who_cannot_be_reached_is_said_once_and_without_the_address():
    counts = Counts()
    async with aiohttp.ClientSession() as session:
        dog = watching(f"http://127.0.0.1:{unused_port()}/secret-token", session, counts)
        with capture_logs() as logs:
            await dog.turn()
            await dog.turn()
    assert counts.counters["drawdown_notices_total", "watchdog", "failed"] == 2
    assert [(one["event"], one["error"]) for one in logs] == [
        ("watchdog_not_heard", "it cannot be reached (ClientConnectorError)")
    ]


async def test_a_listener_that_hangs_is_given_up():
    async def hang(_request):
        await asyncio.Event().wait()

    app = web.Application()
    app.router.add_get("/ping", hang)
    counts = Counts()
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        dog = watching(str(server.make_url("/ping")), session, counts, timeout="50ms")
        with capture_logs() as logs:
            await dog.turn()
    assert [one["error"] for one in logs] == ["it gave no answer within 0.05 s"]


def watching(url, session, counts, **more):
    clock = LoopClock()
    return Watchdog(
        settings(url, **more),
        lambda: groups(alert(now=clock.now(), **SILENT)),
        session=session,
        clock=clock,
        instruments=counts,
    )
