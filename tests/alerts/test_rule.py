from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alerts.rule import AlertRule, Group, RecordingRule, load_rule_files, load_rules
from drawdown.document import load_document, read_document
from drawdown.errors import InvalidInput, Problem
from drawdown.series import Labels

CASES = Path(__file__).parent / "cases" / "rules"
GIVEN = Path(__file__).parents[2].parent / "shared" / "promql" / "rulefmt"

GOOD = """
groups:
  - name: ours
    interval: 5s
    rules:
      - record: ours:attempts
        expr: sum by (journey, reason) (increase(drawdown_attempts_total[20s]))
        labels: {team: pay}
      - alert: Failing
        expr: ours:attempts{reason="gateway_timeout"} > 3
        for: 2s
        keep_firing_for: 1m
        labels: {severity: page}
        annotations:
          summary: '{{ $labels.reason }} {{ $value }}'
"""


def load(text, **options):
    return load_rules(load_document(text, source="rules.yaml"), **options)


def problems(text):
    with pytest.raises(InvalidInput) as refused:
        load(text)
    return [str(problem) for problem in refused.value.problems]


def test_a_rule_file_becomes_groups_of_values():
    (group,) = load(GOOD)
    record, alert = group.rules
    assert (group.name, group.interval) == ("ours", 5.0)
    assert isinstance(record, RecordingRule)
    assert record.labels == Labels(team="pay")
    assert isinstance(alert, AlertRule)
    assert (alert.name, alert.hold, alert.keep_firing_for) == ("Failing", 2.0, 60.0)
    assert alert.expression.text == 'ours:attempts{reason="gateway_timeout"} > 3'
    assert alert.annotations["summary"].render(Labels(reason="x"), 4.0) == "x 4"


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yaml")), ids=lambda case: case.stem)
def test_every_problem_of_a_file_is_said_at_its_place(case):
    text = case.read_text(encoding="utf-8")
    body, _, expected = text.partition("# expected\n")
    assert problems(body) == [line.removeprefix("# ") for line in expected.splitlines()]


def test_a_rule_may_use_what_another_file_records():
    first, second = GOOD, GOOD.replace("name: ours", "name: theirs").replace("record: ours:attempts", "record: x:y")
    documents = [load_document(text, source=name) for name, text in (("a.yaml", first), ("b.yaml", second))]
    assert [group.name for group in load_rule_files(documents)] == ["ours", "theirs"]


def test_without_a_catalogue_any_metric_will_do():
    text = "groups: [{name: g, rules: [{alert: A, expr: 'up{job=\"x\"} == 0'}]}]"
    assert load(text, catalogue=None)[0].rules[0].name == "A"


@pytest.mark.skipif(not GIVEN.exists(), reason=f"no rule files of Prometheus in {GIVEN}")
@pytest.mark.parametrize("path", sorted(GIVEN.glob("*.bad.yaml")), ids=lambda path: path.stem)
def test_what_prometheus_refuses_is_refused(path):
    with pytest.raises(InvalidInput):
        load_rules(read_document(path), catalogue=None)


def test_an_empty_file_has_no_groups():
    assert load("") == ()


def test_scalars_need_no_quotes():
    text = "groups: [{name: g, rules: [{alert: A, expr: 1, labels: {team: 7, loud: true}}]}]"
    labels = load(text)[0].rules[0].labels
    assert {name: label.text for name, label in labels.items()} == {"team": "7", "loud": "true"}
    assert problems(text.replace("expr: 1", "expr: true")) != []
    assert "'1' is no severity" in problems(text.replace("team: 7", "severity: 1"))[0]


def test_an_empty_expression_is_a_problem_and_no_crash():
    assert len(problems("groups: [{name: g, rules: [{alert: A, expr: ''}]}]")) == 1
    assert len(problems("groups: [{name: g, rules: [7, null, []]}]")) == 3
    assert len(problems("groups: 7")) == 1
    assert len(problems("[1, 2]")) == 1


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.text(max_size=6), st.just("up{"))
_KEYS = st.sampled_from(["groups", "name", "rules", "alert", "record", "expr", "for", "labels", "annotations", "x"])
_PARTS = st.recursive(_SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=4))


@given(st.dictionaries(_KEYS, _PARTS, max_size=2) | st.builds(lambda rule: {"groups": [{"rules": [rule]}]}, _PARTS))
def test_whatever_is_written_gives_groups_or_problems(value):
    try:
        found = load(yaml.safe_dump(value))
    except InvalidInput as refused:
        found = refused.problems
    assert all(isinstance(each, Group | Problem) for each in found)
