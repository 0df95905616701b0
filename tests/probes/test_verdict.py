import json

import pytest
from lenders import CODES, journey

from drawdown.reasons import Kind, Reason
from probes.exchange import BadAnswer, Disconnected, ExchangeError, LocalFault, NotConnected, Reply, TimedOut
from probes.verdict import ERRORS, Verdict, because, fault, judge_answer, judge_content, judge_error, look

TEXT = """
name: x
every: 1s
deadline: 5s
answer: {code: [$.error.decline_code, $.code], accepted: ["0"], scheme: sandbox, explanation: $.guidance}
steps:
  - name: one
    request: {url: "http://lender/v1/login"}
    expect:
      latency: 1s
      body: [{path: $.data.status, in: [PAID, DONE], code: $.data.fail_code, reason: limit_reduced}]
    capture: {loan: $.data.loan}
  - {name: plain, request: {url: "http://lender/v1/login"}, expect: {status: [201]}}
"""
STEP, PLAIN = journey(TEXT).steps
ANSWER = journey(TEXT).answer


def judged(reply: Reply, *, step=STEP, answer=ANSWER, seconds=0.1) -> Verdict:
    seen = look(reply, step, names={}, answer=answer, codes=CODES)
    verdict = judge_answer(seen)
    return judge_content(seen, seconds=seconds) if verdict.ok else verdict


def reply(status=200, **content) -> Reply:
    return Reply(status=status, body=json.dumps(content).encode())


GOOD = {"code": "0", "data": {"status": "PAID", "loan": "1"}}


def test_an_answer_that_is_as_expected_is_accepted():
    assert judged(reply(**GOOD)) == Verdict()


STATUSES = [
    (400, Reason.CONTRACT_CHANGED, Kind.FAILED),
    (401, Reason.CREDENTIAL, Kind.BLOCKED),
    (403, Reason.ACCOUNT_RESTRICTED, Kind.BLOCKED),
    (404, Reason.CONTRACT_CHANGED, Kind.FAILED),
    (408, Reason.SLOW_RESPONSE, Kind.FAILED),
    (422, Reason.CONTRACT_CHANGED, Kind.FAILED),
    (429, Reason.GATEWAY_CONGESTED, Kind.FAILED),
    (500, Reason.INTERNAL_ERROR, Kind.FAILED),
    (502, Reason.INTERNAL_ERROR, Kind.FAILED),
    (503, Reason.INTERNAL_ERROR, Kind.FAILED),
    (504, Reason.GATEWAY_TIMEOUT, Kind.FAILED),
    (301, Reason.CONTRACT_CHANGED, Kind.FAILED),
]


@pytest.mark.parametrize(("status", "reason", "kind"), STATUSES)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"detail": "no"}'])
def test_without_a_code_the_status_gives_the_reason(status, reason, kind, body):
    verdict = judged(Reply(status=status, body=body))
    assert (verdict.reason, verdict.kind) == (reason, kind)
    assert f"HTTP {status}" in verdict.detail


@pytest.mark.parametrize("status", [200, 202, 400, 402, 403, 404, 409, 500, 503, 504])
def test_a_code_says_more_than_the_status(status):
    verdict = judged(reply(status, code="LIMIT_REDUCED", guidance="less"))
    assert (verdict.reason, verdict.kind, verdict.code) == (Reason.LIMIT_REDUCED, Kind.BLOCKED, "LIMIT_REDUCED")
    assert verdict.explained is True


def test_a_code_that_nobody_knows_is_unmapped_and_kept():
    verdict = judged(reply(code="E-77"))
    assert (verdict.reason, verdict.code, verdict.explained) == (Reason.UNMAPPED, "E-77", False)


@pytest.mark.parametrize(("status", "reason"), [(500, Reason.INTERNAL_ERROR), (504, Reason.GATEWAY_TIMEOUT)])
def test_under_a_5xx_the_status_says_more_than_an_unknown_code(status, reason):
    verdict = judged(reply(status, code="E-77"))
    assert (verdict.reason, verdict.code) == (reason, "E-77")


def test_the_first_place_with_a_code_is_taken():
    verdict = judged(reply(402, code="E-1", error={"decline_code": "LIMIT_REDUCED"}))
    assert verdict.code == "LIMIT_REDUCED"


def test_a_number_is_a_code_too():
    assert judged(reply(**{**GOOD, "code": 0})).ok
    assert judged(reply(code=1)).code == "1"


def test_a_borrower_who_left_has_abandoned():
    assert judged(reply(code="GONE_AWAY")).kind is Kind.ABANDONED


def test_an_answer_without_its_business_code_has_changed():
    verdict = judged(reply(data={}))
    assert (verdict.reason, verdict.detail) == (Reason.CONTRACT_CHANGED, "no business code at $.error.decline_code")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the answer is empty (HTTP 200)"),
        (b"<html><body>maintenance</body></html>", "the answer is a web page, not JSON (HTTP 200)"),
        (b"OK", "the answer is not JSON (HTTP 200)"),
    ],
)
def test_a_200_that_is_not_json_has_changed(body, words):
    verdict = judged(Reply(status=200, body=body))
    assert (verdict.reason, verdict.detail) == (Reason.CONTRACT_CHANGED, words)


