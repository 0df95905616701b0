"""The query API beside a real Prometheus with the same samples: the same answers, the same errors."""

import math

import pytest
import pytest_asyncio
from reference_twins import twins

from grafana.overview import OVERVIEW

pytestmark = [pytest.mark.xdist_group("reference-api"), pytest.mark.asyncio(loop_scope="module")]

MADE_UP = {"$__rate_interval": "1m", "$origin": ".+", "$journey": ".+", "$channel": ".+"}
DRAWDOWN = ("match[]", '{__name__=~"drawdown_.+"}')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(prometheus, promtool, tmp_path_factory):
    async with twins(tmp_path_factory.mktemp("twins"), program=prometheus, promtool=promtool) as running:
        yield running


def filled(expression):
    for variable, value in MADE_UP.items():
        expression = expression.replace(variable, value)
    return expression


QUERIES = sorted({filled(query.expression) for row in OVERVIEW.rows for panel in row.panels for query in panel.queries})


def series_of(answer):
    """By labels, in their order: times and numbers."""
    status, body = answer
    assert (status, body["status"]) == (200, "success")
    found = {}
    for each in body["data"]["result"]:
        points = each["values"] if "values" in each else [each["value"]]
        labels = tuple(sorted(each["metric"].items()))
        found[labels] = ([at for at, _ in points], [float(value) for _, value in points])
    return found


def assert_same(ours, theirs):
    ours, theirs = series_of(ours), series_of(theirs)
    assert ours.keys() == theirs.keys()
    for labels, (times, values) in ours.items():
        assert times == theirs[labels][0]
        assert values == pytest.approx(theirs[labels][1], rel=1e-12, abs=1e-12, nan_ok=True)
    return ours


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:50])
async def test_a_query_of_the_dashboard_gives_the_same_numbers_at_the_same_times(both, query):
    span = [("start", str(both.start)), ("end", str(both.end)), ("step", "7")]
    drawn = assert_same(*await both.ask("query_range", [("query", query), *span], method="POST"))
    unseen = " > 0" in query or "drawdown_source_" in query  # nothing is wrong, and no other Prometheus is asked
    assert unseen or any(math.isfinite(value) for _, values in drawn.values() for value in values)
    assert_same(*await both.ask("query", [("query", query), ("time", str(both.end - 90))]))


EXACT = [
    "drawdown_notices_total",
    "drawdown_store_series[3s]",
    "vector(1e-7)",
    "vector(1e21)",
    "vector(0.1) * 3",
    "2^60 * vector(1)",
    "sort_desc(sum by (channel) (drawdown_attempts_total))",
    "drawdown_attempts_total < 0",
]


@pytest.mark.parametrize("query", EXACT)
async def test_the_json_of_a_query_is_the_same(both, query):
    ours, theirs = await both.ask("query", [("query", query), ("time", str(both.end - 0.9375))])
    if "sort" not in query:
        ours, theirs = unordered(ours), unordered(theirs)
    assert ours == theirs


def unordered(answer):
    """The order of an instant vector means nothing."""
    status, body = answer
    body["data"]["result"].sort(key=str)
    return status, body


@pytest.mark.parametrize("query", ["1e-7", "1e21", "-1/0", "2^60", "-0", "0/0", '"a text"'])
async def test_the_json_of_a_query_without_labels_is_the_same(both, query):
    ours, theirs = await both.ask("query", [("query", query), ("time", "1.0625")])
    assert ours == theirs


LOOKUPS = [
    ("series", [("match[]", "drawdown_notices_total")]),
    ("series", [("match[]", "drawdown_notices_total"), ("match[]", '{cause="malformed"}')]),
    ("series", [DRAWDOWN, ("limit", "3")]),
    ("series", [("match[]", "nothing")]),
    ("labels", [DRAWDOWN]),
    ("labels", [("match[]", "drawdown_notices_total"), ("limit", "1")]),
    ("label/reason/values", [DRAWDOWN]),
    ("label/__name__/values", [DRAWDOWN]),
    ("label/channel/values", [("match[]", "drawdown_attempts_total"), ("limit", "2")]),
    ("label/nothing/values", []),
    ("query_exemplars", [("query", "drawdown_attempts_total")]),
]


@pytest.mark.parametrize(("path", "pairs"), LOOKUPS, ids=str)
async def test_what_there_is_is_told_in_the_same_words(both, path, pairs):
    ours, theirs = await both.ask(path, [*pairs, ("start", str(both.start)), ("end", str(both.end))])
    assert ours == theirs


