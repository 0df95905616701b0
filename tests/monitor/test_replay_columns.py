import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay_recordings import HOURLY, ROOT, columns

from drawdown.errors import InvalidInput
from monitor.replay.columns import TimeColumn, amount


@pytest.mark.parametrize(
    ("form", "zone", "text"),
    [
        ("iso", "UTC", "2025-03-01T10:00:00"),
        ("iso", "UTC", "2025-03-01 10:00"),
        ("iso", "Asia/Shanghai", "2025-03-01T10:00:00+00:00"),
        ("iso", "Asia/Shanghai", "2025-03-01 18:00:00"),
        ("epoch", "UTC", "1740823200"),
        ("epoch_ms", "Asia/Shanghai", "1740823200000"),
        ("%Y-%m-%d %H", "UTC", "2025-03-01 10"),
        ("%d/%m/%y %Hh", "Asia/Kolkata", "01/03/25 15h"),
    ],
)
def test_a_time_is_read_as_its_format_and_zone_say(form, zone, text):
    seconds = TimeColumn(column="t", format=form, timezone=zone).seconds(text)
    assert seconds == (1_740_821_400 if zone == "Asia/Kolkata" else 1_740_823_200)


@pytest.mark.parametrize(
    ("form", "text"),
    [("iso", "yesterday"), ("epoch", "-5"), ("epoch", "nan"), ("epoch", "1e300"), ("%H", ""), ("epoch_ms", "1e18")],
)
def test_a_time_that_cannot_be_read_is_refused(form, text):
    with pytest.raises(ValueError, match=r"is not a time|lies outside"):
        TimeColumn(column="t", format=form).seconds(text)


@given(st.text())
@settings(max_examples=100)
def test_no_text_breaks_the_reading_of_times_and_amounts(text):
    for read in (amount, *(TimeColumn(column="t", format=form).seconds for form in ("iso", "epoch", "%Y %j"))):
        with suppress(ValueError):
            assert 0 <= read(text) < float("inf")


def test_a_column_is_enough_of_a_label_and_of_a_time():
    written = columns(HOURLY.replace('{column: hour, format: "%Y-%m-%d %H"}', "hour"))
    assert written.time == TimeColumn(column="hour", format="iso", timezone="UTC")
    assert (written.labels["kind"].column, written.step) == ("kind", 3600)


def test_the_columns_on_their_page_and_in_the_examples_are_valid():
    page = (ROOT / "docs" / "replay.md").read_text(encoding="utf-8")
    shown = columns(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    assert shown.labels["reason"].values["59"] == "risk_declined"
    for path in (ROOT / "docs" / "examples").glob("*/columns.yaml"):
        assert columns(path.read_text(encoding="utf-8")).counters


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("step: 1h", "step: 1h\nsteps: 2h", "columns.yaml:4:1: steps: unknown key; remove it or correct its spelling"),
        ("step: 1h", "", "columns.yaml:2:1: step: is required and missing"),
        (
            "step: 1h",
            "step: 3600",
            "columns.yaml:3:1: step: 3600 is not a duration; write it with its unit, for example 30s",
        ),
        ("%Y-%m-%d %H", "%Y-%Q", "is no format of a time; write iso, epoch, epoch_ms or for example %Y-%m-%d %H"),
        ("%Y-%m-%d %H", "%Y %Y", "is no format of a time"),
        ("%Y-%m-%d %H", "hours", "is no format of a time"),
        ("column: hour,", "column: hour, timezone: Mars/Base,", "'Mars/Base' is not a time zone"),
        ("{kind: kind}", "{kind: {column: kind, value: x}}", "a label has either a column or a value"),
        ("{kind: kind}", "{kind: {value: x, values: {a: b}}}", "replace what stands in a column"),
        ("{kind: kind}", "{kind: {column: kind, values: {51: x}}}", "must be text; put it in quotes"),
        ("{kind: kind}", "{a-b: kind}", "'a-b' cannot name a label"),
        ("{kind: kind}", "{__name__: kind}", "'__name__' cannot name a label"),
        ("tries_total: tries", "tries-total: tries", "'tries-total' cannot name a series"),
        ("{tries_total: tries, wins_total: wins}", "{}", "counters: must have at least 1 entry"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old, new, message):
    with pytest.raises(InvalidInput) as caught:
        columns(HOURLY.replace(old, new))
    assert message in str(caught.value)
    assert str(caught.value).startswith("columns.yaml:")
