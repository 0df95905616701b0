"""Who is let in, and how answers to him are signed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from partner_world import NOON, SECRET, Caller, bank, keys, partner_of, shop

from sandbox import Fault, FaultKind, Lender, LenderRequest
from sandbox.partner.clients import WINDOW
from sandbox.partner.pace import Pace
from sandbox.partner.signing import hmac_fits, rsa2_fits
from sandbox.world import Client

CLIENTS = [shop(), bank()]


def code(caller, method="GET", path="/v1/reconciliation", **more):
    return caller.ask(method, path, **more)["code"]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_a_signed_request_is_answered_and_an_unsigned_one_is_not(client):
    partner = partner_of(client)
    assert code(Caller(partner, client)) == "0"
    unsigned = Caller(partner, Client(id=client.id))
    assert code(unsigned) == "SIGNATURE_INVALID"
    assert unsigned.answer.status == 401


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_the_whole_path_can_be_walked_with_signatures(client):
    caller = Caller(partner_of(client, anonymous=False), client)
    loan = caller.draw()["data"]["loan_id"]
    caller.now += 5
    assert caller.ask("GET", f"/v1/drawdowns/{loan}")["data"]["status"] == "LOAN_SUCCESS"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_another_body_or_another_path_does_not_fit_an_rsa2_signature_and_another_body_no_hmac(client):
    caller = Caller(partner_of(client), client)
    login = caller.request("POST", "/v1/login", {"phone": "1", "password": "p", "device_id": "d"})
    assert caller.send(replace(login, body=login.body + b" "))["code"] == "SIGNATURE_INVALID"
    if client.id == "bank":
        assert caller.send(replace(login, path="/v1/quotes"))["code"] == "SIGNATURE_INVALID"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_a_request_is_answered_once(client):
    caller = Caller(partner_of(client), client)
    request = caller.request("GET", "/v1/reconciliation")
    assert [caller.send(request)["code"] for _ in range(2)] == ["0", "SIGNATURE_REPLAYED"]
    caller.now += WINDOW + 1
    assert caller.send(request)["code"] == "SIGNATURE_EXPIRED"


@pytest.mark.parametrize(
    ("late", "expected"), [(-301, "SIGNATURE_EXPIRED"), (-299, "0"), (299, "0"), (302, "SIGNATURE_EXPIRED")]
)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_the_clock_of_a_caller_may_differ_by_the_window(client, late, expected):
    caller = Caller(partner_of(client), client)
    request = caller.request("GET", "/v1/reconciliation")
    caller.now += late
    assert caller.send(request)["code"] == expected


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_a_key_that_was_rotated_refuses_the_signature_while_the_fault_lasts(client):
    partner = partner_of(client)
    where = {"client": client.id}
    partner.lender.inject(Fault(kind=FaultKind.KEY_ROTATED, starts_at=NOON, ends_at=NOON + 10, where=where))
    caller = Caller(partner, client)
    assert code(caller) == "SIGNATURE_INVALID"
    caller.now = NOON + 10
    assert code(caller) == "0"


def test_a_rotated_key_of_one_client_does_not_touch_another():
    partner = partner_of(*CLIENTS)
    partner.lender.inject(Fault(kind=FaultKind.KEY_ROTATED, starts_at=0, ends_at=4e9, where={"client": "shop"}))
    assert [code(Caller(partner, client)) for client in CLIENTS] == ["SIGNATURE_INVALID", "0"]


def test_an_id_that_nobody_has_is_refused_and_none_at_all_where_one_is_required():
    open_to_all, closed = partner_of(shop()), partner_of(shop(), anonymous=False)
    assert code(Caller(open_to_all)) == "0"
    assert code(Caller(closed)) == "CLIENT_UNKNOWN"
    assert code(Caller(open_to_all, Client(id="thief"))) == "CLIENT_UNKNOWN"
    assert Caller(closed).ask("GET", "/v1/keys")["code"] == "0"


def test_answers_are_signed_as_the_client_signs():
    partner = partner_of(*CLIENTS)
    caller = Caller(partner, shop())
    caller.ask("GET", "/v1/reconciliation")
    headers = caller.answer.headers
    signature, at = headers["X-Signature"], headers["X-Timestamp"]
    assert hmac_fits(at, caller.answer.body, signature=signature, secret=SECRET)
    caller = Caller(partner, bank())
    caller.ask("GET", "/v1/nothing")
    assert "X-Signature" not in caller.answer.headers  # refused before it was known who asks
    caller.ask("GET", "/v1/reconciliation", query={"from": "x"})
    assert caller.answer.status == 400
    at = caller.answer.headers["X-Timestamp"]
    signed = {"app_id": b"bank", "biz_content": caller.answer.body, "timestamp": at.encode()}
    assert rsa2_fits(signed, caller.answer.headers["X-Signature"], keys()[0].public_key())


@pytest.mark.parametrize("name", ["app_id", "method", "sign_type", "timestamp", "sign"])
def test_an_rsa2_request_must_have_each_of_its_parameters(name):
    caller = Caller(partner_of(bank()), bank())
    request = caller.request("GET", "/v1/reconciliation")
    kept = "&".join(part for part in request.query.split("&") if not part.startswith(f"{name}="))
    assert caller.send(replace(request, query=kept))["code"] == "SIGNATURE_INVALID"


@pytest.mark.parametrize(
    ("client", "problem"),
    [
        (bank(public_key="x"), "public_key of client 'bank' is no public key in PEM"),
        (shop(secret=""), "client 'shop' signs by hmac and has no secret"),
    ],
)
def test_a_client_without_a_usable_key_is_refused_at_once(client, problem):
    with pytest.raises(ValueError, match=problem):
        partner_of(client)
    with pytest.raises(ValueError, match="two clients have the same id"):
        partner_of(shop(), shop())


def test_who_calls_too_often_is_told_when_to_come_again():
    client = Client(id="eager", rate=2)
    caller = Caller(partner_of(client), client)
    request = caller.request("GET", "/v1/reconciliation")
    codes = [caller.send(request)["code"] for _ in range(3)]
    assert codes == ["0", "0", "TOO_MANY_REQUESTS"]
    assert (caller.answer.status, caller.answer.headers["Retry-After"]) == (429, "1")
    caller.now += 0.5
    assert caller.send(request)["code"] == "0"


@given(st.floats(0.1, 50), st.lists(st.floats(0, 2), max_size=60))
def test_no_more_pass_than_the_rate_and_a_first_handful(rate, gaps):
    pace, now, passed = Pace(rate), 1000.0, 0
    for gap in gaps:
        now += gap
        passed += pace.wait(now) == 0
    assert passed <= max(1.0, rate) + rate * (now - 1000.0) + 1e-6


def test_a_lender_without_connections_says_nothing_to_anybody():
    down = Fault(kind=FaultKind.SERVERS_DOWN, starts_at=0, ends_at=4e9)
    partner = partner_of(shop(), lender=Lender(seed=1, faults=(down,)))
    assert partner.answer(LenderRequest(method="GET", path="/v1/keys"), NOON).broken
