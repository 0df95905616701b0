"""A release that changes answers: codes and fields with other names, over HTTP and in the app."""

import json

import msgspec
import pytest

from drawdown.codes import reason_of
from drawdown.reasons import Kind, Reason
from sandbox import Lender, LenderRequest, World, codes
from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.partner import Partner
from sandbox.report import Report
from sandbox.simulation import simulate

START = 1_700_000_000.0
SCHEME = {"sandbox": {code.casefold(): reason for code, reason in codes()["sandbox"].items()}}


def fault(kind, *, after=0.0, until=4e9, **more):
    return Fault(kind=FaultKind(kind), starts_at=START + after, ends_at=START + until, **more)


def reports(*faults, seconds=60.0, **demand):
    events = simulate(World(), faults, Demand(rate=20.0, **demand), start=START, seconds=seconds, seed=2)
    return [msgspec.to_builtins(event) for _, event in events if isinstance(event, Report)]


def reason(report):
    if "code" in report:
        return reason_of(SCHEME, report["scheme"], report["code"])
    return Reason(report.get("reason", "none"))


def having(found, **values):
    return [report for report in found if values.items() <= report.items()]


def test_refusals_and_failed_payouts_come_with_codes_that_nobody_knows():
    for failing in ("channel_rejects", "score_cut", "internal_errors", "maintenance"):
        found = [report for report in reports(fault(failing), fault("codes_renamed")) if "code" in report]
        assert len(found) > 20
        assert {reason(report) for report in found} == {Reason.UNMAPPED}
        assert {report["steps"][-1]["outcome"] for report in found} == {Kind.FAILED}


def test_codes_are_renamed_for_a_slice_alone_and_refuse_nobody_themselves():
    found = reports(fault("step_up"), fault("codes_renamed", where={"bank": "ccb"}))
    unknown = [report for report in found if reason(report) is Reason.UNMAPPED]
    assert {report["bank"] for report in unknown} == {"ccb"}
    assert Reason.IDENTITY_REQUIRED not in {reason(report) for report in having(found, bank="ccb")}
    alone, peace = reports(fault("codes_renamed")), reports()
    paid = [[report["id"] for report in each if reason(report) is Reason.NONE] for each in (alone, peace)]
    assert paid[0] == paid[1]


def test_an_unknown_code_has_its_words_all_the_same(phone):
    phone.lender.faults = (fault("limit_cut"), fault("codes_renamed"))
    answer = phone.draw()
    assert (answer["code"], answer["message_en"] != "") == ("LIMIT_REDUCED_V2", True)
    assert answer["guidance_en"]


def test_a_failed_loan_says_the_unknown_code_to_whoever_asks(phone):
    phone.lender.faults = (fault("channel_rejects"), fault("codes_renamed"))
    loan = phone.draw()["data"]["loan_id"]
    assert phone.status(loan, at=phone.now + 5)["fail_code"] == "CHANNEL_REJECTED_V2"


@pytest.mark.parametrize(
    ("endpoint", "field", "other"),
    [("quota", "available", "available_credit"), ("quote", "quote_id", "quote_no"), ("submit", "loan_id", "loan_no")],
)
def test_a_field_that_was_renamed_is_not_in_the_body_under_its_name(phone, endpoint, field, other):
    phone.login()
    before = {"quota": lambda: phone.ask("GET", "/v1/quota"), "quote": phone.quote}.get(endpoint)
    quote = phone.quote()["data"]["quote_id"]
    ask = before or (lambda: phone.submit(quote))
    phone.lender.faults = (fault("fields_renamed", where={"endpoint": endpoint}),)
    changed = ask()["data"]
    assert (field in changed, other in changed) == (False, True)
    phone.lender.faults = ()
    assert field in ask()["data"]


@pytest.mark.parametrize(
    ("endpoint", "field", "steps"), [("quota", "available", 2), ("quote", "quote_id", 3), ("submit", "loan_id", 4)]
)
def test_an_app_that_does_not_find_the_field_ends_there(endpoint, field, steps):
    found = reports(fault("fields_renamed", where={"endpoint": endpoint, "app": "5.1"}))
    changed = [report for report in found if reason(report) is Reason.CONTRACT_CHANGED]
    assert len(changed) > 100
    assert {report["app_version"] for report in changed} == {"5.1"}
    assert {(report["step"], len(report["steps"])) for report in changed} == {(endpoint, steps)}
    assert {(report["detail"], report["explained"]) for report in changed} == {(f"no {field} in the answer", False)}
    assert not [report for report in having(found, app_version="5.1") if report.get("outcome") == "succeeded"]


def test_fields_are_renamed_for_a_share_of_borrowers():
    found = reports(fault("fields_renamed", strength=0.25))
    changed = [report for report in found if reason(report) is Reason.CONTRACT_CHANGED]
    assert {report["step"] for report in changed} == {"quota"}
    assert len(changed) / len(found) == pytest.approx(0.25, abs=0.04)


def test_a_refusal_has_no_field_to_rename():
    both = reports(fault("step_up"), fault("fields_renamed", where={"endpoint": "submit"}))
    assert {reason(report) for report in both} >= {Reason.IDENTITY_REQUIRED}
    assert Reason.NONE not in {reason(report) for report in both}


def test_a_partner_whose_answer_is_changed_still_owns_the_loan():
    lender = Lender(World(), seed=1)
    partner, headers = Partner(lender), {}

    def ask(method, path, body=None, **more):
        sent = LenderRequest(
            method=method, path=path, body=json.dumps(body).encode() if body else b"", headers={**headers, **more}
        )
        return json.loads(partner.answer(sent, START + 1).body)["data"]

    login = {"phone": "13800000001", "password": "probe-password", "device_id": "d"}
    headers["Authorization"] = f"Bearer {ask('POST', '/v1/login', login)['token']}"
    quote = ask("POST", "/v1/quotes", {"amount": "10.00", "term_months": 6, "card": "6222-icbc-1"})["quote_id"]
    lender.faults = (fault("fields_renamed"),)
    submit = {"quote_id": quote, "amount": "10.00", "notify_url": "http://127.0.0.1:8/x"}
    taken = ask("POST", "/v1/drawdowns", submit, **{"Idempotency-Key": "k"})
    assert partner.desk.owners.get(taken["loan_no"]) == ""
    assert partner.desk.callbacks.address(taken["loan_no"]) == "http://127.0.0.1:8/x"
