"""The demo, once over sockets with somebody looking at its page, and once in virtual time."""

import json
import subprocess
from pathlib import Path

import pytest
from monitor_program import ENVIRONMENT, PROGRAM, UNTIDY, free_port

from drawdown.reasons import Reason

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
REASONS = [reason.value for reason in (
    Reason.GATEWAY_TIMEOUT, Reason.IDENTITY_REQUIRED, Reason.LIMIT_REDUCED, Reason.SLOW_RESPONSE
)]  # fmt: skip

same_worker = pytest.mark.xdist_group("demo")


class Demo:
    """The shortest demo, in a process of its own."""

    def __init__(self, folder):
        self.address = f"http://127.0.0.1:{free_port()}"
        listen = self.address.removeprefix("http://")
        self.process = subprocess.Popen(
            [PROGRAM, "demo", "--seconds", "150", "--json", "--listen", listen],
            cwd=folder,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.first_line = self.process.stderr.readline()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    started = Demo(tmp_path_factory.mktemp("demo"))
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.communicate()


@same_worker
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")
async def test_who_watches_the_page_sees_an_incident_appear_and_resolve(demo):
    assert demo.first_line.endswith(f"demo: console: {demo.address}\n")
    playwright = pytest.importorskip("playwright.async_api")
    complaints = []
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(locale="en-US", viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(60_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(demo.address)
        await page.get_by_text("No open incident").wait_for()
        await page.locator(".alarm-title", has_text="Payment channel times out").wait_for()
        alarm = await page.locator(".alarm").inner_text()
        await page.locator("#recent", has_text="Payment channel times out").wait_for()
        await browser.close()
    assert "alpha" in alarm
    assert "Query the channel for the open payouts" in alarm
    assert complaints == []


@same_worker
def test_over_sockets_every_fault_is_told_right_and_nothing_else_is(demo):
    out, err = demo.process.communicate(timeout=200)
    verdict = json.loads(out)
    assert verdict["unexpected"] == []
    assert [(one["reason"], one["ok"]) for one in verdict["faults"]] == [(reason, True) for reason in REASONS]
    assert (demo.process.returncode, verdict["ok"]) == (0, True)
    assert [mark for mark in UNTIDY if mark in err] == []
    assert err.count("breaking: ") == err.count("healing: ") == 4
    for reason in REASONS:
        assert f"Reason: {reason}" in err


def test_in_virtual_time_it_comes_to_the_same(tmp_path):
    command = [PROGRAM, "demo", "--virtual", "--seconds", "150", "--json", "--seed", "2"]
    ended = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120
    )
    verdict = json.loads(ended.stdout)
    assert (ended.returncode, verdict["ok"], verdict["unexpected"]) == (0, True, [])
    assert [one["reason"] for one in verdict["faults"]] == REASONS
    assert all(one["opened_after"] <= 12 for one in verdict["faults"])
    assert [mark for mark in UNTIDY if mark in ended.stderr] == []
    assert list(tmp_path.iterdir()) == []
