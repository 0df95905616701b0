import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdown.codes import merged, public_codes, reason_of
from drawdown.reasons import Reason
from sandbox import Fault, FaultKind, Lender, LenderRequest, World, codes
from sandbox.scheme import Code
from sandbox.wire import Refused, refusal

LONG_AGO, FAR_AWAY = 0.0, 4e9


def always(kind, **more):
    return Fault(kind=kind, starts_at=LONG_AGO, ends_at=FAR_AWAY, **more)


def ending(phone):
    """How a drawdown comes out: the code of whichever answer ends it, `0` when the money is out."""
    answer = phone.draw()
    if answer is None or answer["code"] != "0":
        return answer and answer["code"]
    return phone.status(answer["data"]["loan_id"], at=phone.now + 10)["fail_code"] or "0"


def test_money_is_audited_then_on_its_way_then_out(phone):
    answer = phone.draw()
    drawn = phone.now
    assert phone.answer.status == 202
    assert answer["data"]["status"] == "AUDITING"
    seen = [phone.status(answer["data"]["loan_id"], at=drawn + late)["status"] for late in (0.1, 0.7, 3.0)]
    assert seen == ["AUDITING", "CREATED", "LOAN_SUCCESS"]


def test_a_quote_names_the_channel_and_the_bank_of_the_card(phone):
    phone.login()
    quote = phone.quote("1000.00")["data"]
    assert (quote["channel"], quote["bank"], quote["fee"]) == ("alpha", "icbc", "15.00")


def test_the_quota_is_written_as_money(phone):
    phone.login()
    assert phone.ask("GET", "/v1/quota")["data"] == {"total": "10.00", "available": "10.00"}


def test_the_same_key_and_parameters_get_the_stored_answer_and_no_second_loan(phone, lender):
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    first = phone.submit(quote)
    assert "Idempotent-Replayed" not in phone.answer.headers
    assert phone.submit(quote) == first
    assert phone.answer.headers["Idempotent-Replayed"] == "true"
    assert phone.answer.status == 202
    assert len(lender.outstanding(phone.now)) == 1


def test_the_same_key_with_other_parameters_is_refused(phone):
    phone.draw("10.00")
    answer = phone.submit(phone.quote("9.00")["data"]["quote_id"], "9.00")
    assert (phone.answer.status, answer["code"]) == (422, "KEY_REUSED")


def test_a_refusal_is_replayed_like_any_answer(phone, lender):
    lender.inject(always(FaultKind.STEP_UP))
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    first = phone.submit(quote)
    lender.faults = ()
    assert phone.submit(quote) == first
    assert first["code"] == "IDENTITY_REQUIRED"


def test_two_borrowers_may_use_the_same_key(lender, phone_of):
    for number in ("13800000001", "13900000004"):
        phone = phone_of(lender, number=number)
        assert phone.draw(key="same")["code"] == "0"
    assert len(lender.outstanding(phone.now)) == 2


def test_a_reversal_gives_back_what_was_drawn_and_can_be_repeated(phone, lender):
    loan = phone.draw()["data"]["loan_id"]
    phone.now += 10
    assert len(lender.outstanding(phone.now)) == 1
    assert [phone.reverse(), phone.reverse()] == ["REVERSED", "REVERSED"]
    assert phone.status(loan)["status"] == "LOAN_REVERSED"
    assert lender.outstanding(phone.now) == ()


def test_a_loan_on_its_way_can_be_reversed(phone, lender):
    phone.draw()
    phone.now -= 0.9
    assert phone.reverse() == "REVERSED"
    assert lender.outstanding(phone.now + 10) == ()


def test_a_key_that_drew_nothing_is_spent_by_its_reversal(phone, lender):
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    assert phone.reverse("late") == "NOTHING_DRAWN"
    assert phone.submit(quote, key="late")["code"] == "KEY_REVERSED"
    assert phone.reverse("late") == "NOTHING_DRAWN"
    assert lender.outstanding(phone.now) == ()


def test_a_payout_that_failed_leaves_nothing_to_reverse(phone, lender):
    lender.inject(always(FaultKind.CHANNEL_TIMEOUT))
    phone.draw()
    phone.now += 10
    assert phone.reverse() == "NOTHING_DRAWN"
    assert lender.outstanding(phone.now) == ()


def test_nobody_reverses_or_sees_the_loan_of_another(lender, phone, phone_of):
    loan = phone.draw()["data"]["loan_id"]
    other = phone_of(lender, number="13900000004")
    other.login()
    assert other.reverse() == "NOTHING_DRAWN"
    assert other.ask("GET", f"/v1/drawdowns/{loan}")["code"] == "NOT_FOUND"
    assert len(lender.outstanding(phone.now, phone=phone.number)) == 1


