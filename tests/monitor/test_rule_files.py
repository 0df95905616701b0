"""`rules check` and `rules test` as they are typed."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import SHIPPED_RULES
from monitor.side_by_side import pairs

GOOD = """
groups:
  - name: g
    rules:
      - {record: 'job:up:sum', expr: sum by (job) (up)}
      - alert: Down
        expr: up == 0
        labels: {severity: critical}
        annotations: {summary: '{{ $labels.job }} is down'}
"""
TESTS = """
rule_files: [rules.yaml]
tests:
  - name: down
    input_series: [{series: 'up{job="a"}', values: 1 0}]
    alert_rule_test:
      - eval_time: 1m
        alertname: Down
        exp_alerts: [{exp_labels: {job: a, severity: critical}, exp_annotations: {summary: a is down}}]
  - name: sums
    input_series: [{series: up, values: 1}]
    promql_expr_test: [{expr: 'job:up:sum', exp_samples: [{labels: 'job:up:sum', value: 1}]}]
"""


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **files):
        for name, text in files.items():
            Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, ["rules", *arguments], env={"COLUMNS": "100"})

    return run


def test_files_that_are_valid_are_summed_up(typed):
    ended = typed("check", "rules.yaml", "empty.yaml", rules=GOOD, empty="")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == "rules.yaml: valid, 1 group, 2 rules\nempty.yaml: valid, 0 groups, 0 rules\n"


def test_every_error_of_every_file_has_its_place(typed):
    ended = typed("check", "rules.yaml", "none.yaml", "other.yaml", rules="groups: 7", other=GOOD.replace("== 0", "=="))
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "none.yaml: cannot be read: No such file or directory",
        (
            "other.yaml:7:9: groups.0.rules.1.expr: character 6 of the expression: unexpected end of the expression; "
            "expected a number, a string, a selector, a function or '('"
        ),
        "rules.yaml:1:1: groups: must be a list",
        "3 problems found",
    ]


def test_what_is_doubtful_is_a_warning(typed):
    twice = "groups: [{name: g, rules: [{alert: A, expr: up}, {alert: A, expr: up, annotations: {a: '{{ .x }}'}}]}]"
    ended = typed("check", "rules.yaml", rules=twice)
    assert ended.exit_code == 0
    assert [line.split(": ", 2)[:2] for line in ended.stderr.splitlines()] == [
        ["rules.yaml:1:50", "warning"],
        ["rules.yaml:1:85", "warning"],
    ]


def test_with_the_catalogue_rules_are_held_to_our_words(typed):
    ended = typed("check", "--catalogue", "rules.yaml", rules=GOOD)
    assert ended.exit_code == 2
    assert "there is no metric up" in ended.stderr
    assert "'critical' is no severity" in ended.stderr
    assert typed("check", "--catalogue", str(SHIPPED_RULES / "drawdown.yaml")).exit_code == 0


def test_rules_for_another_prometheus_are_held_to_what_can_be_taken_apart(typed):
    text = """
groups:
- name: g
  rules:
  - {record: ours, expr: sum(up)}
  - {record: mixed, expr: 'max_over_time((ours + up)[5m:])'}
"""
    assert typed("check", "rules.yaml", rules=text).exit_code == 0
    ended = typed("check", "--elsewhere", "rules.yaml", rules=text)
    assert ended.exit_code == 2
    assert ended.stderr.startswith(
        "rules.yaml:6:21: groups.0.rules.1.expr: character 15 of the expression: a subquery "
    )
    text = text.partition("  - {record: mixed")[0]
    assert typed("check", "--elsewhere", "--catalogue", "rules.yaml", rules=text).exit_code == 0


def test_names_may_be_held_to_letters_and_digits(typed):
    text = "groups: [{name: g, rules: [{record: a.b, expr: up}]}]"
    assert typed("check", "rules.yaml", rules=text).exit_code == 0
    assert typed("check", "--names", "legacy", "rules.yaml", rules=text).exit_code == 2


def test_tests_that_pass_are_counted(typed):
    ended = typed("test", "test.yaml", rules=GOOD, test=TESTS)
    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "test.yaml: 2 tests, passed\n", "")


def test_expected_and_got_stand_side_by_side_at_their_place(typed):
    ended = typed("test", "test.yaml", rules=GOOD, test=TESTS.replace("summary: a is down", "summary: b is down"))
    assert ended.exit_code == 1
    assert [re.split(r" {2,}", line.strip()) for line in ended.stdout.splitlines()] == [
        ["test.yaml: 2 tests, 1 failure"],
        [""],
        ["test.yaml:7:9: down: alert Down at 1m"],
        ["expected", "got"],
        ['{alertname="Down", job="a", severity="critical"}', '{alertname="Down", job="a", severity="critical"}'],
        ["≠", "summary: b is down", "summary: a is down"],
    ]


def test_a_file_that_cannot_be_run_does_not_keep_the_others_from_it(typed):
    ended = typed("test", "wrong.yaml", "test.yaml", rules=GOOD, test=TESTS, wrong="tests: [{series: 1}]")
    assert ended.exit_code == 2
    assert ended.stdout == "test.yaml: 2 tests, passed\n"
    assert ended.stderr.splitlines()[-1] == "wrong.yaml: cannot be run, 1 problem"


def test_only_tests_of_a_name_are_run(typed):
    failing = TESTS.replace("value: 1", "value: 2")
    assert (
        typed("test", "--run", "^down$", "test.yaml", rules=GOOD, test=failing).stdout == "test.yaml: 1 test, passed\n"
    )
    assert typed("test", "test.yaml").exit_code == 1
    assert typed("test", "--run", "(", "test.yaml").exit_code == 2


def test_many_files_are_run_by_several_processes_and_told_in_order(typed):
    names = [f"test{number:02}" for number in range(20)]
    files = {name: TESTS.replace("value: 1", f"value: {int(name == 'test07') + 1}") for name in names}
    ended = typed("test", "--jobs", "2", *(f"{name}.yaml" for name in names), rules=GOOD, **files)
    assert ended.exit_code == 1
    told = [line for line in ended.stdout.splitlines() if line.startswith("test")]
    assert [line.split(": ")[0] for line in told if " tests, " in line] == [f"{name}.yaml" for name in names]
    assert "test07.yaml: 2 tests, 1 failure" in told


def test_lines_that_are_the_same_stand_beside_each_other():
    assert list(pairs(("a", "b", "c"), ("a", "c", "d"))) == [("a", "a"), ("b", ""), ("c", "c"), ("", "d")]
