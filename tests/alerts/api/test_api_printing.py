import pytest
from api_world import data, error, serving

from alerts.api.printing import formatted
from alerts.promql import metric_names, parse

LINES = [
    ("sum  by(a,b)(rate(x{c='d'}[60s]))", 'sum by (a, b) (rate(x{c="d"}[1m]))'),
    ("sum(x)without(b)", "sum without (b) (x)"),
    ("sum by () (x)", "sum(x)"),
    ("topk(3,x)", "topk(3, x)"),
    ("a+on(b)group_left(c)d", "a + on (b) group_left (c) d"),
    ("a * on (b) group_right d", "a * on (b) group_right () d"),
    ("a and ignoring(b) c", "a and ignoring (b) c"),
    ("a>bool 1", "a > bool 1"),
    ("-(a - -1)", "-(a - -1)"),
    ("a offset 90s", "a offset 1m30s"),
    ("a[5m] offset -1h @ 1.5", "a[5m] @ 1.500 offset -1h"),
    ("a @ start()", "a @ start()"),
    ("rate(a[5m])[1h:]", "rate(a[5m])[1h:]"),
    ("rate(a[5m])[1h:1m] @ end()", "rate(a[5m])[1h:1m] @ end()"),
    ('{__name__="a b","x.y"="z"}', '{"x.y"="z",__name__="a b"}'),
    ('{b=~"c.*",a!="d"}', '{a!="d",b=~"c.*"}'),
    ('{"nan", b="c"}', '{__name__="nan",b="c"}'),
    ('{"Inf"}[5m]', '{__name__="Inf"}[5m]'),
    ('{"bool"} + {"sum"}', '{__name__="bool"} + sum'),
    ("a + ignoring () group_left (c) d", "a + ignoring () group_left (c) d"),
    ("a + ignoring () group_right () d", "a + ignoring () group_right () d"),
    ("a + ignoring () d", "a + d"),
    ("a and ignoring () d", "a and d"),
    ("time()", "time()"),
    ("'a\\tb'", '"a\\tb"'),
    ("1e-7", "0.0000001"),
]


@pytest.mark.parametrize(("written", "line"), LINES)
def test_a_short_expression_is_one_line(written, line):
    assert formatted(parse(written)) == line
    assert formatted(parse(line)) == line


NAMES = ["inf", "NaN", "bool", "on", "ignoring", "group_left", "atan2", "by", "and", "offset", "start", "sum", "rate"]


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_named_like_a_word_of_the_language_can_be_read_again(name):
    for written in (f'{{"{name}"}}', f'{{"{name}", a="b"}}', f'{{"{name}"}}[5m]', f'-({{"{name}"}} offset 5m)'):
        line = formatted(parse(f"abs(rate({written}))" if "[" in written else written))
        assert formatted(parse(line)) == line
        assert metric_names(parse(line)) == {name}


LONG = 'some_quite_long_name_of_a_metric{with="labels"}'
BROKEN = f"""\
sum by (a) (
  histogram_quantile(
    0.9,
        rate({LONG}[5m])
      + on (a)
        rate({LONG}[5m])
    -
      -(
        max_over_time(
          rate({LONG}[5m])[1h:1m]
        )
      + {LONG} offset 5m
      )
  )
)"""


def test_a_long_expression_is_broken_where_its_parts_meet():
    once = formatted(parse(" ".join(BROKEN.split())))
    assert max(map(len, once.splitlines())) <= 100
    assert formatted(parse(once)) == once
    assert once.splitlines()[:5] == BROKEN.splitlines()[:5]


def test_chains_of_any_length_are_formatted():
    lines = formatted(parse("+".join(["a"] * 2000))).splitlines()
    first = lines.pop(0).strip()
    assert len(first) <= 100
    assert first + "".join(map(str.strip, lines)).replace("+", " + ") == " + ".join(["a"] * 2000)


async def test_it_is_served():
    async with serving() as client:
        assert await data(client, "format_query", query="sum( a )") == "sum(a)"
        assert (await error(client, "format_query", query="sum("))[:2] == (400, "bad_data")
        async with client.post("/api/v1/format_query", data={"query": "+".join(["a"] * 6000)}) as answer:
            assert (answer.status, (await answer.json())["errorType"]) == (400, "bad_data")
