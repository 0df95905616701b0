"""The HTTP exchange against servers that answer well, badly, late or not at all."""

import gzip
import socket
import ssl
import subprocess
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from servers import JSON, OK, dripping, resetting, saying, serving

from drawdown.clock import SystemClock
from probes.exchange import BadAnswer, Disconnected, HttpExchange, LocalFault, NotConnected, Reply, Request, TimedOut
from probes.stopwatch import TimedTLS


@asynccontextmanager
async def app(*routes):
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def request(port, path="/", *, scheme="http", timeout=2.0, **more) -> Request:
    return Request(method=more.pop("method", "GET"), url=f"{scheme}://127.0.0.1:{port}{path}", timeout=timeout, **more)


async def ask(port, *, tls=None, body_limit=10_000, **more) -> Reply:
    async with HttpExchange(SystemClock(), tls=tls, body_limit=body_limit) as exchange:
        return await exchange.send(request(port, **more))


async def failing(answer, **more):
    async with serving(answer) as port:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is what the test asks for
            await ask(port, **more)
    return raised.value


async def test_an_answer_comes_with_its_phases():
    async with serving(saying(OK + b"Content-Length: 13\r\nX-A: 1\r\nX-A: 2\r\n\r\n" + JSON)) as port:
        reply = await ask(port)
    assert (reply.status, reply.body, reply.headers["x-a"]) == (200, JSON, "1, 2")
    phases = reply.phases
    assert phases.dns is None
    assert phases.tls is None
    assert all(phase is not None and 0 <= phase < 2 for phase in (phases.connect, phases.first_byte, phases.body))


async def test_a_name_is_looked_up_for_each_run():
    async with serving(saying(OK + b"Content-Length: 0\r\n\r\n")) as port, HttpExchange(SystemClock()) as exchange:
        reply = await exchange.send(Request(method="GET", url=f"http://localhost:{port}/", timeout=2))
    assert reply.phases.dns is not None
    assert reply.phases.connect is not None


async def test_a_refused_connection_is_none():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotConnected, match="ClientConnectorError"):
            await ask(taken.getsockname()[1])


async def test_a_server_that_never_accepts_is_not_connected():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), pytest.raises((NotConnected, TimedOut)) as raised:
            await ask(port, timeout=0.15)
    assert "in 0.15s" in str(raised.value)


async def test_a_reset_is_a_disconnect():
    assert type(await failing(resetting)) is Disconnected


async def test_a_server_that_says_nothing_disconnects():
    assert type(await failing(saying())) is Disconnected


