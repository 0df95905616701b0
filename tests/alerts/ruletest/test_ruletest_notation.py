import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.promql import PromQLError
from alerts.ruletest.histogram import Histogram, Histograms
from alerts.ruletest.notation import expand, parse_series
from drawdown.series import ABSENT, NAME, STALE, Labels, is_absent, is_stale


def values(text):
    """The samples; `_` where there is none, `stale` where a series ends."""
    samples = expand(text, Histograms())
    marks = zip(samples.tolist(), is_absent(samples), is_stale(samples), strict=True)
    return ["_" if absent else "stale" if stale else value for value, absent, stale in marks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("1 2.5 -3e2", [1, 2.5, -300]),
        ("1x3", [1, 1, 1, 1]),
        ("1+2x3", [1, 3, 5, 7]),
        ("9-2x3", [9, 7, 5, 3]),
        ("-1-0.5x2 +4", [-1, -1.5, -2, 4]),
        ("0x10", [0] * 11),
        ("1x0", [1]),
        ("_ _x3 2", ["_"] * 4 + [2]),
        ("1 stale 2", [1, "stale", 2]),
        ("Inf -inf", [np.inf, -np.inf]),
        ("1\n  2\t3", [1, 2, 3]),
    ],
)
def test_samples_are_written_as_promtool_reads_them(text, expected):
    assert values(text) == expected


def test_nan_is_a_sample():
    (only,) = expand("NaN", Histograms())
    assert np.isnan(only)
    assert not is_absent(np.array([only]))[0]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("0--0", 0),
        ("1+-2x3", 0),
        ("1 two", 2),
        ("1x", 0),
        ("1x-2", 0),
        ("1+x3", 0),
        ("x3", 0),
        ("0x1f", 0),
        ("1 1x99999999", 2),
    ],
)
def test_what_is_no_sample_is_refused_at_its_place(text, where):
    with pytest.raises(PromQLError) as refused:
        expand(text, Histograms())
    assert refused.value.position == where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("up", {NAME: "up"}),
        ("up{}", {NAME: "up"}),
        ('up{a="b", c="d",}', {NAME: "up", "a": "b", "c": "d"}),
        ("{a='x'}", {"a": "x"}),
        ('{"größe.x", "ins-tance"=`raw`}', {NAME: "größe.x", "ins-tance": "raw"}),
        ("job:up:sum", {NAME: "job:up:sum"}),
    ],
)
def test_a_series_is_a_name_and_labels(text, expected):
    assert parse_series(text) == Labels(expected)


@pytest.mark.parametrize(
    ("text", "where"), [('up{a="b"', 8), ("up{a}", 4), ("up{a=b}", 5), ("up 3", 3), ('up{a~"b"}', 4)]
)
def test_what_is_no_series_is_refused_at_its_place(text, where):
    with pytest.raises(PromQLError) as refused:
        parse_series(text)
    assert refused.value.position == where


@given(st.text(max_size=20), st.text("0123456789+-x_. stale{}:[]", max_size=20))
def test_any_text_is_read_or_refused(series, samples):
    for read in (parse_series, lambda text: expand(text, Histograms())):
        for text in (series, samples):
            try:
                assert read(text) is not None
            except PromQLError as error:
                assert 0 <= error.position <= len(text)  # noqa: PT017 - it may be read too


def test_histograms_are_carried_through_as_what_stands_for_them():
    histograms = Histograms()
    samples = expand("{{sum:3 count:2 buckets:[2]}}+{{sum:1.3 count:1 buckets:[1]}}x2 _ 5", histograms)
    found = histograms.find(samples)
    assert found[2] == Histogram.parse("{{count:4 sum:5.6 counter_reset_hint:not_reset buckets:[4]}}")
    assert str(found[0]) == "{{count:2 sum:3 buckets:[0=2]}}"
    assert found[3:] == [None, None]
    assert histograms.find(np.array([np.nan, ABSENT, STALE, 0.0])) == [None] * 4


def test_the_buckets_of_a_histogram_count_from_its_offset():
    one = Histogram.parse("{{schema:1 z_bucket:7 buckets:[5 0 7] offset:-3 n_buckets:[4 5] n_offset:2}}")
    assert (one.positive, one.negative) == ({-3: 5, -1: 7}, {2: 4, 3: 5})
    assert one.plus(one, -1.0).positive == {}


@pytest.mark.parametrize("text", ["{{}", "{{sum:x}}", "{{some:3}}", "{{buckets:[1 a]}}", "{{sum 3}}"])
def test_what_is_no_histogram_is_refused(text):
    with pytest.raises(PromQLError):
        Histogram.parse(text)
