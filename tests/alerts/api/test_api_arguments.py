import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.api.arguments import FAR, Arguments
from alerts.api.errors import ApiError
from drawdown.series import Matcher, Op


def asked(**given):
    return Arguments(given.items())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1_700_000_000.0),
        ("1700000000.1234", 1_700_000_000.123),
        ("1.7e9", 1_700_000_000.0),
        ("1.0625", 1.063),
        ("-1.0625", -1.063),
        ("-5", -5.0),
        ("2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("2023-11-15T06:13:20.5+08:00", 1_700_000_000.5),
        ("2023-11-14T22:13:20.123956789Z", 1_700_000_000.123),
        ("-292273086-05-16T16:47:06Z", -FAR),
        ("292277025-08-18T07:12:54.999999999Z", FAR),
    ],
)
def test_a_time_is_unix_seconds_or_rfc_3339(text, seconds):
    assert asked(time=text).time("time") == seconds


@pytest.mark.parametrize(
    "text", ["", "now", "NaN", "Inf", "1e300", "1_0", "2023-11-14", "2023-11-14 22:13:20Z", "2023-13-14T22:13:20Z"]
)
def test_what_is_no_time_is_named(text):
    with pytest.raises(ApiError, match=r'invalid parameter "time": cannot parse ".*" to a valid timestamp'):
        asked(time=text).time("time")


@pytest.mark.parametrize(
    ("text", "seconds"), [("15", 15.0), ("0.5", 0.5), ("1m30s", 90.0), ("200ms", 0.2), ("-1", -1.0)]
)
def test_a_duration_is_seconds_or_has_units(text, seconds):
    assert asked(step=text).duration("step") == seconds


@pytest.mark.parametrize("text", ["", "soon", "1x", "nan", "1e300", "5m "])
def test_what_is_no_duration_is_named(text):
    with pytest.raises(ApiError, match=r'invalid parameter "step": cannot parse ".*" to a valid duration'):
        asked(step=text).duration("step")


def test_what_is_left_out_has_its_default():
    nothing = asked()
    assert nothing.time("time", 7.0) == 7.0
    assert nothing.duration("timeout", 8.0) == 8.0
    assert (nothing.count("limit", 9), nothing.flag("exclude_alerts"), nothing.text("type")) == (9, False, "")


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "9" * 30])
def test_a_count_is_a_whole_number_from_0_on(text):
    assert asked(limit="12").count("limit") == 12
    with pytest.raises(ApiError, match='invalid parameter "limit"'):
        asked(limit=text).count("limit")


def test_a_flag_is_spelt_as_go_spells_it():
    assert [asked(f=text).flag("f") for text in ("true", "1", "T", "false", "0", "F")] == [True] * 3 + [False] * 3
    with pytest.raises(ApiError, match="neither true nor false"):
        asked(f="yes").flag("f")


def test_the_first_value_counts_and_all_can_be_had():
    both = Arguments([("a", "1"), ("b", "2"), ("a", "3")])
    assert (both.text("a"), both.all("a")) == ("1", ("1", "3"))


def test_an_expression_that_does_not_parse_says_in_which_line_and_column():
    with pytest.raises(ApiError, match=r'invalid parameter "query": 2:3: parse error: unexpected'):
        asked(query="up +\n  }").expression()


def test_selectors_are_read_to_matchers():
    (matchers,) = Arguments([("match[]", 'up{job=~"a.*"}')]).selectors()
    assert set(matchers) == {Matcher("__name__", Op.EQUAL, "up"), Matcher("job", Op.MATCH, "a.*")}


@pytest.mark.parametrize("text", ["up[5m]", "sum(up)", "1", "up offset 5m", "up @ 5", "up{"])
def test_what_is_more_than_a_selector_is_refused(text):
    with pytest.raises(ApiError, match=r'invalid parameter "match\[\]"'):
        Arguments([("match[]", text)]).selectors()


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text):
    given = Arguments([("it", text)])
    for read in (given.time, given.duration, given.count, given.flag, given.expression, given.selectors):
        value = attempt(read)
        assert not isinstance(value, float) or math.isfinite(value)


def attempt(read):
    try:
        return read("it")
    except ApiError as error:
        return str(error)
