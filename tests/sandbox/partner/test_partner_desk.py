"""Keys, languages, reviews and reconciliation, as a partner meets them."""

from dataclasses import dataclass
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partner_world import NOON, PHONE, Caller, partner_of, shop

from sandbox import Fault, FaultKind, LenderRequest
from sandbox.channels import Payout
from sandbox.ledger import LoanStatus
from sandbox.partner.language import language_of
from sandbox.partner.reconciliation import reconcile
from sandbox.partner.routes import ENDPOINTS, route
from sandbox.scheme import Code
from sandbox.wire import Refused, words

TWENTY = {"count": 2, "amount": "20.00"}
NO_LOANS = {"count": 0, "amount": "0.00", "loans": []}


def test_a_key_that_is_still_at_work_is_not_answered_twice():
    partner = partner_of()
    caller = Caller(partner)
    body = {"quote_id": caller.quote(), "amount": "10.00"}
    slow = Fault(kind=FaultKind.SLOW_SERVERS, starts_at=0, ends_at=4e9)
    partner.lender.faults = (slow,)
    first = caller.ask("POST", "/v1/drawdowns", body, Idempotency_Key="k")
    assert caller.answer.after > 1.5
    partner.lender.faults = ()
    second = caller.ask("POST", "/v1/drawdowns", body, Idempotency_Key="k")
    assert (caller.answer.status, second["code"], caller.answer.headers["Retry-After"]) == (409, "KEY_RUNNING", "1")
    caller.now += 10
    assert caller.ask("POST", "/v1/drawdowns", body, Idempotency_Key="k")["data"] == first["data"]
    assert caller.answer.headers["Idempotent-Replayed"] == "true"
    assert len(list(partner.lender.loans())) == 1


def test_a_repeated_submit_makes_no_second_review_and_no_second_callback():
    partner = partner_of()
    caller = Caller(partner)
    for device in "abcde":
        caller.ask("POST", "/v1/login", {"phone": PHONE, "password": "probe-password", "device_id": device})
    quote = caller.quote()
    body = {"quote_id": quote, "amount": "10.00"}
    codes = [caller.ask("POST", "/v1/drawdowns", body, Idempotency_Key="k")["code"] for _ in range(2)]
    assert codes == ["MULTI_DEVICE", "MULTI_DEVICE"]
    assert caller.answer.headers["Idempotent-Replayed"] == "true"
    assert caller.ask("GET", "/v1/reviews")["data"]["count"] == 1


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        ("en;q=high", "zh"),
        ("en;q=0.5,*;q=0.1", "en"),
    ],
)
def test_the_language_is_the_one_that_is_asked_for(accept, language):
    assert language_of(accept) == language


def test_a_refusal_speaks_the_callers_language_and_names_the_request():
    caller = Caller(partner_of())
    for accept, message, named in (("en", "message_en", "en"), ("zh-CN", "message", "zh-CN")):
        answer = caller.ask("GET", "/v1/nothing", Accept_Language=accept, X_Request_Id="mine-1")
        assert answer["message"] == words(Code.NOT_FOUND)[message]
        assert answer["request_id"] == caller.answer.headers["X-Request-Id"] == "mine-1"
        assert caller.answer.headers["Content-Language"] == named


def test_a_loan_that_failed_says_why_in_the_callers_language():
    partner = partner_of()
    partner.lender.inject(Fault(kind=FaultKind.CHANNEL_DOWN, starts_at=0, ends_at=4e9))
    caller = Caller(partner)
    loan = caller.draw()["data"]["loan_id"]
    caller.now += 10
    state = caller.ask("GET", f"/v1/drawdowns/{loan}", Accept_Language="en")["data"]
    assert (state["fail_code"], state["message"]) == ("CHANNEL_DOWN", state["message_en"])
    assert "Use another card" in state["guidance"]


@given(st.text(max_size=80))
def test_an_id_that_is_no_plain_word_is_not_echoed(name):
    caller = Caller(partner_of())
    caller.ask("GET", "/v1/reviews", X_Request_Id=name)
    echoed = caller.answer.headers["X-Request-Id"]
    plain = (
        name.isascii() and 0 < len(name) <= 64 and name.replace("-", "a").replace(".", "a").replace("_", "a").isalnum()
    )
    assert (echoed == name) if plain else echoed == "req-0000000001"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"x" * 65_537, "application/json", 413, "TOO_LARGE"),
        (b"{}", "text/plain", 415, "NOT_JSON"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "NOT_JSON"),
        (b"{}", "application/json; charset=utf-8", 400, "BAD_REQUEST"),
        (b"{}", "", 400, "BAD_REQUEST"),
    ],
)
def test_a_body_of_another_kind_or_size_is_refused(body, content_type, status, code):
    caller = Caller(partner_of())
    answer = caller.ask("POST", "/v1/login", body, Content_Type=content_type)
    assert (caller.answer.status, answer["code"]) == (status, code)


