"""The command line, as a process of its own."""

import asyncio
import json
import signal
import socket
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from monitor_program import configured, free_port, lender, run, started

from collector.disk import RowLog
from drawdown.clock import SystemClock
from sandbox import Fault, FaultKind, World

CONFIGS = Path(__file__).with_name("configs")
VALID = "listen: 127.0.0.1:1\n"


def address(path):
    return f"http://{path.read_text(encoding='utf-8').split('listen: ')[1].split()[0]}"


async def test_it_tells_its_version(tmp_path):
    ended = await run("--version", folder=tmp_path)
    assert (ended.code, ended.out.strip(), ended.err) == (0, "0.1.0", "")


async def test_a_valid_configuration_is_summed_up(tmp_path):
    path = configured(tmp_path)
    ended = await run("check", path, folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    first, *rest = ended.out.splitlines()
    assert first == f"{path}: valid"
    assert [line.split()[:2] for line in rest[:2]] == [["journeys", "drawdown"], ["borrowers", "app"]]
    assert [line.split()[0] for line in rest] == ["journeys", "borrowers", "rules", "channels"]
    assert not (tmp_path / "state").exists()


async def test_where_rules_find_their_series_is_told_and_nobody_is_asked_there(tmp_path):
    more = 'alerts: {source: {prometheus: {url: "http://nowhere.invalid/select/0/prometheus"}}}'
    ended = await run("check", configured(tmp_path, more=more), folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "  source    nowhere.invalid" in ended.out.splitlines()


@pytest.mark.parametrize("command", ["check", "run", "probe"])
async def test_whatever_is_wrong_is_told_with_its_place_and_ends_with_2(command):
    more = ["drawdown"] if command == "probe" else []
    ended = await run(command, "invalid-journeys.yaml", *more, folder=CONFIGS)
    told = (CONFIGS / "invalid-journeys.txt").read_text(encoding="utf-8")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"{told}{told.count(chr(10))} problems found\n"


async def test_a_configuration_that_is_not_there_ends_with_2(tmp_path):
    ended = await run("check", "gone.yaml", folder=tmp_path)
    assert (ended.code, ended.err) == (2, "gone.yaml: cannot be read: No such file or directory\n1 problem found\n")


async def test_a_probe_shows_its_steps_with_their_phases_and_how_it_ended(tmp_path):
    async with lender() as (serving, port):
        ended = await run("probe", configured(tmp_path, lender_port=port), "drawdown", folder=tmp_path)
        owed = serving.owed
    assert (ended.code, ended.untidy, owed) == (0, [], ())
    lines = ended.out.splitlines()
    header = next(line for line in lines if "1st byte" in line)
    assert header.split() == ["step", "http", "dns", "connect", "tls", "1st", "byte", "body", "total", "sent", "reason"]
    steps = [line.split()[1] for line in lines if line.strip().startswith("✓")]
    assert steps == ["login", "quota", "quote", "submit", "payout", "login", "reverse"]
    assert lines[-1].startswith("outcome: succeeded after")


async def test_a_probe_that_is_refused_says_why_and_what_to_do_and_ends_with_1(tmp_path):
    now = SystemClock().now()
    fault = Fault(kind=FaultKind.STEP_UP, starts_at=now - 1, ends_at=now + 600)
    async with lender(faults=(fault,)) as (_, port):
        ended = await run("probe", configured(tmp_path, lender_port=port), "drawdown", folder=tmp_path)
    assert (ended.code, ended.untidy) == (1, [])
    assert "outcome: blocked after" in ended.out
    assert "in step submit" in ended.out
    assert "reason:  identity_required — an extra identity check is asked for (blame: risk)" in ended.out
    assert "do:      Ask risk operations which step-up policy" in ended.out


async def test_a_lender_that_is_not_there_is_an_outcome_and_not_a_traceback(tmp_path):
    ended = await run("probe", configured(tmp_path, lender_port=free_port()), "drawdown", folder=tmp_path)
    assert (ended.code, ended.untidy) == (1, [])
    assert "reason:  dependency_down" in ended.out


async def test_a_probe_for_machines_is_json_without_a_secret(tmp_path):
    async with lender() as (_, port):
        ended = await run("probe", configured(tmp_path, lender_port=port), "drawdown", "--json", folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["outcome"]["kind"] == "succeeded"
    assert [step["name"] for step in told["outcome"]["steps"]][:5] == ["login", "quota", "quote", "submit", "payout"]
    first = told["outcome"]["steps"][0]["phases"]
    assert first["connect"] > 0
    assert first["first_byte"] > 0
    assert first["tls"] is None
    assert told["log"][0]["url"].endswith("/v1/login")
    assert told["log"][0]["status"] == 200
    assert World().password not in ended.out


async def test_a_journey_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = configured(tmp_path)
    ended = await run("probe", path, "drawdwn", folder=tmp_path)
    assert (ended.code, ended.err) == (2, f"{path}: there is no journey 'drawdwn'; there are: drawdown\n")


async def test_a_demo_that_is_too_short_is_refused(tmp_path):
    ended = await run("demo", "--seconds", "20", folder=tmp_path)
    assert ended.code == 2
    assert "150" in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_stopped_and_then_ends_in_order(tmp_path, number):
    async with lender() as (serving, port):
        path = configured(tmp_path, lender_port=port)
        async with started("run", path, folder=tmp_path) as monitor, aiohttp.ClientSession(address(path)) as web:
            await monitor.says("running")
            async with asyncio.timeout(20), web.get("/console/events") as events:
                for _ in range(2):  # the second one comes with the first beat
                    await events.content.readuntil(b"\n\n")
            answers = {url: await fetched(web, url) for url in ("/", "/-/healthy", "/metrics", "/console/state.json")}
            report = {
                "id": "a-1",
                "journey": "app",
                "started_at": SystemClock().now(),
                "duration": 1,
                "outcome": "failed",
            }
            receipts = [await sent(web, report), await sent(web, {**report, "reason": "gateway_timeout"})]
            async with web.get("/console/events"):  # a page that stays open does not hold it up
                ended = await monitor.stop(number)
        owed = serving.owed
    assert ended.untidy == []
    assert ended.code == 0
    assert owed == ()
    assert {url: status for url, (status, _) in answers.items()} == dict.fromkeys(answers, 200)
    assert "<html" in answers["/"][1]
    assert "# TYPE drawdown_attempts_total counter" in answers["/metrics"][1]
    assert [journey["name"] for journey in json.loads(answers["/console/state.json"][1])["journeys"]] == ["drawdown"]
    assert [status for status, _ in receipts] == [400, 200]
    assert json.loads(receipts[0][1])["refused"][0]["field"] == "reason"
    assert json.loads(receipts[1][1])["accepted"] == 1


async def test_stopped_twice_while_it_draws_it_still_gives_the_money_back(tmp_path):
    now = SystemClock().now()
    slow = Fault(kind=FaultKind.SLOW_SERVERS, starts_at=now - 1, ends_at=now + 600, strength=3)
    async with lender(faults=(slow,)) as (serving, port):
        async with started("run", configured(tmp_path, lender_port=port), folder=tmp_path) as monitor:
            async with asyncio.timeout(20):
                await serving.drawn.wait()
            monitor.process.send_signal(signal.SIGINT)
            ended = await monitor.stop(signal.SIGTERM)
        assert serving.owed == ()
    assert (ended.code, ended.untidy) == (0, [])


async def fetched(web, url):
    async with web.get(url) as answer:
        return answer.status, await answer.text()


async def sent(web, report):
    async with web.post("/v1/outcomes", json=report) as answer:
        return answer.status, await answer.text()


async def test_a_port_in_use_is_told_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = await run("run", configured(tmp_path, port=port), folder=tmp_path)
        demo = await run("demo", "--listen", f"127.0.0.1:{port}", folder=tmp_path)
    for one in (ended, demo):
        assert (one.code, one.untidy) == (1, [])
        assert f"drawdown-monitor: cannot listen on 127.0.0.1:{port}: address already in use" in one.err


async def test_a_second_monitor_on_the_same_state_is_refused_in_a_sentence(tmp_path):
    first = configured(tmp_path, lender_port=free_port())
    async with started("run", first, folder=tmp_path) as monitor:
        await monitor.says("running")
        ended = await run("run", configured(tmp_path, lender_port=free_port()), folder=tmp_path)
        assert (await monitor.stop(signal.SIGTERM)).code == 0
    assert (ended.code, ended.untidy) == (1, [])
    assert "settlement.jsonl.lock is in use by another monitor" in ended.err


async def test_a_state_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "state").write_text("a file stands here", encoding="utf-8")
    ended = await run("run", configured(tmp_path), folder=tmp_path)
    assert (ended.code, ended.untidy) == (1, [])
    assert str(tmp_path / "state") in ended.err


PERSONAL = {
    "phone": "13912345678",
    "card": "6222021234567890123",
    "identity": "11010519491231002X",
    "borrower": "borrower-4711-of-the-lender",
    "mail": "li.wei@example.com",
    "password": "password=tiger-and-dragon",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0",
}


def personal_report(number, now):
    """A blocked attempt, with what must not be kept in every field that takes text."""
    said = " ".join(PERSONAL.values())
    return {
        "id": f"attempt-{number}",
        "journey": "app",
        "started_at": now - 1,
        "duration": 1,
        "reason": "limit_reduced",
        "code": PERSONAL["phone"],
        "scheme": "lender",
        "channel": PERSONAL["card"],
        "bank": PERSONAL["phone"],
        "tier": PERSONAL["mail"],
        "borrower": f"{PERSONAL['borrower']}-{number}",
        "amount": "100.00",
        "available": "5000.00",
        "explained": False,
        "step": PERSONAL["identity"],
        "detail": f"refused for {said}",
        "steps": [{"name": PERSONAL["phone"], "duration": 1, "outcome": "blocked"}],
    }


async def first_open(web, reason):
    """The first incident with `reason` that the page shows as open."""
    async with asyncio.timeout(20), web.get("/console/events") as events:
        while True:
            shown = json.loads((await events.content.readuntil(b"\n\n")).removeprefix(b"data: "))
            for incident in shown["open"]:
                if incident["line"]["reason"] == reason:
                    return incident


async def test_nothing_personal_and_no_secret_is_shown_logged_or_kept(tmp_path):
    path = configured(tmp_path, lender_port=free_port(), more="log: {format: json, level: debug}")
    async with started("run", path, folder=tmp_path) as monitor, aiohttp.ClientSession(address(path)) as web:
        await monitor.says("running")
        now = SystemClock().now()
        for number in range(40):
            assert (await sent(web, personal_report(number, now)))[0] == 200
            await sent(web, {**personal_report(number, now), "phone": PERSONAL["phone"]})
        incident = (await first_open(web, "limit_reduced"))["line"]["id"]
        urls = ["/metrics", "/console/state.json", f"/console/incidents/{incident}.json"]
        urls += [f"/console/runs/attempt-{number}.json" for number in (0, 39)]
        pages = [await fetched(web, url) for url in urls]
        ended = await monitor.stop(signal.SIGTERM)
    kept = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    with closing(RowLog(tmp_path / "state" / "store" / "raw", retention=3600.0, span=300.0)) as log:
        series = {one for _, labels, _ in log.load() for one in labels}  # they are deflated in the files
    assert len(series) > 100
    assert [status for status, _ in pages] == [200] * 5
    assert "limit_reduced" in ended.out  # somebody was told
    everything = "\n".join(
        (*(text for _, text in pages), ended.out, ended.err, kept.decode("utf-8", "replace"), *map(repr, series))
    )
    assert {what: text for what, text in PERSONAL.items() if text in everything} == {}
    assert World().password not in everything
    assert [json.loads(line)["level"] for line in ended.err.splitlines() if line.startswith("{")] != []
