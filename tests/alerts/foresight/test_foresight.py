"""Evaluated ahead or tick by tick: the same series and the same alerts."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.evaluator import Evaluator
from alerts.foresight.foresight import Foresight
from alerts.foresight.plan import Plan, readings
from alerts.foresight.steps import stepped
from alerts.foresight.tape import Tape
from alerts.promql import evaluate, parse
from alerts.rule import load_rules
from alerts.ruletest.histogram import Histograms
from alerts.ruletest.notation import expand
from drawdown.document import load_document
from drawdown.series import NAME, Labels, is_absent, is_stale

TICKS = np.arange(12) * 60.0


class NoClock:
    def monotonic(self):
        return 0.0


class NoInstruments:
    def add(self, *_values, **_labels):
        pass

    set = add


def groups_of(*groups):
    return load_rules(load_document(yaml.safe_dump({"groups": list(groups)}), source="rules.yaml"), catalogue=None)


def tape(groups, inputs):
    offsets = {group.query_offset for group in groups}
    made = Tape([tick - offset for tick in TICKS for offset in {0.0, *offsets}])
    for number, samples in enumerate(inputs):
        values = expand(samples, Histograms())[: len(TICKS)]
        labels = Labels({NAME: "in", "n": str(number), "g": "even" if number % 2 == 0 else ""})
        made.lay((labels,), values[np.newaxis, :], times=TICKS[: len(values)])
    return made


def told(alerts):
    return sorted((repr(alert.labels), str(alert.state), repr(alert.value), alert.active_at) for alert in alerts)


def story(groups, made, evaluate_at, ticks=TICKS):
    """The alerts at each tick, and the samples of all series in the end."""
    evaluator = Evaluator(
        groups,
        source=made,
        sink=made,
        instruments=NoInstruments(),
        clock=NoClock(),
        interval=60.0,
        evaluate=evaluate_at,
        backdates=True,
    )
    alerts = []
    for tick in ticks.tolist():
        made.until = tick
        alerts.append(told(evaluator.tick(tick)))
    made.until = np.inf
    block = made.select((), -np.inf, np.inf)
    samples = {repr(labels): bits(row) for labels, row in zip(block.labels, block.values, strict=True)}
    return alerts, samples


def bits(row):
    """All bits of samples and markers; what is no number has a sign that says nothing, and that processors choose."""
    is_marker = is_absent(row) | is_stale(row)
    return np.where(np.isnan(row) & ~is_marker, np.nan, row).tobytes()


def blind(expression, source, at):
    return evaluate(stepped(expression, 60.0), source, at)


def both(groups, inputs, ticks=TICKS):
    ahead = tape(groups, inputs)
    foresight = Foresight(groups, ahead, ticks, step=60.0)
    return story(foresight.groups, ahead, foresight.evaluate, ticks), story(groups, tape(groups, inputs), blind, ticks)


EXPRESSIONS = [
    "in",
    "in > 2",
    "sum(in)",
    "rate(in[3m])",
    "count_over_time(in[3m:])",
    "a",
    "b + 1",
    "sum by (n) (a) > 1",
    "a offset 2m",
    "a offset -1m",
    "in @ 120",
    "max_over_time(a[5m])",
    "sum by (g) (increase(in[4m]))",
    "sum without (n) (delta((in[5m] offset 1m))) > -1",
    "sum(rate(in[3m]) > 0) or sum(rate(in[3m]))",
    "in unless on () ALERTS{alertstate='firing'}",
    "sum(in) * 2 or sum(ALERTS)",
    "absent(a) or absent(in > 5)",
    "timestamp(in) - time()",
    "{__name__=~'a|in'}",
    "a + on (n) a",
    "label_replace(in, 'n', 'x', '', '')",
    "scalar(sum(in)) > bool 3",
    "vector(1)",
    "(in > 3 * a or in > 4) > 2 and on () sum(in) > 3",
    "in > 2 and on () (c or ALERTS)",
    "in > 1 unless on () max_over_time(ALERTS[3m])",
    "(c or 0 * b) and on () ALERTS or avg_over_time(b[4m] offset 1m) or avg_over_time(b[2m])",
]
RULE = st.one_of(
    st.fixed_dictionaries({"record": st.sampled_from(["a", "b", "c"]), "expr": st.sampled_from(EXPRESSIONS)}),
    st.fixed_dictionaries(
        {
            "alert": st.sampled_from(["X", "Y"]),
            "expr": st.sampled_from(EXPRESSIONS),
            "for": st.sampled_from(["0s", "2m"]),
            "annotations": st.sampled_from(
                [
                    {},
                    {"t": "{{ $value }}"},
                    {"t": '{{ query "a" | len }}'},
                    {"t": '{{ query (printf "sum(b{n=%q})" $labels.n) | len }}'},
                    {"t": '{{ "c" | query | len }}'},
                ]
            ),
        }
    ),
)
GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "rules": st.lists(RULE, min_size=1, max_size=4),
            "limit": st.sampled_from([0, 0, 0, 1]),
            "query_offset": st.sampled_from(["0s", "0s", "0s", "1m"]),
            "interval": st.sampled_from(["1m", "1m", "2m", "3m"]),
        }
    ),
    min_size=1,
    max_size=2,
).map(lambda groups: [{"name": f"g{number}", **group} for number, group in enumerate(groups)])
SERIES = st.lists(
    st.sampled_from(
        [
            "0+1x11",
            "5x3 stale _x4 6x3",
            "3 _ 3 _x6 9",
            "9-1x11",
            "NaN 1 NaN 2x4",
            "_x5 1x2",
            "0x11",
            "7x11",
            "Inf Inf Inf Inf",
        ]
    ),
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(GROUPS, SERIES)
def test_what_is_evaluated_ahead_is_what_the_ticks_would_give(groups, inputs):
    ahead, ticked = both(groups_of(*groups), inputs)
    assert ahead == ticked


@settings(max_examples=60, deadline=None)
@given(
    GROUPS, SERIES, st.lists(st.integers(0, len(TICKS) - 1), min_size=1, max_size=len(TICKS), unique=True).map(sorted)
)
def test_ticks_may_be_missing(groups, inputs, present):
    ahead, ticked = both(groups_of(*groups), inputs, TICKS[present])
    assert ahead == ticked


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["a: in", "b: sum(a)"], "ab"),
        (["b: sum(a)", "a: in"], "a"),
        (["b: sum({job='x'})", "a: in"], ""),
        (["a: a + in"], ""),
        (["a: in offset -1m", "b: a"], ""),
        (["a: in @ 60", "b: in"], "b"),
        (["a: ALERTS", "b: in"], "ab"),
        (["a: '{job=\"x\"}'", "b: in"], ""),
        (["a: in", "b: '{job=\"x\"}'"], "a"),
        (["a: in", "a: in > 1", "b: a"], "aab"),
        (["a: in", "b: a", "a: in"], "a"),
    ],
)
def test_a_rule_can_be_evaluated_ahead_if_nobody_notices(rules, expected):
    written = [dict(zip(("record", "expr"), (each[0], yaml.safe_load(each)[each[0]]), strict=True)) for each in rules]
    every = readings(groups_of({"name": "g", "rules": written}))
    plan = Plan(every)
    ahead = ""
    for reading in every:
        allowed = plan.allows(reading)
        (plan.known if allowed else plan.live)(reading)
        ahead += reading.rule.name if allowed else ""
    assert ahead == expected


def test_sums_over_many_series_most_of_which_stand_still_are_the_same_in_every_bit():
    moving = ["0.1+0.7x11", "0+0.3x5 0+1.1x5", "3+0.01x11", "1+1e-7x11", "5+0.9x11"]
    inputs = [moving[number % 5] if number % 7 == 3 else f"{number % 3}x11" for number in range(90)]
    rules = [
        {"record": "a", "expr": "sum by (g) (increase(in[3m]))"},
        {"record": "b", "expr": "sum(rate(in[5m]))"},
        {"alert": "X", "expr": "sum without (n) (delta(in[4m])) > 1"},
    ]
    ahead, ticked = both(groups_of({"name": "g", "rules": rules}), inputs)
    assert ahead == ticked
    assert [len(alerts) for alerts in ahead[0]] == [0] + [2] * 11


def test_what_is_written_seldom_adds_up_to_the_same_whether_its_empty_columns_are_read_or_not():
    ticks = np.arange(120) * 60.0
    every = {"name": "every", "interval": "5m", "rules": [{"record": "a", "expr": "in * 1.1"}]}
    functions = ("avg", "stddev", "sum")
    rules = [
        {"record": f"{each}:{long}", "expr": f"{each}_over_time(a[{long}m])"} for each in functions for long in (30, 33)
    ]
    lines = [{"record": "d", "expr": "deriv(a[31m])"}, {"record": "p", "expr": "predict_linear(a[30m], 60)"}]
    groups = groups_of(every, {"name": "each", "rules": [*rules, *lines]})

    def made():
        values = np.cumsum(np.random.default_rng(3).random((2, 120)), axis=1)
        laid = Tape(ticks)
        laid.lay([Labels({NAME: "in", "n": n}) for n in "xy"], values, times=ticks)
        return laid

    ahead = made()
    foresight = Foresight(groups, ahead, ticks, step=60.0)
    assert foresight.groups == ()
    assert story((), ahead, foresight.evaluate, ticks) == story(groups, made(), blind, ticks)


def test_a_rule_that_looks_into_the_past_and_forward_again_sees_what_is_made_later():
    early = {"name": "early", "query_offset": "1m", "rules": [{"alert": "X", "expr": "a offset -1m"}]}
    ahead, ticked = both(groups_of(early, {"name": "late", "rules": [{"record": "a", "expr": "in"}]}), ["0+1x11"])
    assert ahead == ticked


def test_what_fails_at_one_tick_is_left_to_the_ticks():
    rule = {"record": "a", "expr": "in + on () in"}
    ahead, ticked = both(groups_of({"name": "g", "rules": [rule]}), ["1x3", "_x2 1x3"])
    assert ahead == ticked
    assert "a{}" in ahead[1]


def test_a_subquery_without_a_step_has_that_of_the_ticks():
    expression = parse("count_over_time(in[5m:])")
    made = tape((), ["0+1x11"])
    assert evaluate(stepped(expression, 60.0), made, 600.0).values.tolist() == [5.0]
    assert evaluate(stepped(expression, 120.0), made, 600.0).values.tolist() == [3.0]
    plain = parse("count_over_time(in[5m:1m])")
    assert stepped(plain, 120.0) is plain
