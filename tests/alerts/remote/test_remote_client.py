import asyncio
import gzip
import json
import math
import ssl
import subprocess

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import SECRET, asking, saying

from alerts.promql import PromQLError
from alerts.remote.client import CannotAsk, Client, tls_of
from alerts.remote.decoding import Metrics, Unanswered, Unreachable, decode
from alerts.remote.settings import PrometheusSettings, TlsSettings
from alerts.remote.split import Part
from bench.servers import free_port
from drawdown.series import Labels

PART, SCALAR = Part("up == 0"), Part("scalar(up)", scalar=True)


def told(result, kind="vector", **more):
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more})


def element(value, **labels):
    return {"metric": labels, "value": [1.5, value]}


VECTOR = told(
    [element("0.5", __name__="up", job="a"), element("NaN", job="b"), element("-Inf"), element("1e-9", job="c")]
)


async def test_a_query_is_posted_with_its_time_and_the_answer_read():
    async with asking(saying(VECTOR), path="/prometheus?dedup=true", timeout="5s") as (client, server):
        vector = await client.ask(PART, 1700000000.25)
    ((form, _, path),) = server.seen
    assert (form["query"], form["time"], form["timeout"], path) == (
        "up == 0", "1700000000.250", "5s", "/prometheus/api/v1/query?dedup=true",
    )  # fmt: skip
    assert form["partial_response"] == "false"
    assert vector.labels == (Labels(__name__="up", job="a"), Labels(job="b"), Labels(), Labels(job="c"))
    assert [repr(value) for value in vector.values.tolist()] == ["0.5", "nan", "-inf", "1e-09"]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (told([1, "0.5"], "scalar"), 0.5),
        (told([element("0.5")]), 0.5),
        (told([]), math.nan),
        (told([1, "NaN"], "scalar", infos=["PromQL info: odd"], warnings=["PromQL warning: quantile"]), math.nan),
    ],
)
async def test_a_scalar_is_read_also_where_the_other_side_knows_none(body, value):
    async with asking(saying(body)) as (client, _):
        vector = await client.ask(SCALAR, 0)
    assert vector.scalar
    assert vector.values.tolist() == pytest.approx([value], nan_ok=True)


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"auth": {"bearer": SECRET}}, {"Authorization": f"Bearer {SECRET}"}),
        ({"auth": {"basic": {"username": "u", "password": "通"}}}, {"Authorization": "Basic dTrpgJo="}),
        ({"headers": {"X-Scope-OrgID": "lender"}}, {"X-Scope-OrgID": "lender"}),
    ],
)
async def test_it_is_told_who_asks(settings, headers):
    async with asking(saying(VECTOR), **settings) as (client, server):
        await client.ask(PART, 0)
    assert {name: server.seen[0][1][name] for name in headers} == headers


def refusal(kind, text):
    return json.dumps({"status": "error", "errorType": kind, "error": text})


ALIVE = [
    (400, refusal("bad_data", 'invalid parameter "query"'), "it refuses the query: bad_data: "),
    (422, refusal("execution", "many-to-many\nmatching not allowed"), "execution: many-to-many matching not allowed"),
    (429, "slow down", "it is asked too often; raise the interval of the rules, or its limits (status 429)"),
    (413, "", "the query is too long for it"),
    (200, told([], "matrix"), "it answers with matrix where a vector was asked for"),
    (200, told([1, "x"], "string"), "it answers with string where a vector"),
    (200, told([1, "1"], "scalar"), "it answers with scalar where a vector"),
    (200, told([element("1", a="b"), element("2", c="", a="b")]), 'two elements with the same labels, {a="b"}'),
    (200, told([element("many")]), "it gives 'many' where a number should be"),
    (200, told([{"metric": {}, "histogram": [1, {}]}]), "native histograms, which are not supported"),
    (200, told([], warnings=["store 3 is down"]), "its answer is not complete: store 3 is down"),
    (200, told([], isPartial=True), "its answer is not complete: some of its stores did not answer"),
    (503, refusal("timeout", "query timed out in expression evaluation"), "it refuses the query: timeout: "),
]  # fmt: skip
DOWN = [
    (401, refusal("unauthorized", SECRET), "it wants to know who asks; check alerts.source.prometheus.auth (sta"),
    (403, SECRET, "it does not let us ask; check alerts.source.prometheus.auth"),
    (404, "404 page not found", "it has no /api/v1/query; check alerts.source.prometheus.url"),
    (405, "", "it takes no POST at /api/v1/query"),
    (302, "", "it answers with a redirect (302), perhaps to a page to log in"),
    (200, "<!doctype html><title>Log in</title>", "it answers with a page (status 200); check "),
    (200, VECTOR[:-20], "something that is no answer of a Prometheus, or is cut off (status 200)"),
    (200, "", "something that is no answer"),
    (200, "null", "something that is no answer"),
    (200, '{"status": "success"}', "something that is no answer"),
    (200, '{"hello": "world"}', "something that is no answer"),
    (200, b"\xff\xfe\x00", "something that is no answer"),
    (200, '{"status": "success", "data": ' + "[" * 100_000, "something that is no answer"),
    (502, "<html>Bad Gateway</html>", "it answers with status 502; look into its log"),
    (503, "Service Unavailable", "it answers with status 503"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "message"), ALIVE, ids=str)
async def test_an_answer_that_is_of_no_use_says_why(status, body, message):
    await expect_error(Unanswered, saying(body, status=status), message)