def test_a_blocked_attempt_waits_for_review_until_a_person_decides_once():
    partner = partner_of()
    told = []
    partner.desk.on_review = told.append
    case = partner.desk.reviews.add(Code.MULTI_DEVICE, "A", NOON)
    caller = Caller(partner)
    path = f"/v1/reviews/{case.id}"
    assert caller.ask("GET", "/v1/reviews", query={"status": "open"})["data"]["count"] == 1
    decided = [caller.ask("POST", path, {"decision": "overturned"})["data"]["decision"] for _ in range(2)]
    assert decided == ["overturned", "overturned"]
    other = caller.ask("POST", path, {"decision": "upheld"})
    assert (caller.answer.status, other["code"], other["data"]) == (409, "REVIEW_DECIDED", {"decision": "overturned"})
    assert caller.ask("GET", "/v1/reviews", query={"status": "open"})["data"]["count"] == 0
    assert caller.ask("GET", path)["data"]["status"] == "decided"
    [report] = told
    assert (report.decision, report.code, report.tier, report.journey) == ("overturned", "MULTI_DEVICE", "A", "app")
    assert PHONE not in msgspec.json.encode(case.public()).decode()


@pytest.mark.parametrize("decision", ["", "maybe", None, 1])
def test_a_decision_is_one_of_two(decision):
    partner = partner_of()
    case = partner.desk.reviews.add(Code.RISK_REJECT, "B", NOON)
    caller = Caller(partner)
    answer = caller.ask("POST", f"/v1/reviews/{case.id}", {"decision": decision})
    assert (caller.answer.status, "$.decision" in answer["data"]["problem"]) == (400, True)


def test_reconciliation_agrees_while_money_and_success_do():
    partner = partner_of()
    caller = Caller(partner)
    for key in ("a", "b", "c"):
        caller.draw(key)
        caller.now += 10
    caller.ask("POST", "/v1/reversals", {"idempotency_key": "c"})
    report = caller.ask("GET", "/v1/reconciliation")["data"]
    assert (report["loans"], report["success"], report["money_out"]) == (3, TWENTY, TWENTY)
    assert report["reversed"] == {"count": 1, "amount": "10.00"}
    assert report["money_without_success"] == report["success_without_money"] == NO_LOANS


@dataclass(frozen=True)
class Entry:
    """A loan as the books have it: its money and its status need not agree."""

    id: str
    said: LoanStatus
    paid_at: float | None
    reversed_at: float | None = None
    repaid_at: float | None = None
    payout: Payout = Payout(0.0)
    cents: int = 1000
    amount: Decimal = Decimal(10)
    channel: str = "alpha"

    def status(self, _now):
        return self.said


def test_reconciliation_finds_money_without_success_and_success_without_money():
    entries = [
        Entry("both", LoanStatus.SUCCESS, NOON),
        Entry("late success", LoanStatus.FAILED, NOON),
        Entry("not yet", LoanStatus.FAILED, NOON + 60),
        Entry("never", LoanStatus.SUCCESS, None),
        Entry("given back", LoanStatus.REVERSED, NOON, reversed_at=NOON + 1),
        Entry("repaid", LoanStatus.REPAID, NOON, repaid_at=NOON + 1),
    ]
    report = reconcile(entries, NOON + 30)
    assert [one["loan_id"] for one in report["money_without_success"]["loans"]] == ["late success"]
    assert [one["loan_id"] for one in report["success_without_money"]["loans"]] == ["never"]
    assert (report["success"], report["money_out"]) == (TWENTY, TWENTY)


def test_a_payout_that_succeeds_after_its_time_out_is_told_twice_and_found_by_reconciliation():
    partner = partner_of()
    kinds = (FaultKind.CHANNEL_TIMEOUT, FaultKind.PAYOUTS_LATE)
    partner.lender.faults = tuple(Fault(kind=kind, starts_at=0, ends_at=4e9) for kind in kinds)
    caller = Caller(partner)
    loan = caller.draw(notify_url="http://127.0.0.1:8/")["data"]["loan_id"]
    for _ in range(40):
        caller.now += 1
        partner.desk.callbacks.look(partner.lender.loan, (), caller.now)
    assert [callback.status for callback in partner.desk.callbacks.of(loan)] == ["LOAN_FAILED", "LOAN_SUCCESS"]
    report = caller.ask("GET", "/v1/reconciliation")["data"]
    assert [one["loan_id"] for one in report["paid_after_failure"]["loans"]] == [loan]
    assert report["success"] == report["money_out"] == {"count": 1, "amount": "10.00"}


def test_reconciliation_is_of_a_span_and_of_the_callers_own_loans():
    partner = partner_of(shop(), shop(id="other"))
    caller = Caller(partner, shop())
    caller.draw()
    caller.now += 10
    spans = [{}, {"from": f"{NOON + 60}"}, {"to": f"{NOON}"}, {"from": f"{NOON}", "to": f"{NOON + 60}"}]
    counts = [caller.ask("GET", "/v1/reconciliation", query=span)["data"]["loans"] for span in spans]
    assert counts == [1, 0, 0, 1]
    assert Caller(partner, shop(id="other"), now=caller.now).ask("GET", "/v1/reconciliation")["data"]["loans"] == 0
    assert caller.ask("GET", "/v1/reconciliation", query={"from": "yesterday"})["data"]["problem"].endswith("`from`")


@pytest.mark.parametrize("path", sorted(ENDPOINTS))
def test_every_path_leads_to_its_endpoint_and_its_neighbours_lead_nowhere(path):
    filled = path.format(loan_id="a", review_id="a", check_id="a")
    for method, endpoint in ENDPOINTS[path].items():
        assert route(LenderRequest(method=method, path=filled)).endpoint == endpoint
    for neighbour in (filled + "/", filled + "/x/y", filled.upper(), filled + "\n"):
        with pytest.raises(Refused, match="NOT_FOUND"):
            route(LenderRequest(method="GET", path=neighbour))
