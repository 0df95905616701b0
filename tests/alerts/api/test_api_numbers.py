import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.api.numbers import moment, number, plain, scientific, timestamp

WRITTEN = [
    (0.0, "0"),
    (-0.0, "-0"),
    (1.0, "1"),
    (-2.5, "-2.5"),
    (0.1, "0.1"),
    (1e-6, "0.000001"),
    (9.99e-7, "9.99e-07"),
    (1e-7, "1e-07"),
    (5e-324, "5e-324"),
    (123456789012345680.0, "123456789012345680"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (-1.5e300, "-1.5e+300"),
    (math.inf, "+Inf"),
    (-math.inf, "-Inf"),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=str)
def test_a_number_is_written_as_prometheus_writes_it(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-7, "0.0000001"),
        (1e21, "1" + "0" * 21),
        (2.0, "2"),
        (-0.0, "-0"),
        (0.25, "0.25"),
        (math.inf, "+Inf"),
        (math.nan, "NaN"),
    ],
)
def test_a_scalar_never_has_an_exponent(value, text):
    assert plain(value) == text


def test_what_is_not_a_number_is_nan():
    assert (number(math.nan), scientific(math.nan)) == ("NaN", "NaN")


@settings(max_examples=200)
@given(st.floats(allow_nan=False))
def test_a_written_number_reads_back_as_itself(value):
    assert float(number(value)) == value
    assert float(plain(value)) == value
    assert float(scientific(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0e+00"), (1.0, "1e+00"), (0.31, "3.1e-01"), (-1234.5, "-1.2345e+03"), (1e-100, "1e-100"), (20.0, "2e+01")],
)
def test_the_value_of_an_alert_has_an_exponent(value, text):
    assert scientific(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (1.5, "1.500"), (1_700_000_000.007, "1700000000.007"), (-0.25, "-0.250"), (12.0004, "12")],
)
def test_a_timestamp_is_a_json_number_to_the_millisecond(seconds, text):
    assert timestamp(seconds) == text
    assert json.loads(text) == pytest.approx(seconds, abs=0.0005)


def test_a_moment_has_no_more_digits_than_it_needs():
    assert [moment(at) for at in (1_700_000_000.0, 1_700_000_000.25)] == [
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.25Z",
    ]
