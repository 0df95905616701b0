"""A monitor whose process is killed again and again forgets nothing but its last seconds."""

import asyncio
import random
import signal
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, pairwise

import aiohttp
from monitor_program import free_port, started

from drawdown.clock import SystemClock

TEXT = """
listen: 127.0.0.1:PORT
borrowers:
  journeys: {app: {steps: [login, submit, payout]}}
  slices: {channel: [alpha, beta]}
"""
COUNTED = "drawdown_attempts_total"
BEATS = "drawdown_store_series"
PATIENCE = 20.0
LOST = 4 * 3 * 20
"""Attempts in the three seconds before each time that it was killed."""
CLOCK = SystemClock()


@dataclass
class Backend:
    """An app's backend: each tenth of a second two attempts end, one of them because alpha gives no answer."""

    url: str
    web: aiohttp.ClientSession
    sent: int = 0
    taken: int = 0
    ids: count = field(default_factory=count)

    async def run(self):
        while True:
            with suppress(aiohttp.ClientError):
                await self._report([self._outcome("none"), self._outcome("gateway_timeout")])
            await CLOCK.sleep_until(CLOCK.monotonic() + 0.1)

    async def _report(self, outcomes):
        self.sent += len(outcomes)
        async with self.web.post(f"{self.url}/v1/outcomes", json=outcomes) as answer:
            self.taken += (await answer.json())["accepted"]

    def _outcome(self, reason):
        labels = {"journey": "app", "channel": "alpha", "reason": reason}
        return {"id": f"a{next(self.ids)}", "started_at": CLOCK.now() - 0.1, "duration": 0.1, **labels}


@dataclass
class Site:
    """Where monitors come and go."""

    folder: object
    url: str
    web: aiohttp.ClientSession

    @asynccontextmanager
    async def monitor(self):
        """A monitor that runs, until it is killed."""
        async with started("run", self.folder / "monitor.yaml", folder=self.folder) as running:
            await running.says("running")
            yield running
            running.process.kill()
            await running.process.wait()

    async def get(self, path, **parameters):
        async with self.web.get(f"{self.url}{path}", params=parameters) as answer:
            return await answer.json()

    async def samples(self, selector):
        """What the store has of each series in the last minute, as it was written: times and values."""
        found = (await self.get("/api/v1/query", query=f"{selector}[1m]"))["data"]["result"]
        return [[(at, float(value)) for at, value in one["values"]] for one in found]

    async def beats(self):
        """When there was a beat."""
        return [at for at, _ in (await self.samples(BEATS))[0]]

    async def beats_in_steps(self, first, last):
        asked = {"query": f"timestamp({BEATS})", "start": first, "end": last, "step": 1}
        (found,) = (await self.get("/api/v1/query_range", **asked))["data"]["result"]
        return sorted({float(at) for _, at in found["values"]})

    async def incidents(self):
        """The ids of those that are open."""
        return {one["line"]["id"] for one in (await self.get("/console/state.json"))["open"]}

    async def firing(self):
        alerts = (await self.get("/api/v1/alerts"))["data"]["alerts"]
        return {(one["labels"]["alertname"], one["activeAt"]) for one in alerts if one["state"] == "firing"}


@asynccontextmanager
async def working(part):
    task = asyncio.create_task(part)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def grown(samples):
    """By how much a counter grew, resets counted."""
    return sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(samples))


async def some_time(least, most, luck):
    await CLOCK.sleep_until(CLOCK.monotonic() + luck.uniform(least, most))


async def test_a_monitor_that_is_killed_again_and_again_forgets_nothing_but_its_last_seconds(tmp_path):
    port, luck = free_port(), random.Random(7)
    (tmp_path / "monitor.yaml").write_text(TEXT.replace("PORT", str(port)))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as web:
        site = Site(tmp_path, f"http://127.0.0.1:{port}", web)
        backend = Backend(site.url, web)
        async with working(backend.run()):
            async with site.monitor() as running, asyncio.timeout(PATIENCE):
                while b"PAGE" not in (first_line := await running.process.stdout.readline()):
                    assert first_line
                beats, incidents, firing = await site.beats(), await site.incidents(), await site.firing()
                assert incidents
                assert firing
            async with started("run", tmp_path / "monitor.yaml", folder=tmp_path) as doomed:
                await some_time(0.1, 1.0, luck)  # it is killed while it starts
                doomed.process.kill()
                await doomed.process.wait()
            for _ in range(2):
                async with site.monitor():
                    now = await site.beats()
                    assert [at for at in beats if at <= beats[-1] - 3.0] == [at for at in now if at <= beats[-1] - 3.0]
                    assert incidents <= await site.incidents()
                    assert firing <= await site.firing()
                    await some_time(1.5, 3.0, luck)
                    beats = await site.beats()
        cut_off(tmp_path / "state" / "store" / "raw")
        async with started("run", tmp_path / "monitor.yaml", folder=tmp_path) as last:
            assert "seconds_missing" in await last.says("store_repaired")
            await last.says("running")
            assert await site.beats_in_steps(beats[0], beats[-1] - 3.0) == [at for at in beats if at <= beats[-1] - 3.0]
            assert incidents <= await site.incidents()
            assert firing <= await site.firing()
            flags = (await site.get("/api/v1/status/flags"))["data"]
            total = sum(grown(one) for one in await site.samples(COUNTED))
            ended = await last.stop(signal.SIGTERM)
    assert (ended.code, ended.untidy, "PAGE" in ended.out) == (0, [], False)
    assert flags["storage.tsdb.retention.time"] == "32d"  # the shipped rules look back for days
    assert backend.taken - LOST <= total <= backend.sent


def cut_off(folder):
    """As if a part of the last file had not reached the disk."""
    last = max(folder.glob("*.rows"))
    with last.open("r+b") as file:
        file.truncate(last.stat().st_size - 7)
