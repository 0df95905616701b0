from itertools import pairwise

import pytest

from alerts.api.printing import formatted
from alerts.promql import PromQLError, parse
from alerts.promql.lexer import tokens
from alerts.promql.syntax import Kind
from alerts.remote.split import Part, Split, parts_of

OURS = ("ours", "ours:rate", "ALERTS", "ALERTS_FOR_STATE")
SPLIT = Split(OURS)


def asked(text, **more):
    return [part.text for part in parts_of(SPLIT(parse(text), **more))]


WHOLE = [
    "theirs",
    "theirs > 2",
    "time() - max by (a) (theirs > 0) > 600",
    "scalar(theirs)",
    "max_over_time(rate(theirs[5m])[1h:1m])",
    "absent(theirs{a='b'})",
    "quantile_over_time(scalar(theirs), theirs[5m])",
    '{__name__=~"the.*"}',
    '{__name__!="ours", __name__=~"the.*|ours"}',
    "# how many\nsum(theirs)",
    "+".join(["theirs"] * 5000),
]


@pytest.mark.parametrize("text", WHOLE, ids=lambda text: text[:40])
def test_what_reads_only_their_series_is_asked_as_a_whole(text):
    rest = SPLIT(parse(text))
    assert asked(text) == [text]
    assert rest.text == text
    assert rest.root.kind is parse(text).root.kind


LOCAL = [
    "ours",
    "rate(ours[5m])",
    "ALERTS",
    "max_over_time((ours > 1)[5m:])",
    "vector(1)",
    "time() > bool 5",
    "1",
    '"a"',
]


@pytest.mark.parametrize("text", LOCAL)
def test_what_reads_no_series_of_theirs_stays_as_it_is(text):
    expression = parse(text)
    assert SPLIT(expression) is expression


MIXED = [
    ("theirs and ours", ["theirs"]),
    ("theirs / other > ours", ["theirs / other"]),
    ("ours < theirs / other", ["theirs / other"]),
    ("ours + theirs * other ^ 2", ["theirs * other ^ 2"]),
    ("ours + theirs + other", ["theirs", "other"]),
    ("ours + (theirs + other)", ["(theirs + other)"]),
    ("theirs + other + ours + third", ["theirs + other", "third"]),
    ("topk(scalar(theirs), ours)", ["scalar(theirs)"]),
    ("topk(scalar(ours), sum(theirs) by (a, b))", ["sum(theirs) by (a, b)"]),
    ("ours > scalar(theirs) + 2", ["scalar(theirs) + 2"]),
    ('sum by (a) (theirs{a=~"[[:alpha:]]+\\\\.x"}) or ours', ['sum by (a) (theirs{a=~"[[:alpha:]]+\\\\.x"})']),
    ("rate(theirs[5m] offset 1m) > on (a) group_left (b) ours", ["rate(theirs[5m] offset 1m)"]),
    ("theirs @ 1234 offset 5m unless ours", ["theirs @ 1234 offset 5m"]),
    ("(theirs # the first\n + other) / ours", ["(theirs # the first\n + other)"]),
    ("-theirs + ours", ["-theirs"]),
    ("theirs * NaN + ours", ["theirs * NaN"]),
    ("ours and theirs and theirs", ["theirs"]),
    ('label_replace(ours or theirs, "a", "$1", "b", "(.*)")', ["theirs"]),
    ("clamp(ours, scalar(theirs), 0x10)", ["scalar(theirs)"]),
    ("predict_linear(ours[5m], scalar(theirs))", ["scalar(theirs)"]),
    ("histogram_quantile(0.9, theirs or ours)", ["theirs"]),
    ("abs(-(ours - theirs))", ["theirs"]),
    ("sum without () (theirs) - ours", ["sum without () (theirs)"]),
    ("sum(theirs) without () - ours", ["sum(theirs) without ()"]),
]


@pytest.mark.parametrize(("text", "parts"), MIXED, ids=str)
def test_of_what_reads_both_the_largest_parts_that_read_theirs_are_asked_as_they_were_written(text, parts):
    assert asked(text) == parts


@pytest.mark.parametrize(("text", "parts"), MIXED, ids=str)
@pytest.mark.parametrize("blank", ["\n\t", " # ) or (\n"], ids=repr)
def test_blanks_and_comments_between_any_two_tokens_change_nothing(text, parts, blank):
    positions = [token.position for token in tokens(text)]
    spread = blank.join(text[start:end] for start, end in pairwise(positions))
    assert [formatted(parse(part)) for part in asked(spread)] == [formatted(parse(part)) for part in parts]


def test_a_chain_of_any_length_can_read_both():
    text = "+".join(["theirs"] * 2000)
    assert asked(f"{text} > ours") == [text]
    assert len(asked("+".join(["theirs"] * 100 + ["ours"] + ["theirs", "other"] * 1000))) == 3


def test_parts_know_their_offset_and_whether_a_scalar_is_wanted():
    rest = SPLIT(parse("ours > scalar(theirs) and theirs"), offset=60)
    assert list(parts_of(rest)) == [Part("scalar(theirs)", scalar=True, offset=60), Part("theirs", offset=60)]
    assert rest.root.kind is Kind.VECTOR


REFUSED = [
    ("sum(max_over_time((theirs > ours)[5m:1m]))", 18, "a subquery reads series of the other Prometheus and such as"),
    ("max_over_time((ours or vector(0) * theirs)[5m:])", 14, "record the former with a rule of its own"),
    ("quantile_over_time(scalar(ours), theirs[5m])", 33, "write the number out"),
    (
        'count({job="x"})',
        6,
        "this selector can find both series of the other Prometheus and ALERTS, which is kept here",
    ),
    ('ours + {__name__=~"o.*"}', 7, "and ours, which is kept here; name one metric"),
    ('{__name__!~"theirs|"}', 0, "name one metric"),
]


@pytest.mark.parametrize(("text", "position", "message"), REFUSED, ids=str)
def test_what_cannot_be_taken_apart_is_refused_with_its_place_and_what_to_do(text, position, message):
    with pytest.raises(PromQLError) as caught:
        SPLIT(parse(text))
    assert message in caught.value.message
    assert caught.value.position == position
