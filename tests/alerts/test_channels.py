import asyncio
import io
import json
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from alerts_builders import T0, alert, incident

from alerts.channels import NotDelivered, StdoutChannel, WebhookChannel, open_channels
from alerts.channels.payload import fingerprint, rfc3339, webhook_payload
from alerts.incident import Change, Status
from alerts.notice import Notice, OwedNotice
from alerts.settings import StdoutSettings, WebhookSettings


def owed(one=None):
    return OwedNotice(
        key="i:opened:1:ops",
        channel="ops",
        change=Change.OPENED,
        incident=one or incident(),
        notice=Notice(title="[PAGE] app", text="line one\nline two"),
        due_at=T0,
        link="https://console.test/#incident=1jn7w8wdv",
    )


async def test_stdout_prints_the_text():
    stream = io.StringIO()
    await StdoutChannel(stream).send(owed())
    assert stream.getvalue() == "line one\nline two\n\n"


async def test_a_closed_stdout_is_a_failed_delivery():
    stream = io.StringIO()
    stream.close()
    with pytest.raises(NotDelivered):
        await StdoutChannel(stream).send(owed())


def test_a_fingerprint_is_the_one_that_prometheus_computes():
    assert fingerprint({}) == 14695981039346656037
    assert fingerprint({"name": "garland, briggs", "fear": "love is not enough"}) == 5799056148416392346


def test_the_payload_is_alertmanagers_version_4():
    beta = replace(alert(channel="beta"), resolved_at=T0 + 5, state="inactive")
    payload = webhook_payload(owed(incident(past=(beta,))))
    assert set(payload) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
        "commonAnnotations", "externalURL", "alerts",
    }  # fmt: skip
    assert (payload["version"], payload["status"], payload["receiver"]) == ("4", "firing", "ops")
    assert payload["externalURL"] == "https://console.test"
    assert payload["commonLabels"]["reason"] == "gateway_timeout"
    assert "channel" not in payload["commonLabels"]
    assert payload["commonAnnotations"] == {"notice": "line one\nline two", "notice_title": "[PAGE] app"}
    alpha, gone = payload["alerts"]
    assert (alpha["status"], alpha["startsAt"], alpha["endsAt"]) == (
        "firing",
        "2023-11-14T22:13:20.000Z",
        "0001-01-01T00:00:00Z",
    )
    assert (gone["status"], gone["endsAt"]) == ("resolved", "2023-11-14T22:13:25.000Z")
    assert alpha["generatorURL"] == "https://console.test/#incident=1jn7w8wdv"
    assert len(alpha["fingerprint"]) == 16
    json.dumps(payload)


def test_a_resolved_incident_is_a_resolved_payload():
    ended = incident(status=Status.RESOLVED, resolved_at=T0 + 9, alerts=(replace(alert(), state="inactive"),))
    assert webhook_payload(owed(ended))["status"] == "resolved"


def test_times_are_written_in_utc():
    assert rfc3339(T0 + 0.25) == "2023-11-14T22:13:20.250Z"


async def receive(answer, *, patience=5.0, token=None):
    """Send one notice to a server that replies with `answer`; what it got."""
    got = []

    async def take(request):
        got.append((request.headers, await request.json()))
        return await answer() if callable(answer) else web.Response(status=answer)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        settings = {"type": "webhook", "name": "ops", "url": str(server.make_url("/hook")), "token": token}
        webhook = WebhookSettings.model_validate(settings).model_copy(update={"timeout": patience})
        async with aiohttp.ClientSession() as session:
            await open_channels([webhook], stream=io.StringIO(), session=session)["ops"].send(owed())
    return got


async def test_a_webhook_gets_the_payload_its_key_and_its_token():
    ((headers, body),) = await receive(202, token="t0ken")
    assert body == webhook_payload(owed())
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["Idempotency-Key"] == "i:opened:1:ops"


@pytest.mark.parametrize("status", [301, 400, 429, 500])
async def test_any_other_status_is_a_failed_delivery(status):
    with pytest.raises(NotDelivered, match=f"status {status}"):
        await receive(status)


async def test_a_webhook_that_does_not_answer_is_given_up():
    async def never():
        await asyncio.Event().wait()

    with pytest.raises(NotDelivered, match=r"no answer within 0\.05 s"):
        await receive(never, patience=0.05)


async def test_a_webhook_that_is_not_there_is_a_failed_delivery_that_names_no_secret():
    url = f"http://127.0.0.1:{unused_port()}/hook?key=s3cret"
    settings = WebhookSettings.model_validate({"type": "webhook", "url": url})
    async with aiohttp.ClientSession() as session:
        channels = open_channels([settings, StdoutSettings(type="stdout")], stream=io.StringIO(), session=session)
        assert isinstance(channels["stdout"], StdoutChannel)
        assert isinstance(channels["webhook"], WebhookChannel)
        with pytest.raises(NotDelivered) as failed:
            await channels["webhook"].send(owed())
    assert "s3cret" not in str(failed.value)