async def test_half_an_answer_is_a_disconnect():
    assert type(await failing(saying(OK + b"Content-Length: 100\r\n\r\nhalf"))) is Disconnected
    assert type(await failing(saying(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nha"))) is Disconnected


@pytest.mark.parametrize(
    "words",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        OK + b"Content-Length: -5\r\n\r\n",
        b"\x16\x03\x01\x00\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_bad_answer(words):
    assert type(await failing(saying(words))) is BadAnswer


async def test_a_broken_encoding_is_a_bad_answer():
    words = OK + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"
    assert type(await failing(saying(words))) is BadAnswer


async def test_no_answer_in_time_keeps_the_time_that_passed():
    error = await failing(saying(hold=5), timeout=0.1)
    assert type(error) is TimedOut
    assert str(error) == "no whole answer in 0.1s"
    assert error.phases.connect is not None
    assert error.phases.first_byte == pytest.approx(0.1, abs=0.09)
    assert error.phases.body is None


async def test_an_answer_that_drips_is_ended_as_a_whole():
    error = await failing(dripping, timeout=0.15)
    assert type(error) is TimedOut
    assert error.phases.body is not None
    assert error.phases.body > 0.02


async def test_an_answer_is_read_up_to_a_limit():
    error = await failing(saying(OK + b"Content-Length: 50000\r\n\r\n" + b"x" * 50_000))
    assert type(error) is BadAnswer
    assert str(error) == "the answer is larger than 10000 bytes"


async def test_a_small_packet_that_unpacks_to_much_is_read_up_to_the_limit():
    packed = gzip.compress(b"x" * 5_000_000)
    head = OK + f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    assert type(await failing(saying(head + packed))) is BadAnswer


async def test_a_page_is_an_answer():
    async with serving(saying(OK + b"Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")) as port:
        assert (await ask(port)).text == "<html>"


async def elsewhere(_request):
    return web.Response(status=302, headers={"Location": "/there"})


async def there(_request):
    return web.Response(text="there")


async def in_circles(_request):
    return web.Response(status=302, headers={"Location": "/circle"})


async def test_a_redirect_is_an_answer_unless_it_is_to_be_followed():
    async with app(web.get("/", elsewhere), web.get("/there", there), web.get("/circle", in_circles)) as port:
        assert (await ask(port)).status == 302
        followed = await ask(port, follow_redirects=True)
        assert (followed.body, followed.phases.connect) == (b"there", None)
        with pytest.raises(BadAnswer):
            await ask(port, path="/circle", follow_redirects=True)


async def test_what_is_sent_is_what_was_asked_for():
    async def echo(request):
        names = ("X-Key", "Content-Type", "User-Agent", "Cookie")
        return web.json_response(
            {
                "method": request.method,
                "body": await request.text(),
                **{name: request.headers.get(name) for name in names},
            }
        )

    async with app(web.route("*", "/", echo)) as port:
        reply = await ask(
            port, method="POST", body=b'{"a": 1}', headers={"X-Key": "k", "Content-Type": "application/json"}
        )
    assert reply.text == (
        '{"method": "POST", "body": "{\\"a\\": 1}", "X-Key": "k", "Content-Type": "application/json", '
        '"User-Agent": "drawdown-monitor", "Cookie": null}'
    )


async def test_cookies_are_not_kept_and_connections_live_for_one_run():
    seen = []

    async def hand_out(request):
        seen.append((request.headers.get("Cookie"), request.transport.get_extra_info("peername")))
        response = web.Response()
        response.set_cookie("sid", "1")
        return response

    async with app(web.get("/", hand_out)) as port:
        for _ in range(2):
            async with HttpExchange(SystemClock()) as exchange:
                first = await exchange.send(request(port))
                second = await exchange.send(request(port))
                assert first.phases.connect is not None
                assert second.phases.connect is None
    assert [cookie for cookie, _ in seen] == [None] * 4
    assert seen[0][1] == seen[1][1] != seen[2][1] == seen[3][1]


@pytest.mark.parametrize("url", ["", "lender", "http://", "http://[::1", "ftp://127.0.0.1/", "http://x:99999/"])
async def test_an_address_that_is_none_is_our_fault(url):
    async with HttpExchange(SystemClock()) as exchange:
        with pytest.raises(LocalFault):
            await exchange.send(Request(method="GET", url=url, timeout=1))


async def test_a_header_with_a_line_break_is_not_sent():
    async with serving(saying(OK)) as port:
        with pytest.raises(LocalFault):
            await ask(port, headers={"X-Key": "a\r\nX-Other: b"})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A server's context with a certificate of its own making, and the file that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout key.pem -out cert.pem"
    )
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


async def test_a_handshake_has_a_phase_of_its_own(certificate):
    server, trusted = certificate
    tls = TimedTLS(ssl.PROTOCOL_TLS_CLIENT)
    tls.load_verify_locations(trusted)
    async with serving(saying(OK + b"Content-Length: 0\r\n\r\n"), tls=server) as port:
        phases = (await ask(port, scheme="https", tls=tls)).phases
    assert phases.tls is not None
    assert phases.connect is not None
    assert phases.tls > 0


async def test_a_certificate_that_nobody_trusts_is_no_connection(certificate):
    async with serving(saying(OK), tls=certificate[0]) as port:
        with pytest.raises(NotConnected, match=r"(?i)certificate"):
            await ask(port, scheme="https")


async def test_tls_to_a_server_without_it_is_no_connection():
    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with serving(plain) as port:
        with pytest.raises(NotConnected):
            await ask(port, scheme="https")