FORMATTED = [
    *QUERIES,
    "-sum without () (a offset -5m) ^ (b @ end())",
    'a{b="c",a!~"d|e",f=""}[1h30m] @ 7 offset 1d',
    "max_over_time((a > bool 1)[1h:30s] offset 1m)",
    "topk by (b) (3, a * on (b, c) group_left (d) e unless ignoring (x) f)",
    'label_replace(a, "b", "$1\\n\t通道", "c", "(.*)")',
    " + ".join(f"sum by (label_{number}) (rate(drawdown_attempts_total[5m]))" for number in range(5)),
    "-(a)",
    "1e-7 + 0x10 + Inf - NaN",
]


@pytest.mark.parametrize("query", FORMATTED, ids=lambda query: query[:50])
async def test_an_expression_is_formatted_in_the_same_way(both, query):
    ours, theirs = await both.ask("format_query", [("query", query)], method="POST")
    assert ours == theirs


ONE = ("query", "1")
RANGE = [ONE, ("start", "0"), ("end", "10"), ("step", "1")]
ERRORS = [
    ("query", []),
    ("query", [("query", "up{")]),
    ("query", [("query", "sum(up) by")]),
    ("query", [ONE, ("time", "yesterday")]),
    ("query", [ONE, ("time", "2026-01-01")]),
    ("query", [ONE, ("timeout", "long")]),
    ("query", [ONE, ("limit", "-1")]),
    ("query", [ONE, ("lookback_delta", "long")]),
    ("query", [("query", 'vector(1) + on () (label_replace(vector(1), "a", "b", "", "") or vector(1))')]),
    ("query_range", []),
    ("query_range", [ONE, ("start", "1"), ("end", "0"), ("step", "1")]),
    ("query_range", [*RANGE[:3], ("step", "0")]),
    ("query_range", [*RANGE[:3], ("step", "soon")]),
    ("query_range", [("query", '"text"'), *RANGE[1:]]),
    ("query_range", [("query", "up[5m]"), *RANGE[1:]]),
    ("query_range", [ONE, ("start", "0"), ("end", "11001"), ("step", "1")]),
    ("series", []),
    ("series", [("match[]", "{}")]),
    ("series", [("match[]", "sum(up)")]),
    ("series", [("match[]", "up offset 5m")]),
    ("series", [DRAWDOWN, ("start", "yesterday")]),
    ("series", [DRAWDOWN, ("limit", "many")]),
    ("labels", [("match[]", "{")]),
    ("label/channel/values", [("limit", "-1")]),
    ("metadata", [("limit", "many")]),
    ("metadata", [("limit_per_metric", "many")]),
    ("rules", [("type", "alarm")]),
    ("rules", [("exclude_alerts", "maybe")]),
    ("rules", [("match[]", "{")]),
    ("rules", [("group_limit", "-1")]),
    ("rules", [("group_next_token", "abc")]),
    ("rules", [("group_limit", "1"), ("group_next_token", "abc")]),
    ("query_exemplars", []),
    ("query_exemplars", [ONE, ("start", "2"), ("end", "1")]),
]


@pytest.mark.parametrize(("path", "pairs"), ERRORS, ids=str)
async def test_what_is_wrong_there_is_wrong_here_with_the_same_status_and_type(both, path, pairs):
    (status, ours), (their_status, theirs) = await both.ask(path, pairs)
    assert (status, ours["status"], ours["errorType"]) == (their_status, "error", theirs["errorType"])
    assert ours.keys() == theirs.keys()


@pytest.mark.parametrize("end", ["11000", "11000.5"])
async def test_a_series_may_have_as_many_points(both, end):
    ours, theirs = await both.ask("query_range", [ONE, ("start", "0"), ("end", end), ("step", "1")])
    assert ours == theirs


CHANGING = {"query", "health", "state", "alerts", "lastEvaluation", "evaluationTime"}
"""Of a rule: what depends on when it was evaluated; and the expression, which Prometheus prints anew."""


def lasting(rule):
    return {name: value for name, value in rule.items() if name not in CHANGING}


@pytest.mark.parametrize(
    "pairs", [[], [("type", "record")], [("match[]", '{severity="page"}')], [("file[]", "no")]], ids=str
)
async def test_rules_are_told_in_the_same_words(both, pairs):
    (_, ours), (_, theirs) = await both.ask("rules", pairs)
    ours, theirs = ours["data"]["groups"], theirs["data"]["groups"]
    assert [group.keys() for group in ours] == [group.keys() for group in theirs]
    for group, twin in zip(ours, theirs, strict=True):
        assert {name: group[name] for name in ("name", "file", "interval", "limit")} == {
            name: twin[name] for name in ("name", "file", "interval", "limit")
        }
        assert [lasting(rule) for rule in group["rules"]] == [lasting(rule) for rule in twin["rules"]]
        assert [rule.keys() for rule in group["rules"]] == [rule.keys() for rule in twin["rules"]]
