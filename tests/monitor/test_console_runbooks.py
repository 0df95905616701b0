import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from console_world import EPOCH, Desk, Memory, World

from drawdown.clock import SystemClock
from drawdown.reasons import Reason
from monitor.console import Console, add_routes
from monitor.console.runbooks import runbook_pages

PAGE = """\
# ChannelFailing · 通道失败

See [the reason](../../../docs/reasons.md#gateway_timeout), [another](LenderFailing.md) and
[the query](/api/v1/rules) or [what is elsewhere](https://example.com/a.md).

## What to do

<script>alert(1)</script>

| a | b |
|---|---|
| 1 | `sum(x > 2)` |
"""


@pytest.fixture
def pages(tmp_path):
    (tmp_path / "ChannelFailing.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "LenderFailing.md").write_text("# LenderFailing\n", encoding="utf-8")
    return {name: page.body.decode() for name, page in runbook_pages(tmp_path).items()}


def test_a_runbook_is_a_page_with_a_title_and_anchors(pages):
    page = pages["ChannelFailing"]
    assert "<title>ChannelFailing · 通道失败 · Drawdown Monitor</title>" in page
    assert '<h2 id="what-to-do">What to do</h2>' in page
    assert "<td><code>sum(x &gt; 2)</code></td>" in page


def test_links_between_files_lead_to_pages(pages):
    assert re.findall(r'<a href="([^"]+)">[a-z]', pages["ChannelFailing"]) == [
        "/runbooks/reasons#gateway_timeout",
        "/runbooks/LenderFailing",
        "/api/v1/rules",
        "https://example.com/a.md",
    ]


def test_what_looks_like_a_script_is_text(pages):
    assert "<script" not in pages["ChannelFailing"]
    assert "&lt;script&gt;" in pages["ChannelFailing"]


def test_all_pages_are_listed(pages):
    assert re.findall(r'<li><a href="([^"]+)">', pages[""]) == [
        "/runbooks/ChannelFailing",
        "/runbooks/LenderFailing",
        "/runbooks/reasons",
    ]


def test_every_reason_can_be_linked_to(pages):
    anchors = set(re.findall(r'<h2 id="([^"]+)">', pages["reasons"]))
    assert anchors == set(Reason)


def test_every_link_between_the_shipped_pages_leads_somewhere():
    texts = {name: page.body.decode() for name, page in runbook_pages().items()}
    anchors = {name: set(re.findall(r'<h\d id="([^"]+)">', text)) for name, text in texts.items()}
    for text in texts.values():
        for name, anchor in re.findall(r'href="/runbooks/([^"#]*)#?([^"]*)"', text):
            assert name in texts
            assert anchor in {"", *anchors[name]}


async def test_runbooks_are_served_with_the_console():
    world = World(start=EPOCH)
    console = Console(source=world.shelf, outcomes=Memory(()), pager=Desk(), journeys=[])
    app = web.Application()
    add_routes(app, console=console, clock=SystemClock())
    async with TestClient(TestServer(app)) as client:
        async with client.get("/runbooks/reasons") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)">', await answer.text())
        assert [(await client.get(sheet)).status for sheet in sheets] == [200, 200]
        assert (await client.get("/runbooks/")).status == 200
        assert (await client.get("/runbooks/../settings")).status == 404
