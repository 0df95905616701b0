import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawdown.durations import format_duration, humanize_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("300ms", 0.3),
        ("9ms", 0.009),
        ("90s", 90),
        ("1h30m", 5400),
        ("1d", 86400),
        ("2w", 1_209_600),
        ("1m1ms", 60.001),
        ("999999999999ms", 999_999_999.999),
    ],
)
def test_a_duration_is_read_as_prometheus_reads_it_to_the_last_bit(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1m1h", "1s1s", "-5s", "1.5h", "5M"])
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**11))
def test_a_duration_survives_being_written_and_read(milliseconds):
    assert parse_duration(format_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.0821, "82ms"), (4.26, "4.3s"), (73.4, "1m 13s"), (7265, "2h 1m"), (-73, "-1m 13s")],
)
def test_people_are_told_two_units_at_most(seconds, text):
    assert humanize_duration(seconds) == text