def test_a_slow_channel_fails_the_loan_when_the_lender_gives_up(phone, lender):
    lender.inject(always(FaultKind.CHANNEL_TIMEOUT, where={"channel": "alpha"}))
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    assert phone.status(loan, at=drawn + 3.0)["status"] == "CREATED"
    failed = phone.status(loan, at=drawn + 3.6)
    assert (failed["status"], failed["fail_code"], failed["channel"]) == ("LOAN_FAILED", "CHANNEL_TIMEOUT", "alpha")
    assert failed["guidance"]


def test_a_cut_limit_is_refused_with_both_limits_while_the_display_is_stale(phone, lender):
    lender.inject(always(FaultKind.LIMIT_CUT))
    answer = phone.draw("10.00")
    assert answer["code"] == "LIMIT_REDUCED"
    assert answer["data"] == {"old_limit": "10.00", "new_limit": "2.00"}
    assert phone.ask("GET", "/v1/quota")["data"]["available"] == "10.00"
    assert phone.draw("2.00", key="lower")["code"] == "0"


def test_more_than_is_shown_is_another_refusal(phone):
    assert phone.draw("10.01")["code"] == "LIMIT_EXCEEDED"


STRANGER = "13900000004"


def available(phone):
    return float(phone.ask("GET", "/v1/quota")["data"]["available"])


def test_what_is_drawn_is_no_longer_available_until_it_is_given_back(lender, phone_of):
    phone = phone_of(lender, number=STRANGER)
    phone.login()
    before = available(phone)
    assert phone.draw("1000.00", key="one")["code"] == "0"
    assert available(phone) == before - 1000
    assert phone.draw(f"{before:.2f}", key="two")["code"] == "LIMIT_EXCEEDED"
    assert phone.reverse("one") == "REVERSED"
    assert available(phone) == before


def test_a_payout_that_failed_is_available_again(lender, phone_of):
    phone = phone_of(lender, number=STRANGER)
    phone.login()
    before = available(phone)
    lender.inject(always(FaultKind.CHANNEL_DOWN))
    phone.draw("1000.00")
    phone.now += 5
    assert available(phone) == before


def repay(phone, loan):
    return phone.ask("POST", "/v1/repayments", {"loan_id": loan})


def drawn(phone, key="one"):
    """A loan of a stranger that was paid out."""
    loan = phone.draw("1000.00", key=key)["data"]["loan_id"]
    phone.now += 5
    return loan


def test_a_loan_that_is_repaid_in_time_is_available_again_and_raises_the_limit_once(lender, phone_of):
    phone = phone_of(lender, number=STRANGER)
    phone.login()
    before = available(phone)
    loan = drawn(phone)
    answer = repay(phone, loan)["data"]
    assert (answer["loan_id"], answer["status"], answer["in_time"]) == (loan, "LOAN_REPAID", True)
    assert float(answer["limit"]) == available(phone) > before
    assert repay(phone, loan)["data"] == answer
    assert phone.status(loan)["status"] == "LOAN_REPAID"
    assert phone.reverse("one") == "NOTHING_DRAWN"
    assert lender.outstanding(phone.now) == ()


def test_a_loan_that_is_repaid_late_lowers_the_limit(phone_of):
    phone = phone_of(Lender(World(due=60.0), seed=1), number=STRANGER)
    phone.login()
    before, loan = available(phone), drawn(phone)
    phone.now += 60
    answer = repay(phone, loan)["data"]
    assert answer["in_time"] is False
    assert float(answer["limit"]) == available(phone) < before


def test_only_ones_own_loan_that_was_paid_out_can_be_repaid(lender, phone, phone_of):
    other = phone_of(lender, number=STRANGER)
    early = other.draw("1000.00")["data"]["loan_id"]
    other.now -= 0.95
    answer = repay(other, early)
    assert (other.answer.status, answer["code"], answer["data"]) == (409, "NOTHING_OWED", {"status": "AUDITING"})
    phone.login()
    assert repay(phone, early)["code"] == repay(phone, "none")["code"] == "NOT_FOUND"
    other.reverse("key-1")
    other.now += 10
    assert repay(other, early)["data"] == {"status": "LOAN_REVERSED"}


def test_the_probe_s_limit_is_not_raised_however_often_it_repays(phone):
    loan = phone.draw()["data"]["loan_id"]
    phone.now += 5
    assert repay(phone, loan)["data"]["limit"] == "10.00"


