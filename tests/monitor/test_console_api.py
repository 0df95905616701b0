"""The console over real sockets."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from console_world import EPOCH, Desk, Memory, Route, World, incident, outcome

from drawdown.reasons import Reason
from monitor.console import Console, add_routes


class Still:
    """A clock that a test turns by hand."""

    def __init__(self, now=EPOCH):
        self.at = now

    def now(self):
        return self.at

    def monotonic(self):
        return self.at

    async def sleep_until(self, when):
        raise AssertionError(f"the console waits for nothing, not even {when}")


def console_of(*incidents, outcomes=()):
    world = World(start=EPOCH)
    world.advance(EPOCH)
    return Console(source=world.shelf, outcomes=Memory(outcomes), pager=Desk(*incidents), journeys=[Route()])


@asynccontextmanager
async def served(console, clock=None):
    app = web.Application()
    add_routes(app, console=console, clock=clock or Still())
    async with TestClient(TestServer(app)) as client:
        yield client


async def message(response):
    line = await asyncio.wait_for(response.content.readuntil(b"\n\n"), 5)
    return json.loads(line.removeprefix(b"data: "))


async def test_the_page_loads_nothing_from_elsewhere_and_runs_only_its_own_scripts():
    async with served(console_of()) as client:
        answer = await client.get("/")
        page = await answer.text()
    assert answer.content_type == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http://" not in page
    assert "https://" not in page
    assert "style=" not in page


async def test_every_file_that_a_module_imports_is_served():
    async with served(console_of()) as client:
        seen, queue = set(), ["main.js"]
        while queue:
            name = queue.pop()
            answer = await client.get(f"/console/{name}")
            assert (answer.status, answer.content_type) == (200, "text/javascript"), name
            text = await answer.text()
            assert "innerHTML" not in text
            seen.add(name)
            queue += {part.split('"')[0] for part in text.split('from "./')[1:]} - seen
    assert {"stream.js", "chart.js", "waterfall.js"} <= seen


async def test_an_unchanged_file_is_not_sent_again():
    async with served(console_of()) as client:
        etag = (await client.get("/console/console.css")).headers["ETag"]
        assert (await client.get("/console/console.css", headers={"If-None-Match": etag})).status == 304


@pytest.mark.parametrize("path", ["/console/__init__.py", "/console/..%2fapi.py", "/console/nothing.js"])
async def test_only_the_pages_files_are_served(path):
    async with served(console_of()) as client:
        assert (await client.get(path)).status == 404


async def test_the_state_is_json_with_all_that_the_page_shows():
    console = console_of(
        incident(name="i2"), incident(name="i1", resolved_at=EPOCH + 60), outcomes=[outcome(EPOCH, name="run-9")]
    )
    console.tick(EPOCH)
    async with served(console) as client:
        state = await (await client.get("/console/state.json")).json()
    assert state["at"] == EPOCH
    assert state["headline"]["origin"] == "borrower"
    assert [report["line"]["id"] for report in state["open"]] == ["i2"]
    assert [line["id"] for line in state["recent"]] == ["i1"]
    assert state["journeys"][0]["runs"][0]["id"] == "run-9"
    assert state["health"]["evaluated_at"] == EPOCH
    counts = state["health"]["counts"]
    assert (counts["series"], counts["series_refused"]) == (4712, 3)


async def test_words_come_in_both_languages_for_every_reason():
    async with served(console_of()) as client:
        words = await (await client.get("/console/words.json")).json()
    assert set(words) == set(Reason)
    assert words["gateway_timeout"]["en"]["title"] == "payment channel times out"
    assert words["gateway_timeout"]["zh"]["title"] == "支付通道超时"
    assert words["gateway_timeout"]["blame"] == "channel"


async def test_a_run_and_an_incident_have_addresses():
    console = console_of(incident(name="i2"), outcomes=[outcome(EPOCH, name="run/9 ü")])
    async with served(console) as client:
        found = await (await client.get("/console/runs/run%2F9%20%C3%BC.json")).json()
        report = await (await client.get("/console/incidents/i2.json")).json()
        missing = [await client.get(path) for path in ("/console/runs/x.json", "/console/incidents/x.json")]
        errors = [(answer.status, await answer.json()) for answer in missing]
    assert found["id"] == "run/9 ü"
    assert [event["kind"] for event in report["timeline"]] == ["opened", "notified", "joined"]
    assert errors == [
        (404, {"error": "no such run is remembered"}),
        (404, {"error": "no such incident is remembered"}),
    ]


async def test_nobody_learns_whose_attempt_it_was():
    console = console_of(incident(), outcomes=[outcome(EPOCH, name="run-9")])
    async with served(console) as client:
        bodies = [await (await client.get(path)).text() for path in ("/console/state.json", "/console/runs/run-9.json")]
    assert not any("b-secret" in body for body in bodies)


async def test_the_stream_begins_at_once_and_goes_on_at_every_evaluation():
    console, clock = console_of(), Still()
    async with served(console, clock) as client:
        response = await client.get("/console/events")
        first = await message(response)
        clock.at = EPOCH + 1
        console.tick(EPOCH + 1)
        second = await message(response)
        response.close()
    assert response.content_type == "text/event-stream"
    assert (first["at"], first["health"]["evaluated_at"]) == (EPOCH, None)
    assert (second["at"], second["health"]["evaluated_at"]) == (EPOCH + 1, EPOCH + 1)


async def test_a_page_that_does_not_read_costs_the_others_and_the_memory_nothing():
    console, clock = console_of(), Still()
    async with served(console, clock) as client:
        stuck, reading = await client.get("/console/events"), await client.get("/console/events")
        await message(reading)
        for second in range(1, 400):
            clock.at = EPOCH + second
            console.tick(clock.at)
            seen = await message(reading)
        assert seen["at"] == EPOCH + 399
        assert console.feed.listeners == 2
        stuck.close()
        reading.close()


async def test_streams_end_when_the_server_stops():
    console = console_of()
    async with served(console) as client:
        response = await client.get("/console/events")
        await message(response)
        await client.server.app.shutdown()
        assert await asyncio.wait_for(response.content.read(), 5) == b""
        assert console.feed.listeners == 0


async def test_too_many_pages_are_refused():
    console = console_of()
    async with served(console) as client:
        opened = [console.feed.listen() for _ in range(64)]
        for each in opened:
            each.__enter__()
        assert (await client.get("/console/events")).status == 503
        for each in opened:
            each.__exit__(None, None, None)


async def test_healthy_means_that_rules_are_evaluated():
    console, clock = console_of(), Still()
    async with served(console, clock) as client:

        async def statuses():
            return [(await client.get(path)).status for path in ("/-/healthy", "/-/ready")]

        before = await statuses()
        console.tick(EPOCH)
        clock.at = EPOCH + 9
        just = await statuses()
        clock.at = EPOCH + 10
        late = await statuses()
    assert (before, just, late) == ([503, 503], [200, 200], [503, 200])


def test_nothing_is_computed_for_the_page_while_nobody_looks():
    console = console_of()
    console._outcomes = None  # whoever asks for runs fails
    console.tick(EPOCH)
    assert console.evaluated_at == EPOCH


def test_the_state_is_made_once_a_second():
    console = console_of()
    assert console.state(EPOCH + 0.1) is console.state(EPOCH + 0.9)
    assert console.state(EPOCH + 0.1) is not console.state(EPOCH + 1.0)
