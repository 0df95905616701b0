"""Reasons, codes, the catalogue and outcomes: the words fit together."""

import re

import pytest

from drawdown.catalogue import METRICS, SERIES_LABELS, Type
from drawdown.codes import merged, public_codes, reason_of
from drawdown.outcome import SLICES, Attempt, Origin, Outcome
from drawdown.reasons import ENDINGS, POLICY, TECHNICAL, Blame, Kind, Reason


def outcome(reason=Reason.NONE, kind=None, **attempt):
    made = Attempt(id="1", origin=Origin.BORROWER, journey="app", started_at=100.0, **attempt)
    return Outcome(attempt=made, kind=kind or reason.kind, reason=reason, ended_at=102.5)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_speaks_both_languages(reason, language):
    words = reason.words(language)
    assert words.title
    assert words.action
    assert words.guidance or reason is Reason.MONITOR_FAULT


@pytest.mark.parametrize("reason", Reason)
def test_blame_and_ending_agree(reason):
    if reason.blame in POLICY:
        assert reason.kind is Kind.BLOCKED
    if reason.blame is Blame.NOBODY:
        assert reason.kind is Kind.SUCCEEDED
    if reason.blame in TECHNICAL:
        assert Kind.SUCCEEDED not in reason.facts.kinds
        assert not reason.facts.remedy


def test_a_timeout_may_leave_the_money_unknown():
    assert (Kind.UNKNOWN, Reason.GATEWAY_TIMEOUT) in ENDINGS
    assert outcome(Reason.GATEWAY_TIMEOUT, Kind.UNKNOWN).kind is Kind.UNKNOWN


def test_an_outcome_whose_reason_cannot_be_is_refused():
    with pytest.raises(ValueError, match="succeeded cannot have the reason gateway_timeout"):
        outcome(Reason.GATEWAY_TIMEOUT, Kind.SUCCEEDED)


@pytest.mark.parametrize(
    ("amount", "available", "reason", "had"),
    [
        (100.0, 500.0, Reason.NONE, True),
        (500.0, 100.0, Reason.LIMIT_EXCEEDED, False),
        (500.0, 500.0, Reason.LIMIT_REDUCED, True),
        (None, 100.0, Reason.GATEWAY_TIMEOUT, True),
        (None, None, Reason.LIMIT_EXCEEDED, False),
    ],
)
def test_credit_counts_as_it_was_displayed(amount, available, reason, had):
    assert outcome(reason, amount=amount, available=available).had_credit is had


def test_duration_never_runs_backwards():
    assert outcome().duration == pytest.approx(2.5)
    late = Attempt(id="1", origin=Origin.PROBE, journey="a", started_at=200.0)
    assert Outcome(attempt=late, kind=Kind.SUCCEEDED, reason=Reason.NONE, ended_at=199.0).duration == 0.0


def test_public_codes_lead_to_reasons_without_regard_to_case():
    codes = public_codes()
    assert reason_of(codes, "iso20022", "ab05") is Reason.GATEWAY_TIMEOUT
    assert reason_of(codes, "iso8583", "61") is Reason.LIMIT_EXCEEDED
    assert reason_of(codes, "stripe", "authentication_required") is Reason.IDENTITY_REQUIRED


def test_a_code_that_nobody_mapped_is_its_own_reason():
    assert reason_of(public_codes(), "iso20022", "ZZ99") is Reason.UNMAPPED
    assert reason_of(public_codes(), "nobody", "limit_reduced") is Reason.LIMIT_REDUCED


def test_a_configuration_overrides_single_codes():
    codes = merged(public_codes(), {"iso8583": {"05": Reason.ACCOUNT_RESTRICTED}, "mine": {"E1": Reason.OVERDUE}})
    assert reason_of(codes, "iso8583", "05") is Reason.ACCOUNT_RESTRICTED
    assert reason_of(codes, "iso8583", "91") is Reason.GATEWAY_UNAVAILABLE
    assert reason_of(codes, "mine", "e1") is Reason.OVERDUE


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_named_as_prometheus_wants_it(metric):
    assert re.fullmatch(r"drawdown_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.type is Type.COUNTER)
    assert metric.help.endswith(".")
    assert (metric.type is Type.HISTOGRAM) == bool(metric.buckets)
    assert list(metric.buckets) == sorted(metric.buckets)


def test_series_names_are_unique_and_histograms_have_edges():
    assert len(SERIES_LABELS) == sum(len(metric.series_names) for metric in METRICS)
    assert "le" in SERIES_LABELS["drawdown_step_duration_seconds_bucket"]
    assert set(SLICES) <= SERIES_LABELS["drawdown_attempts_total"]
