from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alerts.rule import AlertRule, Group, RecordingRule, load_rule_files, load_rules
from alerts.rule_checks import doubts
from alerts.rule_shape import Names
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
    assert record.labels == {"team": "pay"}
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


def test_a_group_has_a_limit_an_offset_and_labels_that_its_rules_take_over():
    text = """
groups:
  - name: g
    interval: 1m
    query_offset: 30s
    limit: 10
    labels: {team: pay, version: 1.10, at: '{{ $value }}'}
    rules:
      - {record: a, expr: vector(1), labels: {team: risk}}
      - {alert: B, expr: vector(1), labels: {severity: page}}
"""
    (group,) = load(text)
    assert (group.interval, group.query_offset, group.limit) == (60.0, 30.0, 10)
    record, alert = group.rules
    assert record.labels == {"team": "risk", "version": "1.10", "at": "{{ $value }}"}
    rendered = {name: template.render(Labels(), 5.0) for name, template in alert.labels.items()}
    assert rendered == {"team": "pay", "version": "1.10", "at": "5", "severity": "page"}


def test_names_may_be_any_text_where_prometheus_three_is_meant():
    text = "groups: [{name: g, rules: [{record: größe.x, expr: 1, labels: {ins-tance: a}}]}]"
    (group,) = load(text, catalogue=None, names=Names.UTF8)
    assert (group.rules[0].name, group.rules[0].labels) == ("größe.x", {"ins-tance": "a"})
    assert len(problems(text)) == 2


def test_what_is_stricter_than_prometheus_is_so_only_with_a_catalogue():
    rule = "{alert: A, expr: up, labels: {severity: critical}, annotations: {x: '{{ .labels }}'}}"
    text = f"groups: [{{name: g, rules: [{rule}, {rule}]}}]"
    assert len(load(text, catalogue=None)[0].rules) == 2
    assert len(problems(text)) == 7


def test_groups_of_two_files_may_share_a_name_only_without_a_catalogue():
    documents = [load_document("groups: [{name: g}]", source=name) for name in ("a.yaml", "b.yaml")]
    assert [group.source for group in load_rule_files(documents, catalogue=None)] == ["a.yaml", "b.yaml"]
    with pytest.raises(InvalidInput, match="another group is named 'g' too"):
        load_rule_files(documents)


def test_rules_that_make_the_same_series_are_doubtful():
    first, second = "{record: a, expr: 1, labels: {x: y}}", "{record: a, expr: 2, labels: {x: z}}"
    text = f"groups: [{{name: g, rules: [{first}, {second}]}}, {{name: h, rules: [{first}]}}]"
    (doubt,) = doubts(load_document(text, source="rules.yaml").as_written())
    assert str(doubt).endswith("groups.1.rules.0: a with the same labels is made at rules.yaml:1:28 too; rename one")


def _given(pattern):
    return sorted(GIVEN.glob(pattern))


given_files = pytest.mark.skipif(not GIVEN.exists(), reason=f"no rule files of Prometheus in {GIVEN}")


@given_files
@pytest.mark.parametrize("path", _given("*.bad.yaml"), ids=lambda path: path.stem)
def test_what_prometheus_refuses_is_refused(path):
    names = Names.LEGACY if path.stem.startswith("legacy") else Names.UTF8
    with pytest.raises(InvalidInput):
        load_rules(read_document(path), catalogue=None, names=names)


@given_files
@pytest.mark.parametrize("path", _given("*.good.yaml") + _given("test*.yaml"), ids=lambda path: path.stem)
def test_what_prometheus_loads_is_loaded(path):
    names = Names.LEGACY if path.stem.startswith("legacy") else Names.UTF8
    assert load_rules(read_document(path), catalogue=None, names=names) != ()


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
