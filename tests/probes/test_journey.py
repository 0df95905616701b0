"""Bad journeys are files: `invalid/*.yaml`, and beside each the problems that it must give, line for line."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lenders import CODES, GIVEN, SHIPPED, shipped

from drawdown.document import load_document, read_document
from drawdown.errors import InvalidInput
from probes.journey import Journey, load_journey

INVALID = Path(__file__).parent / "invalid"


def load(text: str, source="journey.yaml") -> Journey:
    return load_journey(load_document(text, source=source), variables=GIVEN, codes=CODES)


def test_the_shipped_journey_loads():
    journey = shipped()
    assert (journey.name, journey.every, journey.deadline) == ("drawdown", 2.0, 15.0)
    assert journey.step_names == ("login", "quota", "quote", "submit", "payout", "reverse")
    assert journey.steps[3].owes == ("idempotency_key",)
    assert journey.slices == {"channel": "alpha", "bank": "icbc", "tier": "A"}


def test_a_journey_needs_the_variables_that_it_names():
    with pytest.raises(InvalidInput) as raised:
        load_journey(read_document(SHIPPED), variables=GIVEN - {"card"}, codes=CODES)
    (problem,) = raised.value.problems
    assert problem.message == (
        "steps.2.request.json.card: undefined variable 'card'; known here: amount, available, base_url, device_id, "
        "idempotency_key, now, password, phone, run_id, token"
    )


@pytest.mark.parametrize("file", sorted(INVALID.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_problem_of_a_journey_is_told_at_its_place(file):
    with pytest.raises(InvalidInput) as raised:
        load(file.read_text(encoding="utf-8"), source=file.name)
    assert str(raised.value) == file.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("text", ["", "[]", "journey", "5", "steps: 5", "steps: [5]", "reversal: []", "answer: x"])
def test_what_is_no_journey_at_all_is_told(text):
    with pytest.raises(InvalidInput):
        load(text)


def parts(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from parts(part, (*path, key))


WHOLE = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
PLACES = list(parts(WHOLE))[1:]
ODD = st.sampled_from([None, 5, -1, 1.5, True, "", "x", "{{", "{{ x }}", "$.", [], {}, [[]], [None], {"a": 1}, {5: []}])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=3))
def test_a_damaged_journey_loads_or_says_where_it_is_damaged(damages):
    whole = copy.deepcopy(WHOLE)
    for path, odd in damages:
        target = whole
        for key in path[:-1]:
            target = target[key] if isinstance(target, dict | list) and key in dict(parts_of(target)) else {}
        if isinstance(target, dict) or (isinstance(target, list) and path[-1] in range(len(target))):
            target[path[-1]] = odd
    result = attempted(yaml.safe_dump(whole))
    assert isinstance(result, Journey) or {problem.place.source for problem in result} == {"journey.yaml"}


def attempted(text):
    try:
        return load(text)
    except InvalidInput as invalid:
        return invalid.problems


def parts_of(value):
    return value.items() if isinstance(value, dict) else enumerate(value)