@pytest.mark.parametrize(("status", "body", "message"), DOWN, ids=lambda case: str(case)[:60])
async def test_an_answer_of_no_prometheus_says_what_to_look_at(status, body, message):
    await expect_error(Unreachable, saying(body, status=status), message)


async def expect_error(kind, answer, message, **settings):
    async with asking(answer, auth={"bearer": SECRET}, **settings) as (client, _):
        with pytest.raises(Unanswered) as caught:
            await client.ask(PART, 0)
    host, _, rest = caught.value.message.partition(": ")
    assert type(caught.value) is kind
    assert host.startswith("127.0.0.1:")
    assert rest.startswith(message) or message in rest
    assert SECRET not in rest
    assert len(rest) < 400


async def test_a_long_refusal_is_cut():
    await expect_error(Unanswered, saying(refusal("execution", "x" * 10_000), status=422), "it refuses the query")


async def test_an_answer_beyond_the_limit_is_not_read_to_its_end():
    sent = []

    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while len(sent) < 10_000:
                await response.write(b"x" * 100_000)
                sent.append(1)
        except ConnectionError:
            pass
        return response

    await expect_error(Unanswered, endless, "its answer is longer than 1000000 bytes", limit=1_000_000)
    assert len(sent) < 1000


async def test_an_answer_that_is_small_only_while_it_is_packed_is_not_unpacked_to_its_end():
    async def packed(_request):
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=gzip.compress(b" " * 50_000_000), headers=headers)

    await expect_error(Unanswered, packed, "its answer is longer than 1000000 bytes", limit=1_000_000)


async def test_a_connection_that_breaks_off_is_told():
    async def broken(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        request.transport.abort()
        return response

    await expect_error(Unreachable, broken, "it cannot be asked: the connection broke off in the middle of the answer")


async def test_whoever_does_not_answer_in_time_is_given_up():
    async def hanging(_request):
        await asyncio.Event().wait()

    async with asking(hanging, timeout="100ms") as (client, _):
        with pytest.raises(Unreachable, match="it gave no answer within 100ms"):
            await client.ask(PART, 0)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:{port}/{secret}", "it cannot be asked: connection refused$"),
        ("http://nowhere.invalid/{secret}", "its name is not known; check alerts.source.prometheus.url"),
    ],
)
async def test_an_address_where_nobody_is_is_told_without_its_path(url, message):
    address = url.format(port=free_port(), secret=SECRET)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unreachable, match=message) as caught:
            await Client(PrometheusSettings(url=address), session).ask(PART, 0)
    assert SECRET not in caught.value.message


def test_files_of_tls_that_cannot_be_used_are_named(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(CannotAsk, match=r"tls: .*missing.pem: no such file"):
        tls_of(TlsSettings(ca_file="missing.pem"), directory=tmp_path)
    with pytest.raises(CannotAsk, match=r"tls: .*ca.pem: "):
        tls_of(TlsSettings(ca_file="ca.pem"), directory=tmp_path)
    assert tls_of(TlsSettings(), directory=tmp_path) is True


def test_a_key_under_a_password_is_refused_and_nobody_asked_for_it(certificate, tmp_path):
    command = ["openssl", "ec", "-in", certificate.key, "-aes256", "-passout", "pass:s3cret", "-out", "locked.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    tls = TlsSettings(cert_file=certificate.cert, key_file="locked.pem")
    with pytest.raises(CannotAsk, match=r"locked.pem: "):
        tls_of(tls, directory=tmp_path)
    assert tls_of(TlsSettings(cert_file=certificate.cert, key_file=certificate.key), directory=tmp_path) is not True


async def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_of_our_authority_taken(certificate, tmp_path):
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate.cert, certificate.key)
    app = web.Application()
    app.router.add_post("/api/v1/query", saying(VECTOR))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_side)
        await site.start()
        settings = PrometheusSettings(url=f"https://127.0.0.1:{runner.addresses[0][1]}")
        with pytest.raises(Unreachable, match=r"its certificate is not trusted; name the authority in .*ca_file"):
            await ask_over_tls(settings, tls=True)
        tls = tls_of(TlsSettings(ca_file=certificate.cert), directory=tmp_path)
        assert len((await ask_over_tls(settings, tls=tls)).labels) == 4
    finally:
        await runner.cleanup()


async def ask_over_tls(settings, *, tls):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        return await Client(settings, session).ask(PART, 0)


def test_labels_that_come_again_are_the_same_object_and_few_are_remembered():
    metrics = Metrics(most=2)
    first, again = (decode(VECTOR.encode(), PART, Metrics()).labels for _ in range(2))
    assert first == again
    kept = [decode(told([element("1", a=name)]).encode(), PART, metrics).labels[0] for name in "aabac"]
    assert [kept[0] is one for one in kept] == [True, True, False, True, False]
    assert decode(told([element("1", a="a")]).encode(), PART, metrics).labels == (Labels(a="a"),)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["success", "vector", "scalar", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "data", "resultType", "result", "metric", "value", "x"]), inner)
    ),
    max_leaves=10,
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()), st.booleans())
def test_whatever_comes_is_an_answer_or_one_of_the_errors_that_are_told(body, scalar):
    try:
        vector = decode(body, Part("x", scalar=scalar), Metrics())
    except (PromQLError, ValueError):
        return
    assert len(vector.labels) == len(vector.values)
