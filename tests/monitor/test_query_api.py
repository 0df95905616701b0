"""The monitor as it runs answers a Prometheus' questions on its own address."""

import asyncio
import io

import aiohttp

from bench.servers import free_port
from drawdown.clock import SystemClock
from monitor.demo.play import Play, playing


async def test_the_running_monitor_can_be_asked_for_its_series_and_rules(tmp_path):
    listen, clock = f"127.0.0.1:{free_port()}", SystemClock()
    async with (
        playing(Play(state=tmp_path, listen=listen), (), clock=clock, stream=io.StringIO()),
        aiohttp.ClientSession(f"http://{listen}", raise_for_status=True) as session,
        asyncio.timeout(20),
    ):
        found = await first_sample(session, clock)
        groups = (await ask(session, "rules"))["groups"]
        alerts = await ask(session, "alerts")
    assert found[0]["metric"] == {"__name__": "drawdown_store_series"}
    assert float(found[0]["value"][1]) > 100
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
    assert [alert["labels"]["alertname"] for alert in alerts["alerts"]] == ["Watchdog"]


async def first_sample(session, clock):
    while True:
        found = (await ask(session, "query", query="drawdown_store_series > 0"))["result"]
        if found:
            return found
        await clock.sleep_until(clock.monotonic() + 0.1)


async def ask(session, path, **arguments):
    async with session.get(f"/api/v1/{path}", params=arguments) as answer:
        return (await answer.json())["data"]