def test_a_firewalls_page_is_no_restricted_account():
    assert judged(Reply(status=403, body=b"<html>blocked</html>")).reason is Reason.CONTRACT_CHANGED


def test_a_step_that_reads_nothing_takes_any_body():
    assert judged(Reply(status=201, body=b"<ok/>"), step=PLAIN, answer=None).ok
    assert judged(Reply(status=200, body=b"<ok/>"), step=PLAIN, answer=None).reason is Reason.CONTRACT_CHANGED


def test_an_expectation_that_fails_gives_its_code_before_its_reason():
    coded = judged(reply(code="0", data={"status": "FAILED", "fail_code": "CHANNEL_TIMEOUT", "loan": "1"}))
    assert (coded.reason, coded.code) == (Reason.GATEWAY_TIMEOUT, "CHANNEL_TIMEOUT")
    plain = judged(reply(code="0", data={"status": "FAILED", "loan": "1"}))
    assert (plain.reason, plain.kind, plain.code) == (Reason.LIMIT_REDUCED, Kind.BLOCKED, "")


@pytest.mark.parametrize(
    ("condition", "content", "reason"),
    [
        ("at_least: 5", {"available": "4.00"}, Reason.LIMIT_EXCEEDED),
        ("at_least: 5", {"left": "9.00"}, Reason.CONTRACT_CHANGED),
        ("at_least: 5", {"available": None}, Reason.CONTRACT_CHANGED),
        ("equals: 5", {}, Reason.CONTRACT_CHANGED),
        ("exists: true", {}, Reason.LIMIT_EXCEEDED),
        ("exists: false", {"available": "1"}, Reason.LIMIT_EXCEEDED),
    ],
)
def test_a_value_that_is_not_there_is_neither_too_little_nor_wrong(condition, content, reason):
    text = f"""
name: x
every: 1s
deadline: 5s
steps:
  - name: quota
    request: {{url: "http://lender/v1/quota"}}
    expect: {{body: [{{path: $.available, {condition}, reason: limit_exceeded}}]}}
"""
    assert judged(reply(**content), step=journey(text).steps[0], answer=None).reason is reason


def test_an_expectation_that_fails_with_a_code_of_success_is_unmapped():
    coded = judged(reply(code="0", data={"status": "FAILED", "fail_code": "REPEATED"}))
    assert (coded.reason, coded.kind) == (Reason.UNMAPPED, Kind.FAILED)


def test_a_missing_capture_outranks_a_late_answer():
    late = judged(reply(code="0", data={"status": "PAID"}), seconds=5)
    assert late.reason is Reason.CAPTURE_MISSING
    assert judged(reply(**GOOD), seconds=5).reason is Reason.SLOW_RESPONSE


def test_every_error_of_an_exchange_has_a_reason():
    assert set(ERRORS) == set(ExchangeError.__subclasses__())


@pytest.mark.parametrize(
    ("error", "reason", "kind"),
    [
        (NotConnected("refused"), Reason.DEPENDENCY_DOWN, Kind.FAILED),
        (Disconnected("reset"), Reason.DEPENDENCY_DOWN, Kind.FAILED),
        (TimedOut("3s"), Reason.SLOW_RESPONSE, Kind.FAILED),
        (BadAnswer("not HTTP"), Reason.CONTRACT_CHANGED, Kind.FAILED),
        (LocalFault("no network"), Reason.MONITOR_FAULT, Kind.UNKNOWN),
    ],
)
def test_no_answer_has_a_reason(error, reason, kind):
    verdict = judge_error(error)
    assert (verdict.reason, verdict.kind, verdict.detail) == (reason, kind, str(error))


@pytest.mark.parametrize("error", [NotConnected("x"), Disconnected("x"), TimedOut("x")])
def test_without_the_lenders_word_money_that_may_be_out_is_unknown(error):
    assert judge_error(error).while_owing().kind is Kind.UNKNOWN


@pytest.mark.parametrize(("status", "kind"), [(500, Kind.UNKNOWN), (504, Kind.UNKNOWN), (404, Kind.FAILED)])
def test_a_5xx_is_not_the_lenders_word(status, kind):
    assert judged(Reply(status=status)).while_owing().kind is kind


def test_the_lenders_word_stands_while_money_is_owed():
    assert judged(reply(code="CHANNEL_TIMEOUT")).while_owing().kind is Kind.FAILED


def test_what_was_not_a_matter_of_time_stands_after_a_stall():
    assert because(Reason.LIMIT_REDUCED, "x").after_stall(9).reason is Reason.LIMIT_REDUCED
    assert because(Reason.SLOW_RESPONSE, "x").after_stall(0.5).reason is Reason.SLOW_RESPONSE
    assert because(Reason.SLOW_RESPONSE, "x").after_stall(3) == fault("the monitor itself stood still for 3.0s")
