"""The page in a real browser (Debian's Chromium): something is broken, seen, and healed."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from drawdown.clock import SystemClock
from monitor.lender.page import add_page
from monitor.web import listening
from sandbox import Fault, FaultKind, Lender
from sandbox.partner import Partner
from sandbox.partner.control import Control
from sandbox.partner.reviews import Decision
from sandbox.scheme import Code

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@asynccontextmanager
async def opened(partner, *, language="en-US", through_a_proxy=False, **settings):
    """A page on `partner`, and what the browser complained about or asked others for."""
    playwright = pytest.importorskip("playwright.async_api")
    app = web.Application()
    add_page(app)
    extra = {"outcomes": {"gateway_timeout": 3}, "monitor": None}
    Control(partner, clock=SystemClock(), extra=lambda _: extra, **settings).add_routes(app)
    async with listening(app, host="127.0.0.1", port=0) as port, playwright.async_playwright() as driver:
        address = f"http://127.0.0.1:{port}"
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(locale=language, viewport={"width": 1500, "height": 1000})
        page.set_default_timeout(10_000)
        if through_a_proxy:
            await page.set_extra_http_headers({"X-Forwarded-For": "203.0.113.7"})
        complaints = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
        try:
            await page.goto(address)
            yield page, complaints
        finally:
            await browser.close()


async def test_something_is_broken_and_healed_by_hand():
    partner = Partner(Lender(seed=1))
    async with opened(partner) as (page, complaints):
        await page.get_by_text("Nothing is broken.").wait_for()
        await page.select_option("#kind", "limit_cut")
        await page.select_option("#by-channel", "alpha")
        await page.fill("#strength", "0.5")
        await page.select_option("#seconds", "300")
        assert "limit was cut between display and submit" in await page.locator("#meaning").inner_text()
        await page.get_by_role("button", name="Break it").click()
        await page.locator(".fault", has_text="limits are cut").wait_for()
        [fault] = partner.lender.faults
        assert (fault.kind, dict(fault.where), fault.force) == (FaultKind.LIMIT_CUT, {"channel": "alpha"}, 0.5)
        assert "ends in" in await page.locator(".fault").inner_text()
        await page.get_by_role("button", name="Heal", exact=True).click()
        await page.get_by_text("Nothing is broken.").wait_for()
        assert partner.lender.faults == ()
        assert complaints == []


async def test_what_cannot_be_broken_is_said():
    async with opened(Partner(Lender(seed=1))) as (page, complaints):
        await page.locator("html[data-link=live]").wait_for()
        await page.select_option("#kind", "channel_timeout")
        await page.evaluate("document.getElementById('strength').type = 'text'")
        await page.fill("#strength", "-3")
        await page.get_by_role("button", name="Break it").click()
        await page.locator("#refused", has_text="must be 0 or more").wait_for()
        assert [said for said in complaints if "400" not in said] == []


async def test_a_blocked_attempt_is_decided_on_the_page():
    partner = Partner(Lender(seed=1))
    case = partner.desk.reviews.add(Code.MULTI_DEVICE, "A", SystemClock().now())
    async with opened(partner) as (page, complaints):
        await page.get_by_role("button", name="Overturn").click()
        await page.get_by_text("Nothing waits for a person.").wait_for()
        assert partner.desk.reviews.find(case.id).decision is Decision.OVERTURNED
        assert complaints == []


async def test_identity_checks_are_counted_by_how_they_stand():
    lender = Lender(seed=1, faults=(Fault(kind=FaultKind.STEP_UP, starts_at=0, ends_at=4e9),))
    now = SystemClock().now()
    for number in range(13_900_000_000, 13_900_000_003):
        who = lender.applicants.find(str(number))
        quote = lender.quote(who, now, cents=100_000, card=lender.applicants.card("6222-icbc-1")).content
        lender.submit(who, now, key="key", quote=quote)
    async with opened(Partner(lender)) as (page, complaints):
        await page.locator("#checks dt", has_text="asked for").wait_for()
        asked = await page.locator("#checks div", has_text="asked for").last.inner_text()
        assert asked.split() == ["asked", "for", str(sum(1 for _ in lender.latest_checks()))]
        assert complaints == []


async def test_from_elsewhere_the_token_opens_the_controls():
    partner = Partner(Lender(seed=1))
    async with opened(partner, token="the token", through_a_proxy=True) as (page, _):
        await page.get_by_label("The controls are for this machine alone").fill("the token")
        await page.get_by_role("button", name="Enter").click()
        await page.locator("html[data-link=live]").wait_for()
        assert await page.locator("#key").is_hidden()
        await page.get_by_role("button", name="Break it").click()
        await page.locator(".fault").wait_for()
        assert len(partner.lender.faults) == 1


async def test_it_speaks_chinese_and_keeps_what_was_chosen():
    async with opened(Partner(Lender(seed=1)), language="zh-CN") as (page, complaints):
        await page.get_by_text("当前没有故障。").wait_for()
        await page.get_by_text("支付通道超时").first.wait_for()
        assert await page.locator("html").get_attribute("lang") == "zh-CN"
        assert await page.locator("#kind option", has_text="额度动态下调").count() == 1
        await page.get_by_role("button", name="English").click()
        await page.get_by_text("Nothing is broken.").wait_for()
        await page.reload()
        await page.get_by_text("Nothing is broken.").wait_for()
        assert complaints == []


async def test_every_kind_of_fault_has_a_name_in_both_languages():
    texts = Path(__file__).parents[3] / "monitor" / "lender" / "page" / "texts.js"
    written = texts.read_text(encoding="utf-8")
    for kind in FaultKind:
        assert f"  kind_{kind}: [" in written
        assert f"  means_{kind}: [" in written
