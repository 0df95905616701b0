"""What the parser understands, and what it says where it does not."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.promql import PromQLError, evaluate, grouping_labels, metric_names, parse, selectors
from drawdown.series import NAME, Block, Matcher, Op

REFUSED = [
    tuple(line.split(" => "))
    for line in (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


class Empty:
    def select(self, _matchers, _start, _end, **_):
        return Block.empty()


@pytest.mark.parametrize(("text", "complaint"), REFUSED)
def test_what_is_wrong_is_said_with_its_place(text, complaint):
    position, message = complaint.split(": ", 1)
    with pytest.raises(PromQLError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.message) == (int(position), message)


def test_an_expression_keeps_its_text_and_tells_its_selectors():
    expression = parse('sum by (job) (rate(a_total{code=~"5.."}[5m])) / on(job) group_left(team) b # why')
    assert expression.text.endswith("# why")
    assert [selector.name for selector in selectors(expression)] == ["a_total", "b"]
    assert next(selectors(expression)).matchers == (
        Matcher(NAME, Op.EQUAL, "a_total"),
        Matcher("code", Op.MATCH, "5.."),
    )
    assert metric_names(expression) == {"a_total", "b"}
    assert grouping_labels(expression) == {"job", "team"}


def test_a_selector_without_a_metric_has_no_name():
    expression = parse('{__name__=~"a|b"}')
    assert next(selectors(expression)).name == ""
    assert metric_names(expression) == set()


def test_the_words_of_the_language_can_name_metrics_and_labels():
    expression = parse("sum by (by, on) (sum{on='1', offset='2', without='3', inf='4'}) + rate")
    assert metric_names(expression) == {"sum", "rate"}
    assert grouping_labels(parse("sum by ('without', 'inf', a:b) (c)")) == {"without", "inf", "a:b"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("1_000.5_0e1_0", 1.0005e13),
        (".1_0", 0.1),
        ("0x_1f", 31),
        ("0_17", 15),
        ("0_8", 8),
        ("0777777777777777777777777", 777777777777777777777777.0),
        ("0x7fffffffffffffff", 2**63),
        ("1h30m", 5400),
    ],
)
def test_a_number_is_read_as_go_reads_it(text, value):
    assert evaluate(parse(text), Empty(), 0.0).values.tolist() == [value]


@pytest.mark.parametrize("text", ["a[+5m]", "a[5m:+1m]", "a offset -5m", "a offset + 5m", "a @ -5", "a @ +5"])
def test_a_duration_may_have_a_sign_as_long_as_it_is_positive_where_it_must_be(text):
    assert metric_names(parse(text)) == {"a"}


def test_matching_without_labels_says_nothing_beside_a_scalar():
    assert evaluate(parse("vector(1) + on() group_left(x) 1"), Empty(), 0.0).values.tolist() == [2]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 30_000,
        "(" * 20_000 + "1" + ")" * 20_000,
        "-" * 60_000 + "1",
        "2" + "^2" * 30_000,
        "sum(" * 10_000,
        "abs(" * 5_000 + "x" + ")" * 5_000,
        "a" + "[1m:1m]" * 5_000,
        '"' + "\\" * 60_000,
        "1" * 60_000,
        "1s" * 30_000,
        '{a=~"' + "(" * 60_000 + '"}',
        '{a=~"' + "(" * 300 + ")" * 300 + '"}',
        "a" * 70_000,
        "@" * 60_000,
    ],
    ids=lambda text: text[:8],
)
def test_no_depth_and_no_length_is_more_than_an_error(text):
    with pytest.raises(PromQLError):
        evaluate(parse(text), Empty(), 0.0)


def test_a_chain_of_operators_may_be_long():
    assert evaluate(parse("1" + " + 1" * 5_000), Empty(), 0.0).values.tolist() == [5001.0]
    assert evaluate(parse("a" + " or a" * 1_000), Empty(), 0.0).labels == ()


WORDS = st.sampled_from([*(Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split(), "\n"])


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS).map("".join)))
@example("a[5m] offset -9223372036.1")
@example("vector(9e307 * 10) @ 1")
@example("sum_over_time(a[290y:1ms])")
@example("a offset 291y")
@example('label_replace(a, "b", "$9999", "c", "(.*)")')
@settings(max_examples=150, deadline=None)
def test_whatever_the_text_the_only_error_is_ours(text):
    try:
        expression = parse(text)
        evaluate(expression, Empty(), 1e9)
    except PromQLError as raised:
        error = raised
    else:
        return
    assert 0 <= error.position <= len(text)
    assert error.message


@given(st.text(alphabet="ab01.*+?|()[]{}\\^$-,:diPx<>&~#", max_size=14))
@example("[[:alpha:]]")
@example("[a--b]")
@example("(?i)(")
@settings(max_examples=150, deadline=None)
def test_whatever_the_pattern_it_compiles_without_a_warning_or_is_refused(pattern):
    try:
        expression = parse("a{b=~`" + pattern + "`}")
    except PromQLError:
        return
    re.compile(next(selectors(expression)).matchers[1].value, re.DOTALL)


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("a((?i)b|c)d", "aBd", True),
        ("a((?i)b|c)d", "aCd", True),
        ("a((?i)b|c)d", "aCD", False),
        ("(?i)ab|c", "C", True),
        ("(?<x>a)", "a", True),
        ("[[:digit:]x]+", "1x2", True),
        ("a{,2}", "a{,2}", True),
        ("a{,2}", "aa", False),
        (r"\x{41}", "A", True),
        ("a.c", "a\nc", True),
        ("[]a]", "]", True),
        (r"[\]a]", "]", True),
        (r"\(", "(", True),
        (r"\w+", "工行", False),
        (r"\W", "行", True),
        (r"[\w.]", "é", False),
        (r"[\W]", "é", True),
        (r"[\d-]", "-", True),
        (r"[^-\d]", "-", False),
        (r"[^\W\d]", "a", True),
        (r"[^\W\d]", "1", False),
        (r"\d", "٣", False),
        (r"\s", "\v", False),
        (r"\S", "\v", True),
        (r"[\S]", "\t", False),
        ("(?i)é", "É", True),
    ],
)
def test_a_pattern_means_what_it_means_in_re2(pattern, value, matches):
    matcher = next(selectors(parse("a{b=~`" + pattern + "`}"))).matchers[1]
    assert (re.fullmatch(matcher.value, value, re.DOTALL) is not None) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*",
        "((ab?)c)*",
        ".*.*.*.*.*.*x",
        "(?=a)",
        "(?<!a)b",
        r"(a)\1",
        "(?P=x)",
        "a++",
        "a**",
        "(?>a)",
        "(?#a)",
        r"\pL",
        r"\Qa",
        "(",
        ")",
        "[a",
        "*a",
        "a{2000}{2000}",
        "(?U)a",
        "[[:nope:]]",
        r"[\d-z]",
        r"[.-\d]",
        "a" * 1001,
    ],
)
def test_a_pattern_that_is_none_or_could_take_forever_is_refused(pattern):
    with pytest.raises(PromQLError):
        parse("a{b=~`" + pattern + "`}")
