import json
from datetime import UTC, datetime

import pytest
from collector_samples import (
    ALPHA,
    NOW,
    changed,
    event,
    lines,
    new_ingest,
    new_recorder,
    outcome,
    value,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.history import History
from collector.report import Receipt, Refusal
from collector.seen import Seen
from drawdown.catalogue import TRAIT_ATTEMPTS
from drawdown.outcome import Origin, StepResult
from drawdown.reasons import ENDINGS, Kind, Reason

NDJSON = "application/x-ndjson"


def told(**changes):
    """The outcome that comes of a report."""
    history = History(rows=100)
    receipt = new_ingest(history=history).take(lines(event(**changes)), "application/json", now=NOW)
    assert receipt == Receipt(accepted=1)
    return history.find(changes.get("id", "a1"))


def refusal(**changes):
    """What is wrong with a report: field, message and the cause under which it was counted."""
    recorder = new_recorder()
    before = recorder.row()
    receipt = new_ingest(recorder).take(lines(event(**changes)), "application/json", now=NOW)
    (refused,) = receipt.refused
    (cause,) = changed(recorder, before)
    assert (receipt.taken, refused.line) == (False, 1)
    return refused.field, refused.message, cause["cause"]


def test_a_report_becomes_an_outcome_with_everything_it_says():
    one = told(amount="1200.00", available=5000, explained=True, borrower="li", code="68", detail="no answer")
    assert (one.kind, one.reason, one.step, one.code) == (Kind.FAILED, Reason.GATEWAY_TIMEOUT, "payout", "68")
    assert (one.attempt.started_at, one.ended_at, one.explained, one.detail) == (NOW - 2, NOW, True, "no answer")
    assert (one.attempt.amount, one.attempt.available, one.attempt.slices) == (1200.0, 5000.0, ALPHA)
    assert one.attempt.origin is Origin.BORROWER
    assert one.steps == (
        StepResult(name="login", started_at=NOW - 2, duration=0.5, kind=Kind.SUCCEEDED),
        StepResult(name="payout", started_at=NOW - 1.5, duration=1.5, kind=Kind.FAILED, reason=Reason.GATEWAY_TIMEOUT),
    )


def test_region_and_version_are_traits_and_what_is_not_told_is_none():
    assert told(region="华东", app_version="4.2").attempt.traits == {"region": "华东", "app": "4.2"}
    assert told(region="", app_version="4.2").attempt.traits == {"app": "4.2"}
    assert told().attempt.traits == {}


def test_traits_make_series_of_their_own_alone():
    recorder = new_recorder()
    series = set(recorder.row()[0])
    new_ingest(recorder).take(lines(event(region="east", app_version="9.9")), "application/json", now=NOW)
    made = set(recorder.row()[0]) - series
    assert {labels["__name__"] for labels in made} == {metric.name for metric in TRAIT_ATTEMPTS.values()}


def test_time_can_be_text():
    moment = datetime.fromtimestamp(NOW - 2, UTC).isoformat()
    assert told(started_at=moment).attempt.started_at == NOW - 2


def test_a_borrower_is_known_again_but_not_who_it_is():
    first, second = told(borrower="13812345678"), told(borrower="13812345678")
    assert first.attempt.borrower == second.attempt.borrower != ""
    assert "13812345678" not in repr(first)
    assert told(borrower=None).attempt.borrower == told(borrower="").attempt.borrower == ""


def test_nothing_personal_is_kept_of_any_free_text():
    card = "6222021234567890"
    one = told(
        detail=f"card {card}", code=card, channel=card, bank=card, tier=card, step=card, region=card, app_version=card,
        steps=[{"name": card, "duration": 1}],
    )  # fmt: skip
    assert card not in repr(one)
    assert one.attempt.slices == {"channel": "[number]", "bank": "[number]", "tier": "[number]"}
    assert one.attempt.traits == {"region": "[number]", "app": "[number]"}


@pytest.mark.parametrize(
    ("sent", "kind", "reason"),
    [
        ({"outcome": "succeeded"}, Kind.SUCCEEDED, Reason.NONE),
        ({"outcome": "succeeded", "code": "0000"}, Kind.SUCCEEDED, Reason.NONE),
        ({"outcome": "abandoned"}, Kind.ABANDONED, Reason.CANCELLED),
        ({"reason": "identity_required"}, Kind.BLOCKED, Reason.IDENTITY_REQUIRED),
        ({"reason": "gateway_timeout", "outcome": "unknown"}, Kind.UNKNOWN, Reason.GATEWAY_TIMEOUT),
        ({"reason": "overdue", "code": "AB05", "scheme": "iso20022"}, Kind.BLOCKED, Reason.OVERDUE),
        ({"code": "ab05", "scheme": "iso20022"}, Kind.FAILED, Reason.GATEWAY_TIMEOUT),
        ({"code": "FRAD", "scheme": "iso20022", "outcome": "failed"}, Kind.BLOCKED, Reason.RISK_DECLINED),
        ({"code": "FRAD", "outcome": "blocked"}, Kind.BLOCKED, Reason.UNMAPPED),
        ({"code": "E1", "scheme": "nobody's"}, Kind.FAILED, Reason.UNMAPPED),
        ({"code": "burst_control"}, Kind.BLOCKED, Reason.BURST_CONTROL),
    ],
)
def test_reason_and_kind_follow_from_what_is_sent(sent, kind, reason):
    one = told(**{"outcome": None, "reason": None, **sent})
    assert (one.kind, one.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({}, "outcome", "outcome, reason or code is required"),
        ({"outcome": "failed"}, "reason", "reason or code is required when the outcome is failed"),
        ({"outcome": "unknown"}, "reason", "reason or code is required when the outcome is unknown"),
        (
            {"outcome": "blocked", "reason": "gateway_timeout"},
            "outcome",
            "expected failed or unknown, since the reason is gateway_timeout",
        ),
        (
            {"outcome": "succeeded", "code": "FRAD", "scheme": "iso20022"},
            "outcome",
            "expected blocked, since the reason is risk_declined",
        ),
        (
            {"outcome": "failed", "code": "AM05", "scheme": "iso20022"},
            "outcome",
            "expected succeeded, since the reason is duplicate",
        ),
    ],
)
def test_a_reason_and_a_kind_that_do_not_agree_are_refused(sent, field, message):
    assert refusal(**{"outcome": None, "reason": None, **sent}) == (field, message, "malformed")


