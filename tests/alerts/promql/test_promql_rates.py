"""rate and increase against a plain reading of Prometheus' extrapolation, one series at a time."""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from promqlscript import Shelf

from alerts.promql import evaluate, evaluate_range, parse
from drawdown.series import NAME, STALE, Labels, is_absent

BASE = 1_700_000_000
COUNTER = st.dictionaries(
    st.integers(0, 90).map(lambda tenth: BASE + tenth / 2), st.integers(0, 30).map(float), min_size=0, max_size=12
)


def plain_increase(samples, start, end):
    """The increase in (start, end] of one counter, None if it has fewer than two samples there."""
    inside = [(at, value) for at, value in sorted(samples.items()) if start < at <= end]
    if len(inside) < 2:
        return None
    gained, previous = inside[-1][1] - inside[0][1], inside[0][1]
    for _, value in inside[1:]:
        if value < previous:
            gained += previous
        previous = value
    sampled = inside[-1][0] - inside[0][0]
    spacing = sampled / (len(inside) - 1)
    to_start, to_end = inside[0][0] - start, end - inside[-1][0]
    if to_start >= spacing * 1.1:
        to_start = spacing / 2
    if gained > 0 and inside[0][1] >= 0:
        to_start = min(to_start, sampled * (inside[0][1] / gained))
    if to_end >= spacing * 1.1:
        to_end = spacing / 2
    return gained * (sampled + to_start + to_end) / sampled


@given(st.lists(COUNTER, min_size=1, max_size=5), st.integers(2, 80), st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_increase_is_what_a_plain_reading_gives(counters, span, now):
    series = {Labels({NAME: "c", "n": str(number)}): samples for number, samples in enumerate(counters)}
    at, length = BASE + now / 2, span / 2
    vector = evaluate(parse(f"increase(c[{round(length * 1000)}ms])"), Shelf(series), at)
    got = dict(zip(vector.labels, vector.values.tolist(), strict=True))
    plain = {labels.without(NAME): plain_increase(samples, at - length, at) for labels, samples in series.items()}
    expected = {labels: value for labels, value in plain.items() if value is not None}
    assert got.keys() == expected.keys()
    assert all(math.isclose(got[labels], value, rel_tol=1e-9, abs_tol=1e-12) for labels, value in expected.items())


@given(st.lists(COUNTER, min_size=1, max_size=4), st.integers(1, 30), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_a_range_gives_at_every_step_what_an_instant_gives(counters, length, step):
    series = {Labels({NAME: "c", "n": str(number)}): samples for number, samples in enumerate(counters)}
    expression = parse(f"sum by (n) (rate(c[{length}s])) * 2 or last_over_time(c[{length}s]) > 5 or topk(1, c)")
    matrix = evaluate_range(expression, Shelf(series), start=BASE, end=BASE + 45, step=step)
    for index, at in enumerate(matrix.times.tolist()):
        vector = evaluate(expression, Shelf(series), at)
        rows = np.flatnonzero(~is_absent(matrix.values[:, index]))
        got = {matrix.labels[row]: float(matrix.values[row, index]) for row in rows}
        assert got == dict(zip(vector.labels, vector.values.tolist(), strict=True))


def rows_at(matrix, index):
    """The values there, in bits, so that NaN equals itself."""
    rows = np.flatnonzero(~is_absent(matrix.values[:, index]))
    return {matrix.labels[row]: bits(matrix.values[row, index]) for row in rows}


def bits(value):
    """All bits of a number; what is none has a sign that says nothing, and that processors choose."""
    return b"NaN" if math.isnan(value) else value.tobytes()


def expect_the_same(text, series, *, step):
    expression = parse(text)
    matrix = evaluate_range(expression, Shelf(series), start=BASE - 5, end=BASE + 60, step=step)
    for index, at in enumerate(matrix.times.tolist()):
        vector = evaluate(expression, Shelf(series), at)
        assert rows_at(matrix, index) == {
            labels: bits(value) for labels, value in zip(vector.labels, vector.values, strict=True)
        }


@given(st.lists(COUNTER, min_size=1, max_size=4), st.integers(1, 60), st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_over_many_steps_at_once_nothing_comes_out_different(counters, length, step):
    series = {Labels({NAME: "c", "n": str(number)}): samples for number, samples in enumerate(counters)}
    for function in ("rate", "increase", "delta", "count_over_time", "first_over_time", "last_over_time"):
        expect_the_same(f"{function}(c[{length}s] offset 3s)", series, step=step)


GAUGE = st.dictionaries(
    st.integers(0, 90).map(lambda tenth: BASE + tenth / 2),
    st.one_of(st.floats(-1e3, 1e3), st.sampled_from([1e308, -1e308, math.inf, math.nan, STALE])),
    max_size=60,
)


@given(st.lists(GAUGE, min_size=1, max_size=4), st.integers(1, 60), st.integers(1, 9))
@example([{BASE: math.inf, BASE + 0.5: math.nan}], 10, 1)
@settings(max_examples=25, deadline=None)
def test_windows_that_are_stacked_give_what_each_gives_alone(gauges, length, step):
    series = {Labels({NAME: "g", "n": str(number)}): samples for number, samples in enumerate(gauges)}
    for function in ("avg", "max", "min", "present", "stddev", "stdvar", "sum"):
        expect_the_same(f"{function}_over_time(g[{length}s] offset 3s)", series, step=step)
    for function in ("changes", "resets"):
        expect_the_same(f"{function}(g[{length}s])", series, step=step)


@given(st.lists(COUNTER, min_size=6, max_size=6), st.sampled_from(["0.95", "scalar(sum(c)) / 40", "NaN"]))
@settings(max_examples=25, deadline=None)
def test_quantiles_at_many_steps_are_those_of_each(counters, quantile):
    bounds = ["1", "5", "+Inf", "1", "+Inf", "3"]
    series = {
        Labels({NAME: "c", "n": str(number // 3), "le": bound}): samples
        for number, (bound, samples) in enumerate(zip(bounds, counters, strict=True))
    }
    expect_the_same(f"histogram_quantile({quantile}, last_over_time(c[9s]))", series, step=2)


def test_what_falls_below_zero_is_lost_over_a_range_as_at_each_time():
    shelf = Shelf({Labels({NAME: "x"}): {BASE + step: 1.0 - step for step in range(4)}})
    expression = parse("increase(x[4s])")
    matrix = evaluate_range(expression, shelf, start=BASE + 2, end=BASE + 3, step=1)
    assert matrix.values[0].tolist() == [evaluate(expression, shelf, BASE + at).values[0] for at in (2, 3)]
