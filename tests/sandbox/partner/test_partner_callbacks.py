"""Which ends of which loans are told, when, and how often."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partner_world import NOON, Caller, partner_of, shop

from sandbox import Fault, FaultKind
from sandbox.partner.callbacks import RETRIES, TAKEN, CallbackState
from sandbox.world import Client

HOUR = 3600.0
URL = "http://127.0.0.1:8/loans"
DOMAIN = [4 * 60, 10 * 60, 10 * 60, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR]


def drawn(partner, client=None, *, now=NOON + 100, **more):
    """A caller who has drawn a loan whose money is out by now."""
    caller = Caller(partner, client, now=now)
    caller.loan = caller.draw(**more)["data"]["loan_id"]
    caller.now += 10
    return caller


def due(partner, now):
    callbacks = partner.desk.callbacks
    callbacks.look(partner.lender.loan, partner.lender.faults, now)
    return list(callbacks.take_due(now))


def fault(kind, **more):
    return Fault(kind=kind, starts_at=0, ends_at=4e9, **more)


def test_the_end_of_a_loan_is_told_where_its_submit_said():
    partner = partner_of()
    caller = drawn(partner, notify_url=URL)
    [callback] = due(partner, caller.now)
    assert callback.url == URL
    message = callback.message()
    assert (message["loan_id"], message["status"], message["amount"]) == (caller.loan, "LOAN_SUCCESS", "10.00")
    assert (message["fail_code"], message["attempt"]) == (None, 1)


def test_a_loan_that_nobody_asked_about_is_told_to_nobody():
    partner = partner_of()
    caller = drawn(partner)
    assert due(partner, caller.now) == []


def test_a_client_who_is_registered_hears_of_each_of_its_loans_until_it_is_not():
    partner = partner_of(shop())
    caller = Caller(partner, shop())
    caller.ask("PUT", "/v1/callback", {"url": URL})
    first = drawn(partner, shop(), key="a")
    assert [callback.client for callback in due(partner, first.now)] == ["shop"]
    assert caller.ask("DELETE", "/v1/callback")["data"]["url"] == ""
    second = drawn(partner, shop(), key="b", now=first.now)
    assert due(partner, second.now) == []


def test_what_is_said_of_one_loan_goes_before_what_is_said_of_its_client():
    partner = partner_of(shop())
    caller = Caller(partner, shop())
    caller.ask("PUT", "/v1/callback", {"url": URL})
    caller = drawn(partner, shop())
    caller.ask("PUT", f"/v1/drawdowns/{caller.loan}/callback", {"url": URL + "/one"})
    assert [callback.url for callback in due(partner, caller.now)] == [URL + "/one"]


def test_an_address_that_comes_after_the_end_still_hears_of_it():
    partner = partner_of()
    caller = drawn(partner)
    caller.ask("PUT", f"/v1/drawdowns/{caller.loan}/callback", {"url": URL})
    assert [callback.status for callback in due(partner, caller.now)] == ["LOAN_SUCCESS"]


def test_a_failure_and_a_reversal_are_ends_too():
    partner = partner_of()
    partner.lender.inject(fault(FaultKind.CHANNEL_DOWN))
    caller = drawn(partner, notify_url=URL)
    [failed] = due(partner, caller.now)
    assert failed.message()["fail_code"] == "CHANNEL_DOWN"
    partner.lender.faults = ()
    caller = drawn(partner, key="two", now=caller.now, notify_url=URL)
    assert [callback.status for callback in due(partner, caller.now)] == ["LOAN_SUCCESS"]
    caller.ask("POST", "/v1/reversals", {"idempotency_key": "two"})
    assert [callback.status for callback in due(partner, caller.now + 30)] == ["LOAN_REVERSED"]


def test_that_a_loan_was_repaid_is_told_and_only_to_whom_it_was_drawn_through():
    partner = partner_of(shop(), Client(id="other"))
    caller = drawn(partner, shop(), notify_url=URL)
    assert [callback.status for callback in due(partner, caller.now)] == ["LOAN_SUCCESS"]
    other = Caller(partner, Client(id="other"), now=caller.now, headers=caller.headers)
    assert other.ask("POST", "/v1/repayments", {"loan_id": caller.loan})["code"] == "NOT_FOUND"
    caller.now += 1
    assert caller.ask("POST", "/v1/repayments", {"loan_id": caller.loan})["code"] == "0"
    [repaid] = due(partner, caller.now + 30)
    assert (repaid.status, repaid.message()["fail_code"]) == ("LOAN_REPAID", None)
    report = caller.ask("GET", "/v1/reconciliation")["data"]
    assert (report["loans"], report["success"]["count"], report["money_out"]["count"]) == (1, 0, 0)


def test_it_comes_again_by_the_schedule_and_is_then_given_up():
    partner = partner_of()
    caller = drawn(partner, notify_url=URL)
    [callback] = due(partner, caller.now)
    waits, now = [], caller.now
    while callback.state is CallbackState.WAITING:
        callback = partner.desk.callbacks.settle(callback, "status 500", now)
        waits.append(callback.due_at - now)
        now = callback.due_at
        given = list(partner.desk.callbacks.take_due(now))
        assert given == [callback] * (callback.state is CallbackState.WAITING)
    assert waits[:-1] == list(RETRIES) == DOMAIN
    assert callback.state is CallbackState.GIVEN_UP
    assert len(callback.tries) == 8


def test_what_was_taken_does_not_come_again_and_shows_its_lag():
    partner = partner_of()
    caller = drawn(partner, notify_url=URL)
    [callback] = due(partner, caller.now)
    later = partner.desk.callbacks.settle(callback, "no answer", caller.now)
    assert due(partner, later.due_at) == [later]
    partner.desk.callbacks.settle(later, TAKEN, later.due_at)
    caller.now = later.due_at + 500
    assert due(partner, caller.now) == []
    caller.login()
    [shown] = caller.ask("GET", f"/v1/drawdowns/{caller.loan}/callback")["data"]["deliveries"]
    assert (shown["state"], shown["lag"], shown["next_at"]) == ("delivered", 240.0, None)
    assert [one["result"] for one in shown["tries"]] == ["no answer", "success"]


def test_a_fault_delays_what_leaves():
    partner = partner_of(shop())
    partner.lender.inject(fault(FaultKind.CALLBACKS_LATE, strength=90.0, where={"client": "shop"}))
    caller = drawn(partner, shop(), notify_url=URL)
    assert due(partner, caller.now) == []
    assert due(partner, caller.now + 89) == []
    assert len(due(partner, caller.now + 90)) == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([TAKEN, "status 500", "no answer"]), max_size=12))
def test_whatever_receivers_answer_it_is_told_at_least_once_or_eight_times_in_vain(answers):
    partner = partner_of()
    caller = drawn(partner, notify_url=URL)
    [callback] = due(partner, caller.now)
    for answer in answers:
        if callback.state is not CallbackState.WAITING:
            break
        callback = callback.tried(answer, callback.due_at)
    given = answers[:8]
    taken = given.index(TAKEN) + 1 if TAKEN in given else 0
    assert len(callback.tries) == (taken or len(given))
    waits = not taken and len(given) < 8
    state = CallbackState.DELIVERED if taken else CallbackState.GIVEN_UP
    assert callback.state is (CallbackState.WAITING if waits else state)


@pytest.mark.parametrize(
    ("url", "status", "problem"),
    [
        ("ftp://127.0.0.1/x", 400, "http or https"),
        ("http://127.0.0.1:99999/", 400, "$.url"),
        ("http://user:word@127.0.0.1/", 400, "without a user"),
        ("//127.0.0.1/x", 400, "$.url"),
        ("http://127.0.0.1/\r\nX: y", 400, "$.url"),
        ("http://[::1", 400, "$.url"),
        ("http://" + "a" * 3000, 400, "2000"),
        ("http://169.254.169.254/latest", 403, "the operator can allow more"),
        ("http://127.0.0.1.evil.example/", 403, "the operator can allow more"),
        ("http://2130706433/", 403, "the operator can allow more"),
    ],
)
def test_callbacks_go_nowhere_that_was_not_allowed(url, status, problem):
    partner = partner_of(shop())
    caller = Caller(partner, shop())
    answer = caller.ask("PUT", "/v1/callback", {"url": url})
    assert (caller.answer.status, problem in answer["data"]["problem"]) == (status, True)
    assert caller.draw(notify_url=url)["code"] == answer["code"]
    assert list(partner.lender.loans()) == []  # nothing is drawn whose end could not be told


@pytest.mark.parametrize("url", ["http://localhost/x", "https://127.0.0.1:1/?a=b", "http://[::1]:80/"])
def test_this_machine_may_be_told_by_default(url):
    caller = Caller(partner_of(shop()), shop())
    assert caller.ask("PUT", "/v1/callback", {"url": url})["data"] == {"client": "shop", "url": url}


def test_nobody_without_an_id_can_be_registered():
    caller = Caller(partner_of(shop()))
    assert caller.ask("PUT", "/v1/callback", {"url": URL})["code"] == "FORBIDDEN"
    assert caller.answer.status == 403


def test_nobody_registers_for_the_loan_of_another():
    partner = partner_of(shop(), shop(id="other"))
    caller = drawn(partner, shop())
    other = Caller(partner, shop(id="other"), now=NOON + 100)
    other.login()  # as the same borrower, through another partner
    for method, path in (("PUT", f"/v1/drawdowns/{caller.loan}/callback"), ("GET", f"/v1/drawdowns/{caller.loan}")):
        other.ask(method, path, {"url": URL} if method == "PUT" else None)
        assert other.answer.status == 404
