import json

import pytest
from collector_samples import NOW, callback, changed, lines, new_callbacks, new_recorder, value
from hypothesis import given
from hypothesis import strategies as st

from collector.callbacks import EXPECTED, CallbackEvent
from collector.report import Receipt
from collector.starting import Cause
from drawdown.catalogue import CALLBACK_SECONDS
from drawdown.outcome import OTHER

JSON = "application/json"
NDJSON = "application/x-ndjson"
LAG = "drawdown_callback_lag_seconds"
ALPHA = {"journey": "app", "channel": "alpha"}


def refusal(**changes):
    """What is wrong with a report of a callback: field, message and cause."""
    recorder = new_recorder()
    before = recorder.row()
    receipt = new_callbacks(recorder).take(lines(callback(**changes)), JSON, now=NOW)
    (refused,) = receipt.refused
    (counted,) = changed(recorder, before)
    assert not receipt.taken
    return refused.field, refused.message, counted["cause"]


def counted(*reported):
    """What some reports have made of the lags of one channel: their number and their sum."""
    recorder = new_recorder()
    new_callbacks(recorder).take(lines(*reported), NDJSON, now=NOW)
    return [value(recorder, f"{LAG}_{part}", **ALPHA) for part in ("count", "sum")]


def test_the_lag_of_a_callback_counts_once_by_channel():
    recorder = new_recorder()
    callbacks = new_callbacks(recorder)
    before = recorder.row()
    receipt = callbacks.take(lines(callback(), callback(), callback(id="c2", channel="beta")), NDJSON, now=NOW)
    assert receipt == Receipt(accepted=2, duplicates=1)
    assert recorder.row()[0] is before[0]
    assert value(recorder, f"{LAG}_sum", **ALPHA) == 240
    buckets = {edge: value(recorder, f"{LAG}_bucket", **ALPHA, le=f"{edge}.0") for edge in (120, 300)}
    assert buckets == {120: 0, 300: 1}
    assert value(recorder, "drawdown_ingest_duplicates_total") == 1


@pytest.mark.parametrize("channel", [None, "", "wire"])
def test_a_channel_that_is_not_listed_counts_as_other(channel):
    recorder = new_recorder()
    new_callbacks(recorder).take(lines(callback(channel=channel)), JSON, now=NOW)
    assert value(recorder, f"{LAG}_count", journey="app", channel=OTHER) == 1


def test_times_may_be_written_as_text():
    written = {"occurred_at": "2023-11-14T22:09:10Z", "came_at": "2023-11-15T06:13:10+08:00"}
    assert counted(callback(**written)) == [1, 240]


def test_where_the_channels_clock_is_a_little_ahead_there_is_no_lag():
    assert counted(callback(occurred_at=NOW + 200)) == [1, 0]


def test_a_callback_after_a_day_is_taken_when_it_comes():
    assert counted(callback(occurred_at=NOW - 97_000)) == [1, 96_990]
    assert max(CALLBACK_SECONDS) < 96_990


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"came_at": None}, "came_at", "is required and missing"),
        ({"occurred_at": None}, "occurred_at", "is required and missing"),
        ({"occurred_at": "yesterday"}, "occurred_at", f"expected {EXPECTED['occurred_at']}"),
        ({"came_at": "2026-11-24T10:00:00"}, "came_at", f"expected {EXPECTED['came_at']}"),
        ({"came_at": NOW * 1000}, "came_at", "lies "),
        ({"came_at": NOW + 301}, "came_at", "lies 5m 1s ahead; check the sender's clock"),
        ({"occurred_at": NOW + 600}, "occurred_at", "lies 10m 10s after the callback came; check the channel's clock"),
        ({"occurred_at": 0}, "occurred_at", "lies 19675d 22h before the callback came; at most 7d is taken"),
        ({"journey": "web"}, "journey", "unknown journey; those of borrowers are: app"),
        ({"loan": "l7"}, "loan", "unknown field; remove it"),
        ({"id": "a b"}, "id", f"expected {EXPECTED['id']}"),
        ({"channel": 7}, "channel", f"expected {EXPECTED['channel']}"),
    ],
)
def test_what_is_wrong_is_answered_with_its_field_and_what_is_expected(changes, field, message):
    wrong, said, cause = refusal(**changes)
    assert (wrong, said.startswith(message), cause) == (field, True, Cause.MALFORMED), said


def test_what_came_too_long_ago_is_refused_as_too_old():
    field, message, cause = refusal(came_at=NOW - 3601)
    assert (field, cause) == ("came_at", Cause.TOO_OLD)
    assert message.endswith("back; at most 1h is taken")


def test_every_field_says_what_it_may_hold():
    assert set(EXPECTED) == {"body", *CallbackEvent.__struct_fields__}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_nothing_that_is_sent_breaks_the_collector(anything):
    receipt = new_callbacks().take(json.dumps(anything).encode(), JSON, now=NOW)
    assert receipt.accepted == 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_the_times_are_a_lag_that_is_counted_is_no_less_than_0(occurred_at, came_at):
    count, total = counted(callback(occurred_at=occurred_at, came_at=came_at))
    assert (count, total) == (0, 0) or (count == 1 and 0 <= total <= 7 * 86_400)
