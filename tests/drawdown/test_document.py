from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from drawdown.document import load_document, read_document
from drawdown.durations import Duration
from drawdown.errors import InvalidInput, Place


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    timeout: Duration = 3.0
    weight: int | float = 1


class Journey(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    steps: list[Step]
    notes: dict[str, int] = {}


def problems(text, kind=Journey):
    with pytest.raises(InvalidInput) as caught:
        load_document(text, source="journey.yaml").bind(kind)
    return [str(problem) for problem in caught.value.problems]


def test_a_text_becomes_the_value_it_describes():
    journey = load_document("steps: [{name: login, timeout: 1m30s}]", source="x").bind(Journey)
    assert journey == Journey(steps=[{"name": "login", "timeout": "90s"}])
    assert journey.steps[0].timeout == 90.0


def test_every_error_is_reported_at_once_with_its_place():
    text = "steps:\n  - nmae: login\n    timeout: 5 m\n  - name: 7\n    weight: [1]\nnotes: {a: much}\n"
    assert problems(text) == [
        "journey.yaml:2:5: steps.0.name: is required and missing",
        "journey.yaml:2:5: steps.0.nmae: unknown key; remove it or correct its spelling",
        "journey.yaml:3:5: steps.0.timeout: '5 m' is not a duration; write for example 300ms, 30s, 5m or 1h30m",
        "journey.yaml:4:5: steps.1.name: must be text; put it in quotes",
        "journey.yaml:5:5: steps.1.weight: must be a number",
        "journey.yaml:5:5: steps.1.weight: must be a whole number",
        "journey.yaml:6:9: notes.a: must be a whole number",
    ]


def test_a_duration_without_a_unit_is_refused():
    assert problems("steps: [{name: a, timeout: 5}]") == [
        "journey.yaml:1:19: steps.0.timeout: 5 is not a duration; write it with its unit, for example 30s"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "journey.yaml:2:1: 'a' stands here twice"),
        ("a: &x [*x]", "journey.yaml:1:4: an alias contains itself"),
        (
            "a: [1,",
            (
                "journey.yaml:1:7: is not YAML: expected the node content, but found '<stream end>' "
                "while parsing a flow node that begins at 1:7"
            ),
        ),
        ("a: 1\n---\nb: 2", "journey.yaml:2:1: is not YAML: but found another document"),
        ("? [1]\n: 2", "journey.yaml:1:3: a key must be text"),
    ],
)
def test_a_text_that_means_nothing_is_refused_at_its_place(text, message):
    assert problems(text) == [message]


def test_tags_of_python_are_never_followed():
    assert "could not determine a constructor" in problems("a: !!python/name:os.system ''")[0]


def test_a_date_stays_the_text_that_was_written():
    assert load_document("since: 2026-01-01", source="x").value == {"since": "2026-01-01"}


def test_an_empty_text_is_an_empty_mapping():
    assert load_document("# nothing\n", source="x").value == {}


def test_the_place_of_what_is_missing_is_its_nearest_ancestor():
    document = load_document("a:\n  - b: 1\n", source="x")
    assert document.place(("a", 0, "c", "d")) == Place(source="x", line=2, column=5)


def test_a_dataclass_can_be_bound_too():
    @dataclass(frozen=True)
    class Point:
        x: int

    assert load_document("x: 3", source="f").bind(Point) == Point(3)


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    for name, why in {"gone.yaml": "No such file or directory", "latin.yaml": "is not UTF-8 text"}.items():
        with pytest.raises(InvalidInput, match=why):
            read_document(tmp_path / name)


@given(st.text())
def test_any_text_is_a_document_or_a_clear_refusal(text):
    try:
        places = [load_document(text, source="any").place()]
    except InvalidInput as error:
        places = [problem.place for problem in error.problems]
    assert {place.source for place in places} == {"any"}


def test_scalars_can_be_had_as_they_were_written():
    text = "version: 1.10\nhex: 0x10\nloud: yes\nnothing:\nname: a\nlist: [1e3, ~, {b: 07}]\n"
    written = load_document(text, source="x").as_written()
    assert written.value == {
        "version": "1.10",
        "hex": "0x10",
        "loud": "yes",
        "name": "a",
        "list": ["1e3", None, {"b": "07"}],
    }
    assert written.place(("hex",)) == Place(source="x", line=2, column=1)


def test_a_mapping_takes_over_others():
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, y: 3}\nc: {<<: [{y: 4}, *b], z: 5}\n"
    document = load_document(text, source="x")
    assert document.value == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 4, "z": 5}}
    assert document.place(("b", "x")) == Place(source="x", line=1, column=8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a {<<: *a}", "an alias contains itself"),
        ("a: &a {b: &b {<<: *a}}", "an alias contains itself"),
        ("a: {<<: 3}", "<< takes over mappings, and this is none"),
        ("a: {<<: {b: 1}, b: 1, b: 2}", "'b' stands here twice"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(text, message):
    assert any(message in problem for problem in problems(text))


def test_a_text_that_unfolds_beyond_reason_is_refused():
    layers = "\n".join(f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 10)}]" for at in range(1, 8))
    assert "has more than 100000 parts" in problems(f"l0: &l0 [x]\n{layers}\n")[0]
