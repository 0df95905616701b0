"""`drawdown-monitor sandbox` as a process of its own."""

import asyncio
import signal

import aiohttp
import pytest
from monitor_program import free_port, run, started


async def address(running):
    """Where it says that it listens."""
    async with asyncio.timeout(30):
        line = (await running.process.stdout.readline()).decode()
    assert line.startswith("lender: http://127.0.0.1:")
    return line.split()[1]


async def test_it_serves_until_it_is_stopped_and_then_ends_in_order(tmp_path):
    listen = ("--listen", "127.0.0.1:0", "--report-to", "http://127.0.0.1:9")
    async with started("sandbox", *listen, "--rate", "50", folder=tmp_path) as running:
        async with aiohttp.ClientSession(await address(running)) as session:
            async with session.get("/-/state.json") as state:
                assert (await state.json())["data"]["faults"] == []
            async with asyncio.timeout(20):  # the monitor is not there, which is said once
                lines = [(await running.process.stdout.readline()).decode() for _ in range(2)]
        ended = await running.stop(signal.SIGTERM)
    assert (ended.code, ended.untidy) == (0, [])
    assert lines[0] == "50 borrowers a second, reporting to http://127.0.0.1:9\n"
    assert "does not take reports" in lines[1]
    assert "does not take reports" not in ended.out


async def test_partners_of_the_settings_must_sign_and_others_are_not_known(tmp_path):
    settings = tmp_path / "sandbox.yaml"
    settings.write_text("clients: [{id: shop, signing: hmac, secret: s3cret-word}]\n", encoding="utf-8")
    arguments = ("--listen", "127.0.0.1:0", "--rate", "0", "--settings", settings)
    async with started("sandbox", *arguments, folder=tmp_path) as running:
        async with (
            aiohttp.ClientSession(await address(running)) as session,
            session.get("/v1/quota") as nobody,
            session.get("/v1/quota", headers={"X-Client-Id": "shop"}) as unsigned,
        ):
            codes = [(await answer.json())["code"] for answer in (nobody, unsigned)]
        ended = await running.stop(signal.SIGINT)
    assert codes == ["CLIENT_UNKNOWN", "SIGNATURE_INVALID"]
    assert (ended.code, "s3cret-word" in ended.out + ended.err) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--listen", "here"], "'here' is not an address; write host:port"),
        (["--report-to", "localhost"], "'localhost' is no address"),
        (["--rate", "-1"], "greater than or equal to 0"),
        (["--settings", "gone.yaml"], "gone.yaml: cannot be read: No such file or directory\n1 problem found"),
    ],
)
async def test_wrong_arguments_are_told_and_end_with_2(tmp_path, arguments, told):
    ended = await run("sandbox", *arguments, folder=tmp_path)
    assert (ended.code, ended.untidy) == (2, [])
    assert told in ended.err


async def test_an_address_in_use_is_told_and_ends_with_1(tmp_path):
    port = free_port()
    async with started("sandbox", "--listen", f"127.0.0.1:{port}", folder=tmp_path) as running:
        await address(running)
        ended = await run("sandbox", "--listen", f"127.0.0.1:{port}", folder=tmp_path)
    assert (ended.code, f"cannot listen on 127.0.0.1:{port}" in ended.err) == (1, True)
