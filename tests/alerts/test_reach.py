import math

import pytest

from alerts.promql import parse
from alerts.reach import far_selectors, reach
from alerts.rule import load_rules
from drawdown.document import load_document


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 + 2", 0),
        ("up", 300),
        ("up offset 1h", 3900),
        ("up offset -1h", 300),
        ("sum(rate(up[1d]))", 86_400),
        ("rate(up[5m] offset 1d) / rate(up[1h])", 86_700),
        ("max_over_time(rate(up[5m])[1h:10m])", 3600 + 600 + 300),
        ("max_over_time(up[1h:])", 3600 + 60 + 300),
        ("max_over_time((up offset 1m)[1h:1m] offset 1d)", 86_400 + 3600 + 60 + 60 + 300),
        ("up @ 0", math.inf),
        ("sum(up) > bool (down and rate(down[2h]))", 7200),
    ],
)
def test_it_is_the_oldest_sample_that_an_expression_can_read(text, seconds):
    assert reach(parse(text)) == seconds


RULES = """
groups:
  - name: fast
    rules:
      - record: a
        expr: rate(near[1h]) + rate(far[61m]) + near
      - record: b
        expr: quantile_over_time(0.5, (hidden{job="x"} - near offset -1h)[59m:1m]) + far
  - name: shifted
    query_offset: 56m
    rules:
      - record: c
        expr: shifted
      - record: d
        expr: old offset 58m unless named @ 0
"""


def test_the_selectors_that_look_far_back_are_found_wherever_they_stand():
    groups = load_rules(load_document(RULES, source="rules.yaml"), catalogue=None)
    found = [[(each.name, each.value) for each in matchers] for matchers in far_selectors(groups, 3600.0)]
    assert found == [
        [("__name__", "far")],
        [("__name__", "hidden"), ("job", "x")],
        [("__name__", "near")],
        [("__name__", "shifted")],
        [("__name__", "old")],
        [("__name__", "named")],
    ]
