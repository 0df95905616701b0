import gzip
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from collector_samples import (
    NOW,
    callback,
    event,
    lines,
    new_callbacks,
    new_ingest,
    new_recorder,
    new_reviews,
    review,
    value,
)
from prometheus_client.parser import text_string_to_metric_families

from collector.api import add_routes
from collector.settings import CollectorSettings

NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json; charset=utf-8"}


class StoppedClock:
    def now(self):
        return NOW


@pytest.fixture
def recorder():
    return new_recorder()


@pytest.fixture
async def serve(recorder):
    clients = []

    async def start(**settings):
        app = web.Application()
        ingest = new_ingest(recorder, **settings)
        add_routes(
            app,
            ingest=ingest,
            reviews=new_reviews(recorder, **settings),
            callbacks=new_callbacks(recorder, **settings),
            recorder=recorder,
            clock=StoppedClock(),
            settings=CollectorSettings(**settings),
        )
        clients.append(TestClient(TestServer(app)))
        await clients[-1].start_server()
        return clients[-1]

    yield start
    for client in clients:
        await client.close()


async def post(client, body, headers=JSON, path="/v1/outcomes"):
    async with client.post(path, data=body, headers=headers) as reply:
        assert reply.content_type == "application/json"
        return reply.status, await reply.json()


def refused(recorder, cause):
    return value(recorder, "drawdown_ingest_refused_total", cause=cause)


async def test_outcomes_are_counted_and_seen_on_the_page(serve):
    client = await serve()
    assert await post(client, lines(event())) == (200, {"accepted": 1, "duplicates": 0, "refused": []})
    async with client.get("/metrics") as reply:
        assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = {one.name: one for one in text_string_to_metric_families(await reply.text())}
    counted = {
        sample.labels["reason"]: sample.value for sample in families["drawdown_attempts"].samples if sample.value
    }
    assert counted == {"gateway_timeout": 1}


async def test_the_page_is_openmetrics_for_who_asks_for_it(serve):
    client = await serve()
    async with client.get("/metrics", headers={"Accept": "application/openmetrics-text"}) as reply:
        assert reply.content_type == "application/openmetrics-text"
        assert (await reply.text()).endswith("# EOF\n")


async def test_good_lines_are_kept_and_bad_ones_named(serve):
    client = await serve()
    status, answer = await post(client, lines(event(), event(), event(id="a2", bank=7)), NDJSON)
    assert status == 200
    assert answer == {
        "accepted": 1,
        "duplicates": 1,
        "refused": [{"line": 3, "field": "bank", "message": "expected text of at most 64 characters"}],
    }


async def test_a_report_that_was_sent_twice_is_fine(serve):
    client = await serve()
    await post(client, lines(event()))
    assert await post(client, lines(event())) == (200, {"accepted": 0, "duplicates": 1, "refused": []})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"<html>", b'{"id": 1}'])
async def test_a_report_with_nothing_good_in_it_is_an_error(serve, recorder, body):
    client = await serve()
    status, answer = await post(client, body)
    assert (status, answer["error"], answer["accepted"]) == (400, "nothing of it could be taken", 0)
    assert answer["refused"][0]["field"]
    assert refused(recorder, "malformed") == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_another_content_type_is_refused(serve, recorder, content_type):
    client = await serve()
    status, answer = await post(client, lines(event()), {"Content-Type": content_type})
    assert status == 415
    assert answer["error"].startswith("expected a Content-Type of application/json or ")
    assert refused(recorder, "malformed") == 1


async def test_a_body_that_says_it_is_too_large_is_refused_unread(serve, recorder):
    client = await serve(max_body=2048)
    status, answer = await post(client, b"x" * 2049)
    assert (status, answer) == (413, {"error": "the body is larger than 2048 bytes; send it in parts"})
    assert refused(recorder, "too_large") == 1


async def test_a_body_that_only_grows_is_read_no_further_than_the_limit(serve):
    client = await serve(max_body=2048)
    given = []

    async def endless():
        while True:
            given.append(b"x" * 1024)
            yield given[-1]

    status, _ = await post(client, endless())
    assert status == 413
    assert len(given) < 10_000


async def test_a_body_as_large_as_the_limit_is_taken(serve):
    client = await serve(max_body=2048)
    body = lines(event()).ljust(2048)
    assert (await post(client, body))[0] == 200


async def test_a_compressed_body_is_unpacked_and_measured_unpacked(serve):
    client = await serve(max_body=64 * 1024)
    packed = {**JSON, "Content-Encoding": "gzip"}
    assert (await post(client, gzip.compress(lines(event())), packed))[0] == 200
    assert (await post(client, gzip.compress(b" " * 10_000_000), packed))[0] == 413


async def test_a_body_that_is_not_compressed_as_it_says_is_refused_without_a_traceback(serve, caplog):
    client = await serve()
    status, answer = await post(client, b"not gzip at all", {**JSON, "Content-Encoding": "gzip"})
    assert (status, answer) == (400, {"error": "the body is not encoded as its headers say, or broke off"})
    await client.close()
    assert caplog.records == []


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer wrong-token"}, {"Authorization": "Basic right-token"}, {"Authorization": "ä"}],
)
async def test_without_the_token_nothing_is_taken(serve, recorder, header):
    client = await serve(token="right-token")
    status, answer = await post(client, lines(event()), {**JSON, **header})
    assert (status, set(answer)) == (401, {"error"})
    assert "right-token" not in answer["error"]
    assert refused(recorder, "unauthorized") == 1


async def test_with_the_token_outcomes_are_taken_and_the_page_needs_none(serve):
    client = await serve(token="right-token")
    assert (await post(client, lines(event()), {**JSON, "Authorization": "bearer right-token"}))[0] == 200
    async with client.get("/metrics") as reply:
        assert reply.status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method_is_an_error_in_json(serve, method):
    client = await serve()
    async with client.request(method, "/v1/outcomes") as reply:
        assert (reply.status, reply.headers["Allow"]) == (405, "POST")
        assert json.loads(await reply.text()) == {"error": "reports are sent with POST"}


async def test_reviews_are_taken_beside_outcomes_with_the_same_token_and_the_same_answers(serve, recorder):
    client = await serve(token="0123456789")
    known = {**NDJSON, "Authorization": "Bearer 0123456789"}
    reported = lines(review(), review(), review(id="r2", decision="maybe"))
    status, answer = await post(client, reported, known, path="/v1/reviews")
    assert (status, answer["accepted"], answer["duplicates"]) == (200, 1, 1)
    assert answer["refused"] == [
        {"line": 3, "field": "decision", "message": "expected one of upheld, overturned"},
    ]
    assert (await post(client, reported, NDJSON, path="/v1/reviews"))[0] == 401
    assert (refused(recorder, "malformed"), refused(recorder, "unauthorized")) == (1, 1)


async def test_callbacks_are_taken_with_the_same_token_and_the_same_answers(serve, recorder):
    client = await serve(token="secret-token")
    known = {**NDJSON, "Authorization": "Bearer secret-token"}
    status, answer = await post(client, lines(callback(), callback(id="")), known, path="/v1/callbacks")
    assert (status, answer["accepted"], answer["refused"][0]["field"]) == (200, 1, "id")
    assert value(recorder, "drawdown_callback_lag_seconds_count", journey="app", channel="alpha") == 1
    assert (await post(client, lines(callback()), NDJSON, path="/v1/callbacks"))[0] == 401
