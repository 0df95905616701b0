import math
from collections import Counter

import pytest
from collector_samples import ALPHA, NOW, VOCABULARY, changed, new_recorder, outcome, step, value

from alerts.promql import evaluate, parse
from collector.recorder import Recorder
from collector.store import Store
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown import catalogue
from drawdown.catalogue import INCIDENTS_OPEN, LAST_ATTEMPT, METRICS, NOTICES, SERIES_LABELS, STEP_SECONDS
from drawdown.outcome import OTHER, Origin
from drawdown.reasons import ENDINGS, FACTS, Kind, Reason
from drawdown.series import NAME, Labels

WHO = {"origin": "borrower", "journey": "app"}


def names(recorder):
    return {labels[NAME] for labels in recorder.row()[0]}


def test_every_series_starts_at_zero():
    _, values = new_recorder().row()
    assert not values.any()


def test_everything_the_catalogue_names_exists_from_the_start_but_what_others_alone_know():
    assert set(SERIES_LABELS) - names(new_recorder()) == {
        "drawdown_notices_total",
        "drawdown_evaluation_failures_total",
        "drawdown_source_queries_total",
        "drawdown_region_attempts_total",
        "drawdown_app_attempts_total",
    }


def test_no_series_has_a_label_that_the_catalogue_does_not_give_it():
    labels, _ = new_recorder().row()
    wrong = {one for one in labels if not set(one) - {NAME} <= SERIES_LABELS[one[NAME]]}
    assert wrong == set()
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("kind", "reason"), ENDINGS)
def test_any_ending_of_any_slice_counts_in_a_series_that_was_there(kind, reason):
    recorder = new_recorder()
    before = recorder.row()
    for channel in ("alpha", "beta", "unheard of", ""):
        slices = {**ALPHA, "channel": channel}
        recorder.record(outcome(reason, kind, slices=slices, explained=False, steps=(step("fancy", kind),)))
    assert recorder.row()[0] is before[0]
    attempts = {one: now for one, now in changed(recorder, before).items() if one[NAME] == "drawdown_attempts_total"}
    assert {(one["channel"], one["outcome"], one["reason"], now) for one, now in attempts.items()} == {
        ("alpha", kind, reason, 1.0),
        ("beta", kind, reason, 1.0),
        (OTHER, kind, reason, 2.0),
    }


def test_a_probe_has_one_value_for_each_slice_and_no_other():
    labels = [one for one in new_recorder().row()[0] if one.get("origin") == "probe"]
    assert {one["channel"] for one in labels if "channel" in one} == {"alpha"}
    assert sum(one[NAME] == "drawdown_attempts_total" for one in labels) == len(ENDINGS)
    assert OTHER not in {one["step"] for one in labels if "step" in one}


def test_a_probe_that_names_no_slice_counts_under_its_own():
    recorder = new_recorder()
    recorder.record(outcome(origin=Origin.PROBE, journey="drawdown", slices={}))
    attempts = {**ALPHA, "origin": "probe", "journey": "drawdown", "outcome": "succeeded", "reason": "none"}
    assert value(recorder, "drawdown_attempts_total", **attempts) == 1


def test_a_probe_without_slices_counts_as_other():
    words = JourneyWords(origin=Origin.PROBE, journey="bare")
    recorder = Recorder(Vocabulary(journeys=(words,)), now=NOW)
    before = recorder.row()
    recorder.record(outcome(origin=Origin.PROBE, journey="bare", slices={}))
    assert recorder.row()[0] is before[0]


def test_a_value_that_nobody_listed_is_other_and_counted_only_when_it_was_given():
    recorder = new_recorder()
    recorder.record(outcome(slices={"channel": "zeta", "bank": OTHER}, steps=(step("login"), step("dance"))))
    assert value(recorder, "drawdown_labels_folded_total", label="channel") == 1
    assert value(recorder, "drawdown_labels_folded_total", label="bank") == 0
    assert value(recorder, "drawdown_labels_folded_total", label="tier") == 0
    assert value(recorder, "drawdown_labels_folded_total", label="step") == 1
    step_labels = {**WHO, "step": OTHER, "outcome": "succeeded"}
    assert value(recorder, "drawdown_step_duration_seconds_count", **step_labels) == 1


