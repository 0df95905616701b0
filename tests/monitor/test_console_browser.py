"""The page in a real browser (Debian's Chromium): what a reader sees when something breaks and heals."""

from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from console_world import Route, World, incident, outcome

from drawdown.clock import SystemClock
from drawdown.reasons import Reason
from monitor.console import Console, add_routes

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


class Stage:
    """A monitor whose seconds a test plays one by one."""

    def __init__(self):
        self.start = SystemClock().now() - 600
        self.world = World(start=self.start)
        self.console = Console(
            source=self.world.shelf, outcomes=self.world.memory, pager=self.world.desk, journeys=[Route()]
        )
        for second in range(0, 600, 10):
            self.world.advance(self.start + second, 10)
            self.console.tick(self.start + second)
        self.world.probe(self.start + 598)

    def play(self, *incidents):
        self.world.desk.known = list(incidents)
        now = SystemClock().now()
        self.world.advance(now)
        self.console.tick(now)


@asynccontextmanager
async def served(console):
    app = web.Application()
    add_routes(app, console=console, clock=SystemClock())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opened(stage, *, language="en-US"):
    """A page on `stage`, its address, and what the browser complained about or asked others for."""
    playwright = pytest.importorskip("playwright.async_api")
    async with served(stage.console) as address, playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(locale=language, viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(10_000)
        complaints = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
        try:
            yield page, address, complaints
        finally:
            await browser.close()


async def test_an_incident_appears_is_looked_at_and_resolves():
    stage = Stage()
    async with opened(stage) as (page, address, complaints):
        await page.goto(address)
        stage.play()
        await page.locator("html[data-link=live]").wait_for()
        await page.get_by_text("No open incident").wait_for()
        assert await page.title() == "✓ Drawdown Monitor"
        began = stage.start + 590
        stage.play(incident(Reason.GATEWAY_TIMEOUT, name="i7", at=began))
        await page.locator(".alarm-title", has_text="Payment channel times out").wait_for()
        alarm = await page.locator(".alarm").inner_text()
        assert "alpha" in alarm
        assert "132" in alarm
        assert "Query the channel for the open payouts" in alarm
        assert await page.locator("#spoken").inner_text() == "Incident opened: payment channel times out, app."
        await page.locator(".alarm-link").click()
        await page.locator("dialog[open] .timeline li").first.wait_for()
        assert page.url.endswith("#incident=i7")
        stage.play(incident(Reason.GATEWAY_TIMEOUT, name="i7", at=began, resolved_at=began + 10))
        await page.locator("dialog[open] .status.resolved").wait_for()
        await page.keyboard.press("Escape")
        await page.get_by_text("No open incident").wait_for()
        assert "Payment channel times out" in await page.locator("#recent").inner_text()
        assert complaints == []


async def test_a_link_from_a_notice_opens_its_incident_in_the_readers_language():
    stage = Stage()
    stage.world.desk.known = [incident(Reason.LIMIT_REDUCED, name="i3", at=stage.start, resolved_at=stage.start + 90)]
    async with opened(stage, language="zh-CN") as (page, address, complaints):
        await page.goto(f"{address}/#incident=i3")
        stage.play(*stage.world.desk.known)
        await page.locator("dialog[open] h2", has_text="额度动态下调").wait_for()
        assert await page.locator("html").get_attribute("lang") == "zh-CN"
        assert "已恢复" in await page.locator("dialog").inner_text()
        assert complaints == []


async def test_a_run_is_chosen_and_its_steps_are_shown():
    stage = Stage()
    stage.world.faults = ((Reason.GATEWAY_TIMEOUT, 0, 1e9),)
    for second in range(30):
        stage.world.probe(stage.start + 560 + second)
    async with opened(stage) as (page, address, complaints):
        await page.goto(address)
        await page.locator(".tick.technical").first.click()
        await page.locator(".why", has_text="Payment channel times out").wait_for()
        assert "payout" in await page.locator(".steps").inner_text()
        await page.keyboard.press("ArrowRight")
        await page.get_by_role("button", name="follow the latest").click()
        await page.get_by_text("latest run").wait_for()
        assert complaints == []


async def test_data_is_never_shown_as_markup():
    stage = Stage()
    evil = '<img src=x onerror="document.title=1">'
    stage.world.memory.outcomes = [outcome(stage.start + 598, Reason.INTERNAL_ERROR, detail=evil)]
    async with opened(stage) as (page, address, complaints):
        await page.goto(address)
        await page.get_by_text(evil).wait_for()
        assert await page.locator("main img").count() == 0
        assert complaints == []


async def test_old_data_is_called_old():
    stage = Stage()
    async with opened(stage) as (page, address, complaints):
        await page.clock.install()
        await page.goto(address)
        stage.play()
        await page.locator("html[data-link=live]").wait_for()
        await page.clock.fast_forward(6_000)
        await page.locator("#lost", has_text="No data since").wait_for()
        assert "no data" in await page.title()
        stage.play()
        await page.locator("html[data-link=live]").wait_for()
        assert await page.locator("#lost").is_hidden()
        assert complaints == []


async def test_a_page_whose_monitor_does_not_evaluate_says_so():
    stage = Stage()
    stage.console.evaluated_at -= 60
    async with opened(stage) as (page, address, complaints):
        await page.goto(address)
        await page.locator("#lost", has_text="does not evaluate its rules").wait_for()
        assert complaints == []


async def test_steps_of_one_name_are_all_shown_whatever_run_comes_next():
    stage = Stage()
    first = stage.world.memory.outcomes[0]
    twice = (*first.steps, replace(first.steps[0], started_at=first.ended_at, cleanup=True))
    async with opened(stage) as (page, address, complaints):
        await page.goto(address)
        for name in ("run-a", "run-b", "run-c"):
            stage.world.memory.outcomes = [outcome(first.ended_at + 1, name=name, steps=twice)]
            stage.play()
            await page.locator(f"[data-run={name}]").wait_for()
            names = await page.locator(".step-name").all_inner_texts()
            assert [each.lstrip("✓") for each in names] == [step.name for step in twice]
        assert complaints == []
