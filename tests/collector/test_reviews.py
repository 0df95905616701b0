import json

import pytest
from collector_samples import NOW, changed, lines, new_recorder, new_reviews, review, value
from hypothesis import given
from hypothesis import strategies as st

from collector.report import Receipt
from collector.reviews import EXPECTED, ReviewEvent
from collector.starting import REVIEWABLE
from drawdown.outcome import OTHER
from drawdown.reasons import POLICY, Reason

JSON = "application/json"
NDJSON = "application/x-ndjson"
COUNTED = {"journey": "app", "tier": "A", "reason": "multi_device", "decision": "overturned"}


def refusal(**changes):
    """What is wrong with a report of a review: field and message."""
    recorder = new_recorder()
    before = recorder.row()
    receipt = new_reviews(recorder).take(lines(review(**changes)), JSON, now=NOW)
    (refused,) = receipt.refused
    (counted,) = changed(recorder, before)
    assert (receipt.taken, counted["cause"]) == (False, "malformed")
    return refused.field, refused.message


def test_a_review_counts_once_by_reason_tier_and_decision():
    recorder = new_recorder()
    reviews = new_reviews(recorder)
    before = recorder.row()
    reported = lines(review(), review(), review(id="r2", decision="upheld"))
    assert reviews.take(reported, NDJSON, now=NOW) == Receipt(accepted=2, duplicates=1)
    assert recorder.row()[0] is before[0]
    assert value(recorder, "drawdown_reviews_total", **COUNTED) == 1
    assert value(recorder, "drawdown_reviews_total", **{**COUNTED, "decision": "upheld"}) == 1
    assert value(recorder, "drawdown_ingest_duplicates_total") == 1


@pytest.mark.parametrize(("tier", "counted"), [(None, OTHER), ("", OTHER), ("B", "B"), ("platinum", OTHER)])
def test_a_tier_that_is_not_listed_counts_as_other(tier, counted):
    recorder = new_recorder()
    new_reviews(recorder).take(lines(review(tier=tier)), JSON, now=NOW)
    assert value(recorder, "drawdown_reviews_total", **{**COUNTED, "tier": counted}) == 1
    assert value(recorder, "drawdown_labels_folded_total", label="tier") == (tier == "platinum")


def test_the_lenders_own_code_says_why_it_was_blocked():
    recorder = new_recorder()
    reported = lines(review(reason=None, code="61", scheme="iso8583"))
    assert new_reviews(recorder).take(reported, JSON, now=NOW) == Receipt(accepted=1)
    assert value(recorder, "drawdown_reviews_total", **{**COUNTED, "reason": "limit_exceeded"}) == 1


@pytest.mark.parametrize("reason", Reason)
def test_only_blocks_of_a_policy_can_be_reviewed(reason):
    if reason.blame in POLICY:
        assert new_reviews().take(lines(review(reason=reason)), JSON, now=NOW) == Receipt(accepted=1)
    else:
        field, message = refusal(reason=reason)
        assert (field, message.startswith(f"is {reason}; expected one of {REVIEWABLE[0]}")) == ("reason", True)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"reason": None}, "reason", "reason or code is required: why the attempt had been blocked"),
        ({"reason": None, "code": "nobody knows"}, "code", "is unmapped; expected"),
        ({"journey": "web"}, "journey", "unknown journey; those of borrowers are: app"),
        ({"journey": "drawdown"}, "journey", "unknown journey; those of borrowers are: app"),
        ({"decision": None}, "decision", "is required and missing"),
        ({"decision": "OVERTURNED"}, "decision", f"expected {EXPECTED['decision']}"),
        ({"reviewer": "r7"}, "reviewer", "unknown field; remove it"),
        ({"id": "a b"}, "id", f"expected {EXPECTED['id']}"),
        ({"tier": 7}, "tier", f"expected {EXPECTED['tier']}"),
    ],
)
def test_what_is_wrong_is_answered_with_its_field_and_what_is_expected(changes, field, message):
    wrong, said = refusal(**changes)
    assert (wrong, said.startswith(message)) == (field, True), said


def test_every_field_says_what_it_may_hold():
    assert set(EXPECTED) == {"body", *ReviewEvent.__struct_fields__}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_nothing_that_is_sent_breaks_the_collector(anything):
    receipt = new_reviews().take(json.dumps(anything).encode(), JSON, now=NOW)
    assert receipt.accepted == 0