@pytest.mark.parametrize(
    ("reason", "result"),
    [
        (Reason.NONE, "paid"),
        (Reason.GATEWAY_TIMEOUT, "technical"),
        (Reason.SLOW_RESPONSE, "technical"),
        (Reason.UNMAPPED, "technical"),
        (Reason.IDENTITY_REQUIRED, "policy"),
        (Reason.MULTI_DEVICE, "policy"),
        (Reason.LIMIT_REDUCED, "policy"),
        (Reason.OVERDUE, "borrower"),
    ],
)
def test_credit_to_cash_counts_an_attempt_by_whose_doing_its_end_was(reason, result):
    recorder = new_recorder()
    recorder.record(outcome(reason))
    assert value(recorder, "drawdown_credit_to_cash_total", **WHO, **ALPHA, result=result) == 1


@pytest.mark.parametrize(
    ("reason", "amount"),
    [(Reason.DUPLICATE, None), (Reason.MONITOR_FAULT, None), (Reason.LIMIT_EXCEEDED, None), (Reason.NONE, 900.0)],
)
def test_credit_to_cash_leaves_out_repeats_our_own_faults_and_who_had_too_little_credit(reason, amount):
    recorder = new_recorder()
    before = recorder.row()
    recorder.record(outcome(reason, amount=amount, available=800.0))
    assert "drawdown_credit_to_cash_total" not in {one[NAME] for one in changed(recorder, before)}
    assert "drawdown_attempts_total" in {one[NAME] for one in changed(recorder, before)}


@pytest.mark.parametrize(
    ("reason", "kind", "explained", "count"),
    [
        (Reason.GATEWAY_TIMEOUT, Kind.FAILED, False, 1),
        (Reason.IDENTITY_REQUIRED, Kind.BLOCKED, False, 1),
        (Reason.IDENTITY_REQUIRED, Kind.BLOCKED, None, 0),
        (Reason.IDENTITY_REQUIRED, Kind.BLOCKED, True, 0),
        (Reason.GATEWAY_TIMEOUT, Kind.UNKNOWN, False, 0),
    ],
)
def test_only_a_failure_or_block_that_was_surely_not_explained_is_unexplained(reason, kind, explained, count):
    recorder = new_recorder()
    recorder.record(outcome(reason, kind, explained=explained))
    assert value(recorder, "drawdown_unexplained_total", **WHO, reason=reason) == count


def test_reasons_that_owe_no_explanation_have_no_unexplained_series():
    reasons = {one["reason"] for one in new_recorder().row()[0] if one[NAME] == "drawdown_unexplained_total"}
    assert reasons == {reason for reason, facts in FACTS.items() if {"failed", "blocked"} & set(facts.kinds)}


def test_a_timeout_of_a_channel_is_counted_and_its_time_observed():
    recorder = new_recorder()
    payout = step("payout", Kind.UNKNOWN, 30.5)
    recorder.record(outcome(Reason.GATEWAY_TIMEOUT, Kind.UNKNOWN, started_at=NOW - 31, steps=(payout,)))
    assert value(recorder, "drawdown_gateway_timeouts_total", **WHO, channel="alpha") == 1
    assert value(recorder, "drawdown_attempt_duration_seconds_sum", **WHO, outcome="unknown") == 31
    bucket = {**WHO, "step": "payout", "outcome": "unknown"}
    assert value(recorder, "drawdown_step_duration_seconds_bucket", **bucket, le="30.0") == 0
    assert value(recorder, "drawdown_step_duration_seconds_bucket", **bucket, le="+Inf") == 1


