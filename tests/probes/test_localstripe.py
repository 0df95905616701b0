"""A journey against a payment service that we did not write: localstripe, which speaks Stripe's interface."""

import warnings
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from drawdown.clock import SystemClock
from drawdown.codes import public_codes
from drawdown.document import read_document
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from probes.exchange import HttpExchange
from probes.journey import load_journey
from probes.runner import run

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Bare functions are deprecated", DeprecationWarning)
    from localstripe import server

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOURNEY = load_journey(
    read_document(Path(__file__).parent / "journeys" / "stripe.yaml"),
    variables=frozenset({"base_url", "key", "card"}),
    codes=public_codes(),
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def base_url():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server.store, "dump_to_disk", lambda: None)  # else it writes into /tmp at each request
        runner = web.AppRunner(server.app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


async def pay(base_url, settlement, card, key="sk_test_12345"):
    clock = SystemClock()
    async with HttpExchange(clock) as exchange:
        return await run(
            JOURNEY,
            exchange=exchange,
            clock=clock,
            settlement=settlement,
            variables={"base_url": base_url, "card": card, "key": SecretStr(key)},
            codes=public_codes(),
            origin=Origin.PROBE,
        )


async def test_a_good_card_pays_and_is_refunded(base_url, settlement):
    done = await pay(base_url, settlement, "4242424242424242")
    outcome = done.outcome
    assert (outcome.kind, outcome.reason, outcome.detail) == (Kind.SUCCEEDED, Reason.NONE, "")
    assert [step.name for step in outcome.steps] == [*JOURNEY.step_names]
    assert all(step.kind is Kind.SUCCEEDED for step in outcome.steps)
    assert outcome.attempt.amount == 1999.0
    assert settlement.owed() == ()
    refunds = [each for each in server.store.values() if each.object == "refund"]
    assert refunds[-1].amount == 1999


async def test_a_declined_card_is_blocked_by_risk_and_not_an_outage(base_url, settlement):
    outcome = (await pay(base_url, settlement, "4000000000000002")).outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.BLOCKED, Reason.RISK_DECLINED, "attach")
    assert (outcome.code, outcome.explained) == ("card_declined", True)
    assert outcome.steps[-1].status == 402


async def test_a_card_that_is_declined_when_charged_owes_nothing(base_url, settlement):
    outcome = (await pay(base_url, settlement, "4000000000000341")).outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.BLOCKED, Reason.RISK_DECLINED, "confirm")
    assert (outcome.code, outcome.explained) == ("card_declined", True)
    assert [step.name for step in outcome.steps if step.cleanup] == ["refund"]
    assert settlement.owed() == ()


async def test_a_wrong_key_is_a_credential_and_shown_nowhere(base_url, settlement):
    done = await pay(base_url, settlement, "4242424242424242", key="pk_wrong_key")
    assert (done.outcome.reason, done.outcome.step) == (Reason.CREDENTIAL, "customer")
    assert "pk_wrong_key" not in repr(done)
