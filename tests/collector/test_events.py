import json
import re

import pytest
from collector_samples import event, lines
from hypothesis import given
from hypothesis import strategies as st

from collector.events import EXPECTED, OUTCOMES, OutcomeEvent, StepEvent
from collector.report import Refused, split
from collector.starting import Cause

SEVERAL = [
    ("application/x-ndjson", b'{"a":1}\n\n  \r\n{"b":2}\r\n', [(1, b'{"a":1}'), (4, b'{"b":2}')]),
    ("application/jsonl", b"1", [(1, b"1")]),
    ("application/json", b'\n [1, {"a": [2]}]', [(1, b"1"), (2, b'{"a": [2]}')]),
    ("application/json", b' {"a":\n1} ', [(1, b'{"a":\n1}')]),
]
LONG = "x" * 65


@pytest.mark.parametrize(("content_type", "body", "parts"), SEVERAL)
def test_a_report_is_taken_apart_and_its_lines_are_counted(content_type, body, parts):
    assert [(line, bytes(raw).strip()) for line, raw in split(body, content_type, most=9)] == parts


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("body", [b"", b" \n\t\n"])
def test_an_empty_report_is_refused(content_type, body):
    with pytest.raises(Refused, match="at least one JSON object"):
        list(split(body, content_type, most=9))


@pytest.mark.parametrize("body", [b"[", b"[1,]", b"[1] 2", b"[" * 100_000, b'["\xff]'])
def test_an_array_that_is_not_json_is_refused(body):
    with pytest.raises(Refused) as refused:
        list(split(body, "application/json", most=9))
    assert (refused.value.field, refused.value.cause) == ("body", Cause.MALFORMED)


def test_what_is_above_the_limit_is_refused_after_the_rest_was_given():
    parts = split(b"1\n2\n3\n4\n", "application/x-ndjson", most=2)
    assert [next(parts)[0], next(parts)[0]] == [1, 2]
    with pytest.raises(Refused, match="more than 2 objects") as refused:
        next(parts)
    assert refused.value.cause is Cause.TOO_LARGE


WRONG = {
    "id": ["", "a b", "x" * 129, "ä", "a\n", 7],
    "journey": [7],
    "started_at": ["yesterday", "2024-01-01T00:00:00", True, None, []],
    "duration": [-0.1, 86401, "2", True],
    "outcome": ["pending", "Succeeded", 1],
    "reason": ["because", "GATEWAY_TIMEOUT", 1],
    "code": ["", LONG, 7],
    "scheme": [LONG, 7],
    "channel": [LONG, 7],
    "bank": [LONG, []],
    "tier": [LONG, {}],
    "region": ["x" * 33, " east", "e\tast", "east\n", "<b>", "广;东", "-", 7],
    "app_version": ["1" * 33, ".2", "4.2 beta!", "4.2\n", "@home", 4.2],
    "borrower": ["x" * 257, 7],
    "amount": ["much", True, []],
    "available": ["", {}],
    "explained": ["yes", 1],
    "step": [LONG, 7],
    "detail": [7],
    "steps": [{}, "login", [{"name": "a", "duration": 1}] * 51],
}


@pytest.mark.parametrize(("field", "wrong"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_wrong_value_is_answered_with_its_field_and_what_is_expected(field, wrong):
    with pytest.raises(Refused) as refused:
        OUTCOMES.decode(json.dumps({**event(), field: wrong}).encode())
    assert (refused.value.field, str(refused.value)) == (field, f"expected {EXPECTED[field]}")


@pytest.mark.parametrize("told", ["east", "广东", "CN-GD", "São Paulo (SP)", "5.2.1+404", "x" * 32, "", None])
def test_a_trait_is_a_short_word_in_any_script(told):
    read = OUTCOMES.decode(json.dumps({**event(), "region": told, "app_version": told}).encode())
    assert (read.region, read.app_version) == (told, told)


@given(st.text(max_size=36))
def test_whatever_comes_as_a_trait_is_a_short_line_or_is_refused(sent):
    raw = json.dumps({**event(), "region": sent}).encode()
    if len(sent) <= 32 and re.fullmatch(r"(\w[\w .:/()+-]*)?", sent) and not sent.startswith("_"):
        assert OUTCOMES.decode(raw).region == sent
        assert sent.isprintable()
    else:
        with pytest.raises(Refused) as refused:
            OUTCOMES.decode(raw)
        assert (refused.value.field, str(refused.value)) == ("region", f"expected {EXPECTED['region']}")


@pytest.mark.parametrize(
    ("step", "field", "message"),
    [
        ({"name": "", "duration": 1}, "steps[1].name", "expected text of 1 to 64 characters"),
        ({"name": "a", "duration": -1}, "steps[1].duration", "expected seconds between 0 and 86400"),
        (
            {"name": "a", "duration": 1, "outcome": "ok"},
            "steps[1].outcome",
            "expected one of succeeded, failed, blocked, abandoned, unknown",
        ),
        ({"name": "a"}, "steps[1].duration", "is required and missing"),
        ({"name": "a", "duration": 1, "took": 1}, "steps[1].took", "unknown field; remove it"),
        (3, "steps[1]", "expected an array of at most 50 steps"),
    ],
)
def test_a_wrong_step_is_answered_with_its_place(step, field, message):
    with pytest.raises(Refused) as refused:
        OUTCOMES.decode(json.dumps(event(steps=[{"name": "login", "duration": 1}, step])).encode())
    assert (refused.value.field, str(refused.value)) == (field, message)


@pytest.mark.parametrize("field", ["id", "journey", "started_at", "duration"])
def test_a_missing_field_is_named(field):
    with pytest.raises(Refused, match="is required and missing") as refused:
        OUTCOMES.decode(json.dumps(event(**{field: None})).encode())
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["phone", "", "a`b", "x" * 1000, "借款", "nl\n", "a` - at `$.id"])
def test_an_unknown_field_is_named(name):
    with pytest.raises(Refused, match="unknown field") as refused:
        OUTCOMES.decode(json.dumps({**event(), name: 1}, ensure_ascii=False).encode())
    assert refused.value.field in {name[:64], "id.a"} | ({""} if not name else set())


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"{", "is not JSON: "),
        (b"nope", "is not JSON: "),
        (lines(event()) + b" {}", "several go into an array or are sent as application/x-ndjson"),
        (b'{"id": "\xff"}', "is not UTF-8"),
        (b"7", "expected an object with the fields of an outcome"),
        (b"null", "expected an object with the fields of an outcome"),
    ],
)
def test_what_is_no_outcome_at_all_is_refused(raw, message):
    with pytest.raises(Refused) as refused:
        OUTCOMES.decode(raw)
    assert refused.value.field == "body"
    assert message in str(refused.value)


@pytest.mark.parametrize("field", WRONG)
def test_a_refusal_never_repeats_a_value(field):
    secret = "6222021234567890"
    for wrong in ([secret], {secret: secret}):
        with pytest.raises(Refused) as refused:
            OUTCOMES.decode(json.dumps({**event(), field: wrong}).encode())
        assert secret not in f"{refused.value.field} {refused.value}"


def test_each_field_says_what_it_expects():
    fields = set(OutcomeEvent.__struct_fields__) | {f"steps.{name}" for name in StepEvent.__struct_fields__}
    assert fields == set(EXPECTED) - {"body"}