def test_buckets_are_cumulative_and_an_observation_on_an_edge_counts_below_it():
    recorder = new_recorder()
    recorder.record(outcome(steps=(step(duration=3.0), step(duration=0.01))))
    found = {
        one["le"]: now
        for one, now in zip(*recorder.row(), strict=True)
        if one[NAME] == "drawdown_step_duration_seconds_bucket"
        and (one["origin"], one["step"], one["outcome"]) == ("borrower", "payout", "succeeded")
    }
    edges = {float(le): now for le, now in found.items()}
    assert edges == {edge: 2.0 if edge >= 3.0 else 1.0 for edge in (*STEP_SECONDS, math.inf)}


def test_the_last_success_does_not_step_back_and_a_repeat_is_none():
    recorder = new_recorder()
    recorder.record(outcome(ended_at=NOW - 5))
    recorder.record(outcome(ended_at=NOW - 9))
    recorder.record(outcome(Reason.DUPLICATE, ended_at=NOW))
    assert value(recorder, "drawdown_last_success_timestamp_seconds", **WHO) == NOW - 5
    assert value(recorder, "drawdown_last_attempt_timestamp_seconds", **WHO) == NOW


def test_a_pending_attempt_counts_nowhere():
    recorder = new_recorder()
    before = recorder.row()
    recorder.record(outcome(Reason.NONE, Kind.PENDING, steps=(step(),)))
    assert changed(recorder, before) == {}


def test_a_manual_run_uses_the_words_of_the_probe_and_stays_apart_from_it():
    recorder = new_recorder()
    before = recorder.row()
    recorder.record(outcome(origin=Origin.MANUAL, journey="drawdown", steps=(step("reverse", cleanup=True),)))
    assert {one.get("origin") for one in changed(recorder, before)} == {"manual"}
    manual = {**ALPHA, "origin": "manual", "journey": "drawdown"}
    assert value(recorder, "drawdown_attempts_total", **manual, outcome="failed", reason="gateway_timeout") == 0


def test_a_journey_that_nobody_declared_is_refused():
    with pytest.raises(ValueError, match="no borrower journey 'web'"):
        new_recorder().record(outcome(journey="web"))


def test_a_row_is_a_snapshot_and_its_labels_the_same_object_until_a_series_is_added():
    recorder = new_recorder()
    labels, values = recorder.row()
    recorder.record(outcome())
    assert not values.any()
    assert recorder.row()[0] is labels
    recorder.add(catalogue.NOTICES, 0.0, channel="stdout", result="sent")
    assert recorder.row()[0] is not labels
    assert recorder.row()[0][: len(labels)] == labels


def test_more_series_than_there_was_room_for_keep_their_values():
    recorder = Recorder(VOCABULARY, now=NOW)
    recorder.record(outcome())
    before = dict(zip(*recorder.row(), strict=True))
    for number in range(5000):
        recorder.add(catalogue.EVALUATION_FAILURES, 2.0, rule=f"rule {number}")
    after = dict(zip(*recorder.row(), strict=True))
    assert before.items() <= after.items()
    assert after[Labels({NAME: "drawdown_evaluation_failures_total", "rule": "rule 4999"})] == 2


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        (catalogue.NOTICES, {"channel": "stdout"}),
        (catalogue.NOTICES, {"channel": "stdout", "result": "sent", "more": "x"}),
        (catalogue.NOTICES, {"channel": "stdout", "result": ""}),
        (catalogue.SERIES, {}),
        (catalogue.Metric(name="mine", type=catalogue.Type.COUNTER, help="Not of the catalogue."), {}),
    ],
)
def test_a_counter_takes_only_its_own_labels_and_only_from_the_catalogue(metric, labels):
    recorder = new_recorder()
    before = len(recorder.row()[0])
    with pytest.raises(ValueError, match=metric.name):
        recorder.add(metric, 1.0, **labels)
    assert len(recorder.row()[0]) == before