@pytest.mark.parametrize(("kind", "reason"), ENDINGS)
def test_every_ending_can_be_reported(kind, reason):
    one = told(outcome=kind, reason=reason)
    assert (one.kind, one.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("sent", "field", "message", "cause"),
    [
        ({"journey": "web"}, "journey", "unknown journey; those of borrowers are: app", "malformed"),
        ({"started_at": NOW - 3601}, "started_at", "lies 1h 1s back; at most 1h is taken", "too_old"),
        (
            {"started_at": NOW + 301, "duration": 0},
            "started_at",
            "lies 5m 1s ahead; check the sender's clock, and that it counts seconds",
            "malformed",
        ),
        ({"started_at": NOW, "duration": 320}, "duration", "the attempt would end 5m 20s from now", "malformed"),
        ({"amount": "-1"}, "amount", "expected an amount between 0 and 1000000000000, as text or number", "malformed"),
        *(
            (
                {"available": odd},
                "available",
                "expected an amount between 0 and 1000000000000, as text or number",
                "malformed",
            )
            for odd in ("NaN", "sNaN", "Infinity", "1e999999", 1e300)
        ),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_what_to_do(sent, field, message, cause):
    assert refusal(**sent) == (field, message, cause)


def test_milliseconds_are_told_from_seconds():
    field, message, _ = refusal(started_at=NOW * 1000)
    assert (field, message.endswith("and that it counts seconds")) == ("started_at", True)


@pytest.mark.parametrize(("started_at", "duration"), [(NOW - 3600, 1.0), (NOW + 300, 0.0), (NOW + 200, 100.0)])
def test_the_bounds_themselves_are_taken(started_at, duration):
    assert told(started_at=started_at, duration=duration).duration == pytest.approx(duration)


def test_an_attempt_that_would_end_in_the_future_is_moved_to_end_now():
    one = told(started_at=NOW + 10, duration=3.0)
    assert (one.attempt.started_at, one.ended_at, one.steps[0].started_at) == (NOW - 3, NOW, NOW - 3)


def test_the_same_attempt_counts_once_however_it_comes():
    recorder = new_recorder()
    ingest = new_ingest(recorder)
    assert ingest.accept(outcome(id="a1"), now=NOW) is True
    assert ingest.accept(outcome(id="a1"), now=NOW) is False
    receipt = ingest.take(lines(event(id="a1"), event(id="a2"), event(id="a2")), NDJSON, now=NOW)
    assert receipt == Receipt(accepted=1, duplicates=2)
    assert value(recorder, "drawdown_ingest_duplicates_total") == 3


def test_a_borrower_cannot_use_up_the_id_of_a_probe():
    ingest = new_ingest()
    assert ingest.accept(outcome(id="x"), now=NOW)
    assert ingest.accept(outcome(id="x", origin=Origin.PROBE, journey="drawdown"), now=NOW)


def test_a_pending_attempt_is_passed_over_and_its_end_counts():
    history = History(rows=10)
    ingest = new_ingest(history=history)
    assert ingest.accept(outcome(kind=Kind.PENDING), now=NOW)
    assert history.find("a1") is None
    assert ingest.accept(outcome(), now=NOW)
    assert history.find("a1").kind is Kind.SUCCEEDED


def test_an_attempt_is_forgotten_when_it_would_be_too_old_to_be_told_again():
    seen = Seen(most=100, age=60.0)
    assert not seen.again("a", now=0.0)
    assert seen.again("a", now=50.0)
    assert seen.again("a", now=110.0)
    assert not seen.again("b", now=171.0)
    assert len(seen) == 1


def test_the_oldest_are_forgotten_when_there_are_too_many():
    seen = Seen(most=3, age=1e9)
    for key in ("a", "b", "c", "a", "d"):
        seen.again(key, now=0.0)
    assert [seen.again(key, now=0.0) for key in ("a", "b")] == [True, False]
    assert len(seen) == 3


def test_good_lines_are_kept_when_others_are_bad():
    recorder = new_recorder()
    body = b"\n".join([lines(event(id="1")), b"{", b"", lines(event(id="2", duration=-1)), lines(event(id="3"))])
    receipt = new_ingest(recorder).take(body, NDJSON, now=NOW)
    assert (receipt.accepted, receipt.duplicates, receipt.taken) == (2, 0, True)
    assert receipt.refused == (
        Refusal(line=2, field="body", message="is not JSON: Input data was truncated"),
        Refusal(line=4, field="duration", message="expected seconds between 0 and 86400"),
    )
    assert value(recorder, "drawdown_ingest_refused_total", cause="malformed") == 2
    assert (
        sum(now for one, now in zip(*recorder.row(), strict=True) if one["__name__"] == "drawdown_attempts_total") == 2
    )


def test_an_array_is_taken_element_by_element():
    body = json.dumps([event(id="1"), 7, event(id="2")]).encode()
    receipt = new_ingest().take(body, "application/json", now=NOW)
    assert (receipt.accepted, [(one.line, one.field) for one in receipt.refused]) == (2, [(2, "body")])


def test_more_outcomes_than_are_taken_at_once_are_refused_with_their_line():
    recorder = new_recorder()
    body = lines(*(event(id=str(number)) for number in range(5)))
    receipt = new_ingest(recorder, max_outcomes=3).take(body, NDJSON, now=NOW)
    assert (receipt.accepted, receipt.refused[0].line, len(receipt.refused)) == (3, 4, 1)
    assert value(recorder, "drawdown_ingest_refused_total", cause="too_large") == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ODD = st.dictionaries(st.sampled_from([*event(), "amount", "code", "detail", "borrower", "step", "x"]), ANYTHING)
TYPES = st.sampled_from(["application/json", NDJSON, "", "text/plain"])


@pytest.fixture(scope="module")
def ingest():
    return new_ingest()


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200), content_type=TYPES)
def test_no_bytes_at_all_break_it(ingest, body, content_type):
    receipt = ingest.take(body, content_type, now=NOW)
    assert receipt.accepted == 0
    assert receipt.refused


@settings(max_examples=100, deadline=None)
@given(odd=st.lists(ODD, min_size=1, max_size=3), cut=st.integers(0, 400), content_type=TYPES)
def test_no_report_that_is_nearly_right_breaks_it(ingest, odd, cut, content_type):
    body = b"\n".join(json.dumps({**event(id="x"), **one}).encode() for one in odd)
    whole = ingest.take(body, NDJSON, now=NOW)
    assert whole.accepted + whole.duplicates + len(whole.refused) == len(odd)
    ingest.take(body[:cut] + body[cut + 1 :], content_type, now=NOW)


def test_deeply_nested_json_is_refused(ingest):
    for body in (b"[" * 200_000, b'{"id":' * 200_000, b'{"x":' + b"[" * 200_000):
        for content_type in ("application/json", NDJSON):
            assert ingest.take(body, content_type, now=NOW).refused