def test_a_step_up_says_where_to_do_the_check(phone, lender):
    lender.inject(always(FaultKind.STEP_UP))
    answer = phone.draw()
    assert answer["code"] == "IDENTITY_REQUIRED"
    assert answer["data"]["link"].startswith("https://")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.CHANNEL_TIMEOUT, "CHANNEL_TIMEOUT"),
        (FaultKind.CHANNEL_DOWN, "CHANNEL_DOWN"),
        (FaultKind.STEP_UP, "IDENTITY_REQUIRED"),
        (FaultKind.LIMIT_CUT, "LIMIT_REDUCED"),
    ],
)
def test_a_fault_of_a_slice_hits_the_probe_if_it_is_in_it_and_not_otherwise(phone_of, kind, code):
    seen = [
        ending(phone_of(Lender(seed=1, faults=(always(kind, where={"channel": channel}),))))
        for channel in ("alpha", "beta")
    ]
    assert seen == [code, "0"]


def test_an_explanation_that_was_taken_away_is_not_in_the_answer(phone, lender):
    lender.inject(always(FaultKind.UNEXPLAINED))
    lender.inject(always(FaultKind.STEP_UP))
    answer = phone.draw()
    assert answer["code"] == "IDENTITY_REQUIRED"
    assert (answer["guidance"], answer["guidance_en"], answer["message_en"]) == ("", "", "the request failed")


def test_slow_servers_answer_late_and_dead_ones_not_at_all(phone, lender):
    lender.inject(always(FaultKind.SLOW_SERVERS))
    phone.login()
    assert phone.answer.after > 1
    lender.faults = (always(FaultKind.SERVERS_DOWN),)
    phone.login()
    assert phone.answer.broken


def test_chance_never_refuses_the_probe(phone):
    seen = set()
    for number in range(400):
        answer = phone.draw(key=f"key-{number}")
        seen.add(phone.status(answer["data"]["loan_id"], at=phone.now + 2)["status"])
    assert seen == {"LOAN_SUCCESS"}


def test_many_devices_of_one_borrower_are_blocked_and_forgotten_after_a_while(phone):
    for number in range(5):
        phone.login(f"device-{number}")
    assert phone.submit(phone.quote()["data"]["quote_id"])["code"] == "MULTI_DEVICE"
    phone.now += 700
    assert phone.draw(key="later")["code"] == "0"


def test_a_wrong_password_gets_no_token(phone):
    phone.password = "guess"
    assert phone.login()["code"] == "PASSWORD_WRONG"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer .", "Basic abc", "Bearer eA==.é", "Bearer \udc80.\udc80"]
)
def test_a_token_that_the_lender_did_not_issue_is_refused(phone, header):
    answer = phone.ask("GET", "/v1/quota", authorization=header)
    assert (phone.answer.status, answer["code"]) == (401, "TOKEN_INVALID")


def test_a_token_ends_after_a_day_and_outlives_a_restart(phone):
    phone.login()
    phone.lender = Lender(seed=1)
    assert phone.ask("GET", "/v1/quota")["code"] == "0"
    phone.now += 86_401
    assert phone.ask("GET", "/v1/quota")["code"] == "TOKEN_INVALID"


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/v1/login", b"{", "truncated"),
        ("/v1/login", b"\xff", "malformed"),
        ("/v1/login", b"[" * 100_000, ""),
        ("/v1/login", b"{}", "missing required field `phone`"),
        ("/v1/quotes", b'{"amount": "NaN", "term_months": 6, "card": "6222-icbc-1"}', "$.amount"),
        ("/v1/quotes", b'{"amount": "-1", "term_months": 6, "card": "6222-icbc-1"}', "$.amount"),
        ("/v1/quotes", b'{"amount": "1e999999", "term_months": 6, "card": "6222-icbc-1"}', "$.amount"),
        ("/v1/quotes", b'{"amount": "1.005", "term_months": 6, "card": "6222-icbc-1"}', "$.amount"),
        ("/v1/quotes", b'{"amount": "9.00", "term_months": "x", "card": "6222-icbc-1"}', "$.term_months"),
        ("/v1/drawdowns", b'{"quote_id": "none", "amount": "9.00"}', "$.quote_id"),
        ("/v1/reversals", b'{"idempotency_key": 7}', "$.idempotency_key"),
    ],
)
def test_a_malformed_body_is_refused_naming_what_is_wrong(phone, path, body, problem):
    phone.login()
    headers = {**phone.headers, "Idempotency-Key": "k"}
    answer = phone.lender.answer(LenderRequest(method="POST", path=path, headers=headers, body=body), phone.now + 1)
    content = json.loads(answer.body)
    assert (answer.status, content["code"]) == (400, "BAD_REQUEST")
    assert problem in content["data"]["problem"]