@pytest.mark.parametrize("amount", [-1.0, math.nan])
def test_a_counter_never_steps_back(amount):
    with pytest.raises(ValueError, match="can only grow"):
        new_recorder().add(catalogue.DUPLICATES, amount)


def test_a_gauge_is_set_and_a_counter_cannot_be():
    recorder = new_recorder()
    recorder.set(catalogue.SERIES, 12.0)
    assert value(recorder, "drawdown_store_series") == 12
    with pytest.raises(ValueError, match="not a gauge"):
        recorder.set(catalogue.DUPLICATES, 1.0)


def test_an_empty_vocabulary_still_measures_the_monitor():
    recorder = Recorder(Vocabulary(), now=NOW)
    assert "drawdown_attempts_total" not in names(recorder)
    assert value(recorder, "drawdown_ingest_duplicates_total") == 0


def test_series_of_one_metric_stand_together():
    seen = list(dict.fromkeys(labels[NAME] for labels in new_recorder().row()[0]))
    owners = [next(metric.name for metric in METRICS if name in metric.series_names) for name in seen]
    assert owners == sorted(owners, key=owners.index)


@pytest.mark.parametrize(("origin", "counted"), [(Origin.PROBE, 1), (Origin.MANUAL, 0)])
def test_the_runs_of_a_probe_count_for_the_place_from_which_it_runs_and_those_of_a_person_do_not(origin, counted):
    recorder = new_recorder()
    recorder.record(outcome(Reason.GATEWAY_TIMEOUT, origin=origin, journey="drawdown"))
    run = {"journey": "drawdown", "location": "local", "outcome": "failed", "reason": "gateway_timeout"}
    assert value(recorder, "drawdown_probe_runs_total", **run) == counted


def test_a_monitor_elsewhere_counts_its_runs_under_its_own_place():
    words = JourneyWords(origin=Origin.PROBE, journey="drawdown", location="shanghai-1")
    recorder = Recorder(Vocabulary(journeys=(words,)), now=NOW)
    recorder.record(outcome(origin=Origin.PROBE, journey="drawdown"))
    run = {"journey": "drawdown", "location": "shanghai-1", "outcome": "succeeded", "reason": "none"}
    assert value(recorder, "drawdown_probe_runs_total", **run) == 1


def test_counters_that_begin_with_an_event_are_newborn_until_the_next_row():
    recorder = new_recorder()
    recorder.row()
    assert recorder.newborn() == ()
    recorder.add(NOTICES, channel="sms", result="sent")
    recorder.set(INCIDENTS_OPEN, 1, reason="burst_control")
    assert recorder.newborn() == (Labels({NAME: NOTICES.name, "channel": "sms", "result": "sent"}),)
    recorder.row()
    recorder.add(NOTICES, channel="sms", result="sent")
    assert recorder.newborn() == ()


def test_all_series_of_a_histogram_are_newborn():
    recorder = new_recorder()
    recorder.row()
    recorder.record(outcome(origin=Origin.MANUAL, journey="drawdown"))
    names = Counter(labels[NAME] for labels in recorder.newborn())
    assert (
        names["drawdown_attempt_duration_seconds_bucket"] == 16 * names["drawdown_attempt_duration_seconds_count"] > 0
    )
    assert LAST_ATTEMPT.name not in names


def test_an_increase_sees_the_first_event_of_a_counter_that_was_not_there():
    recorder, store = new_recorder(), Store()
    for second in range(60):
        if second == 30:
            recorder.add(NOTICES, 3, channel="sms", result="sent")
        store.begin(recorder.newborn())
        store.append(NOW + second, *recorder.row())
    found = evaluate(parse(f"sum(increase({NOTICES.name}[59s]))"), store, NOW + 59)
    assert found.values == pytest.approx(3, rel=0.1)
