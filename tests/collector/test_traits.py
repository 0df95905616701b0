"""Attempts by region and app version."""

import pytest
from collector_samples import NOW, changed, new_recorder, outcome, value

from alerts.promql import evaluate, parse
from collector.store import Store
from collector.traits import MOST_VALUES
from drawdown.outcome import OTHER, Origin
from drawdown.reasons import Kind, Reason
from drawdown.series import NAME

TRAITS = {"region": "east", "app": "5.2"}


def by_app(recorder, app="5.2", reason="none"):
    return value(recorder, "drawdown_app_attempts_total", journey="app", app=app, reason=reason)


def by_region(recorder, region="east", reason="none"):
    return value(recorder, "drawdown_region_attempts_total", journey="app", region=region, reason=reason)


def test_an_attempt_counts_once_under_each_trait_that_it_tells():
    recorder = new_recorder()
    recorder.record(outcome(traits=TRAITS))
    recorder.record(outcome(Reason.GATEWAY_TIMEOUT, traits={"app": "5.2"}))
    assert (by_app(recorder), by_app(recorder, reason="gateway_timeout")) == (1, 1)
    assert (by_region(recorder), by_region(recorder, reason="gateway_timeout")) == (1, 0)


def test_an_attempt_that_tells_no_trait_counts_under_none():
    recorder = new_recorder()
    recorder.record(outcome(traits={"app": ""}))
    assert not [one for one in recorder.row()[0] if {"app", "region"} & set(one)]


def test_all_reasons_of_a_value_are_there_from_its_first_attempt():
    recorder = new_recorder()
    recorder.row()
    recorder.record(outcome(traits={"app": "5.2"}))
    assert {one["reason"] for one in recorder.newborn()} == set(Reason)
    assert [by_app(recorder, reason=reason) for reason in Reason] == [1.0] + [0.0] * (len(Reason) - 1)


@pytest.mark.parametrize("origin", [Origin.PROBE, Origin.MANUAL])
def test_only_borrowers_count(origin):
    recorder = new_recorder()
    recorder.record(outcome(origin=origin, journey="drawdown", traits=TRAITS))
    assert by_app(recorder) is None


def test_repeats_of_a_borrower_and_what_is_not_over_are_left_out():
    recorder = new_recorder()
    for number in range(5):
        recorder.record(outcome(Reason.RISK_DECLINED, traits=TRAITS, borrower="b", ended_at=NOW + number))
    recorder.record(outcome(Reason.NONE, Kind.PENDING, traits=TRAITS))
    assert (by_app(recorder, reason="risk_declined"), by_app(recorder)) == (1, 0)


def test_of_many_values_the_first_ones_are_told_apart_for_ever_and_the_others_are_counted_together():
    recorder = new_recorder()
    for number in (*range(MOST_VALUES + 10), 0):
        recorder.record(outcome(traits={"app": f"{number}.0", "region": "east"}))
    assert (by_app(recorder, "0.0"), by_app(recorder, f"{MOST_VALUES - 1}.0")) == (2, 1)
    assert (by_app(recorder, f"{MOST_VALUES}.0"), by_app(recorder, OTHER)) == (None, 10)
    assert value(recorder, "drawdown_labels_folded_total", label="app") == 10
    assert value(recorder, "drawdown_labels_folded_total", label="region") == 0


def test_any_number_of_values_makes_a_bounded_number_of_series():
    recorder = new_recorder()
    before = len(recorder.row()[0])
    for number in range(5 * MOST_VALUES):
        recorder.record(outcome(traits={"app": f"{number}.0", "region": f"r{number}"}))
    assert len(recorder.row()[0]) - before == 2 * (MOST_VALUES + 1) * len(Reason)


def test_what_a_sender_calls_other_is_other():
    recorder = new_recorder()
    before = recorder.row()
    recorder.record(outcome(traits={"app": OTHER}))
    assert by_app(recorder, OTHER) == 1
    assert not [one for one in changed(recorder, before) if one[NAME] == "drawdown_labels_folded_total"]


def test_the_share_of_a_new_version_is_seen_from_its_first_attempt():
    recorder, store = new_recorder(), Store()
    for second in range(60):
        if second >= 30:
            recorder.record(outcome(Reason.SIGNATURE_REJECTED, traits=TRAITS))
        store.begin(recorder.newborn())
        store.append(NOW + second, *recorder.row())
    grown = evaluate(parse("sum(increase(drawdown_app_attempts_total[59s]))"), store, NOW + 59)
    assert grown.values == pytest.approx(30, rel=0.1)