def test_a_drawdown_needs_a_key_and_the_quoted_amount(phone):
    phone.login()
    quote = phone.quote("10.00")["data"]["quote_id"]
    assert "Idempotency-Key" in phone.submit(quote, key="")["data"]["problem"]
    assert "not the quoted one" in phone.submit(quote, "9.00")["data"]["problem"]


def test_a_card_of_no_bank_cannot_be_paid_to(phone):
    phone.card = "6222-nobank-1"
    phone.login()
    assert phone.quote()["code"] == "BAD_ACCOUNT"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/login/", "/v1/drawdowns/", "", "*"])
def test_an_unknown_path_is_not_found(phone, path):
    assert phone.ask("GET", path)["code"] == ("NOT_FOUND")
    assert phone.answer.status == 404


def test_a_wrong_method_is_told_the_right_one(phone):
    assert phone.ask("DELETE", "/v1/login")["data"] == {"allowed": ["POST"]}
    assert phone.answer.status == 405


@pytest.mark.parametrize("code", Code)
def test_every_refusal_says_what_and_what_to_do_in_two_languages(code):
    content = json.loads(refusal(Refused(code)).body)
    assert content["code"] == code
    assert all(content[part] for part in ("message", "message_en", "guidance", "guidance_en"))


@pytest.mark.parametrize("code", Code)
def test_every_code_is_mapped_to_a_reason(code):
    known = merged(public_codes(), codes())
    assert reason_of(known, "sandbox", code.value) is code.reason is not Reason.UNMAPPED


def test_what_is_old_is_forgotten(phone_of):
    lender = Lender(World(memory=60.0), seed=1)
    phone = phone_of(lender)
    first = phone.draw(key="0")["data"]["loan_id"]
    for number in range(1, 50):
        phone.draw(key=str(number))
    assert phone.ask("GET", f"/v1/drawdowns/{first}")["code"] == "NOT_FOUND"
    assert len(lender.outstanding(phone.now)) <= 60 / 3 + 1


def test_what_is_drawn_without_a_key_is_not_remembered(phone, lender):
    loan = phone.draw(key="k")["data"]["loan_id"]
    assert phone.status(loan, at=phone.now + 10)["status"] == "LOAN_SUCCESS"
    stranger = lender.applicants.find("13900000001")
    card = lender.applicants.card("6222-icbc-1")
    quote = lender.quote(stranger, phone.now, cents=10_000, card=card).content
    taken = lender.submit(stranger, phone.now, key="", quote=quote).content
    assert lender.status(stranger, phone.now + 10, loan=taken.loan).content.status == "LOAN_SUCCESS"
    assert [each.id for each in lender.outstanding(phone.now)] == [loan]


@pytest.mark.parametrize(("share", "ends"), [(0.1, "0"), (0.5, "UNDER_REVIEW")])
def test_an_account_that_the_lender_knows_is_hit_by_what_hits_half_of_all_and_not_by_what_hits_few(
    share, ends, phone_of
):
    lender = Lender(seed=1, faults=(always(FaultKind.REVIEW_HOLD, strength=share),))
    assert ending(phone_of(lender)) == ends


PATHS = st.sampled_from(
    ["/v1/login", "/v1/quota", "/v1/quotes", "/v1/drawdowns", "/v1/drawdowns/loan-00000001", "/v1/reversals"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["phone", "password", "device_id", "amount", "card", "quote_id"]), inner)
    ),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))


REQUESTS = st.builds(
    LenderRequest,
    method=st.sampled_from(["GET", "POST"]) | st.text(max_size=6),
    path=PATHS | st.text(),
    body=JSON | st.binary(max_size=200),
    headers=st.dictionaries(st.sampled_from(["Authorization", "idempotency-key", "x"]), st.text()),
)


@settings(max_examples=150, deadline=None)
@given(request=REQUESTS, genuine=st.booleans(), now=st.floats(0, 4e9))
def test_whatever_comes_in_is_answered(request, genuine, now):
    lender = Lender(seed=1)
    if genuine:
        login = {"phone": "13800000001", "password": "probe-password", "device_id": "d"}
        ask = LenderRequest(method="POST", path="/v1/login", body=json.dumps(login).encode())
        token = json.loads(lender.answer(ask, now).body)["data"]["token"]
        request = replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
    answer = lender.answer(request, now)
    content = json.loads(answer.body)
    assert answer.status in {200, 202, 400, 401, 404, 405, 409, 422, 500, 503}
    assert content["code"] == "0" or content["guidance"]
    assert answer.after >= 0
