import pytest
from pydantic import TypeAdapter, ValidationError

from drawdown.reasons import Reason
from probes.body import read_json
from probes.expect import BodyExpectation, Condition, Expectation
from probes.template import TemplateFault

NAMES = {"amount": "10.00", "word": "many"}


def condition(**test):
    return TypeAdapter(Condition).validate_python({"path": "$.v", **test})


def content(value):
    return read_json(f'{{"v": {value}, "other": 1}}'.encode())


HOLD = [
    ('"0"', {"equals": 0}),
    ("0", {"equals": "0"}),
    ("0", {"equals": 0}),
    ("true", {"equals": True}),
    ('"10.00"', {"equals": "{{ amount }}"}),
    ('"b"', {"in": ["a", "b"]}),
    ("2", {"in": [1, 2]}),
    ('"LOAN_SUCCESS"', {"matches": "SUCC"}),
    ('"10.000"', {"at_least": "{{ amount }}"}),
    ("9999999999999999999.02", {"at_least": "9999999999999999999.01"}),
    ('""', {"exists": True}),
    ("[]", {"exists": True}),
    ("null", {"exists": False}),
]
FAIL = [
    ('"1"', {"equals": 0}, "$.v is 1, expected 0"),
    ("0.0", {"equals": 0}, "$.v is 0.0, expected 0"),
    ("null", {"equals": "null"}, "$.v is missing, expected null"),
    ('{"a": 1}', {"equals": 1}, "$.v is not a single value, expected 1"),
    ('"c"', {"in": ["a", "b"]}, "$.v is c, expected a or b"),
    ('"x"', {"matches": "^y$"}, "$.v is x, expected a match of ^y$"),
    ('"9.99"', {"at_least": "{{ amount }}"}, "$.v is 9.99, expected at least 10.00"),
    ('"much"', {"at_least": 1}, "$.v is much, expected at least 1"),
    ('"NaN"', {"at_least": 1}, "$.v is NaN, expected at least 1"),
    ("null", {"exists": True}, "$.v is missing, expected a value"),
    ("1", {"exists": False}, "$.v is 1, expected nothing"),
]


@pytest.mark.parametrize(("value", "test"), HOLD)
def test_a_condition_that_holds(value, test):
    assert condition(**test).met_by(content(value), NAMES)


@pytest.mark.parametrize(("value", "test", "words"), FAIL)
def test_a_condition_that_does_not_hold_says_what_stands_there(value, test, words):
    wanted = condition(**test)
    assert not wanted.met_by(content(value), NAMES)
    assert wanted.shortfall(content(value), NAMES) == words


def test_a_bound_that_is_no_number_is_our_fault():
    with pytest.raises(TemplateFault, match="needs a number, not 'many'"):
        condition(at_least="{{ word }}").met_by(content("1"), NAMES)


@pytest.mark.parametrize("test", [{}, {"exists": True, "equals": 1}, {"equals": 1.5}, {"equals": None}, {"in": []}])
def test_a_condition_has_exactly_one_test_with_a_value(test):
    with pytest.raises(ValidationError):
        condition(**test)


def test_success_is_no_reason_to_fail():
    with pytest.raises(ValidationError, match="not a reason to fail"):
        TypeAdapter(BodyExpectation).validate_python({"path": "$.v", "exists": True, "reason": Reason.DUPLICATE})


def test_without_a_status_every_2xx_is_right():
    assert [status for status in (199, 200, 204, 299, 300, 500) if Expectation().allows(status)] == [200, 204, 299]
    assert [status for status in (200, 402) if Expectation(status=(402,)).allows(status)] == [402]
