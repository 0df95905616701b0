import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.ruletest import Library, run_file

GIVEN = Path(__file__).parents[3].parent / "shared" / "promql" / "promtool"
PASSING = {
    "at-modifier-test",
    "long-period",
    "negative-offset-test",
    "no-test-group-interval",
    "start-time-test",
    "unittest",
}
REFUSED = {"bad-input-series", "bad-rules-syntax-test"}
RULES = """
groups:
  - name: first
    rules:
      - {record: double, expr: 2 * base}
  - name: second
    rules:
      - {record: base, expr: up}
  - name: alerts
    rules:
      - alert: Down
        expr: up == 0
        for: 1m
        labels: {severity: page}
        annotations:
          summary: '{{ $labels.job }} is down at {{ $externalLabels.site }}, see {{ $externalURL }}'
"""


def verdict(folder, tests, *, rules=RULES, only=None):
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    path = folder / "test.yaml"
    path.write_text(f"rule_files: [rules.yaml]\n{tests}", encoding="utf-8")
    return run_file(path, Library(), only=only)


def test_every_group_is_evaluated_at_every_tick_whatever_its_own_interval_as_in_promtool(tmp_path):
    rules = """
groups:
  - name: slow
    interval: 5m
    rules:
      - {record: mine, expr: up or mine offset 1s}
      - {alert: Above, expr: 'absent(ALERTS{alertname="Other"}) and on () mine > 2'}
"""
    found = verdict(
        tmp_path,
        """
tests:
  - interval: 1m
    input_series: [{series: up, values: 0+1x20}]
    alert_rule_test:
      - {eval_time: 3m, alertname: Above, exp_alerts: [{}]}
    promql_expr_test:
      - {expr: mine, eval_time: 3m, exp_samples: [{labels: mine, value: 3}]}
""",
        rules=rules,
    )
    assert (found.problems, found.tests, found.failures) == ((), 1, ())


def test_what_is_as_expected_passes(tmp_path):
    found = verdict(
        tmp_path,
        """
tests:
  - input_series: [{series: 'up{job="a"}', values: 1 0x3 1}]
    external_labels: {site: hz}
    external_url: https://monitor.example
    alert_rule_test:
      - {eval_time: 1m, alertname: Down, exp_alerts: []}
      - eval_time: 2m30s
        alertname: Down
        exp_alerts:
          - exp_labels: {job: a, severity: page}
            exp_annotations: {summary: 'a is down at hz, see https://monitor.example'}
      - {eval_time: 5m, alertname: Down}
    promql_expr_test:
      - {expr: 'ALERTS{alertstate="pending"}', eval_time: 1m,
         exp_samples: [{labels: 'ALERTS{alertname="Down", alertstate="pending", job="a", severity="page"}', value: 1}]}
      - {expr: 2, exp_samples: [{value: 2}]}
  - {}
""",
    )
    assert found.ok
    assert found.tests == 2


def test_a_failure_has_its_place_and_both_sides(tmp_path):
    found = verdict(
        tmp_path,
        """tests:
  - name: it is down
    input_series: [{series: 'up{job="a"}', values: 0x5}]
    alert_rule_test:
      - eval_time: 1m
        alertname: Down
        exp_alerts: [{exp_labels: {job: b, severity: page}}]
    promql_expr_test:
      - expr: up
        eval_time: 1m30s
        exp_samples: [{labels: up, value: .5}, {labels: 'up{job="a"}', value: 1e9}]
      - {expr: 'up + on () {__name__=~".+"}', eval_time: 2m}
""",
    )
    alert, samples, error = found.failures
    assert (alert.place.line, alert.test, alert.subject) == (6, "it is down", "alert Down at 1m")
    assert alert.expected == ('{alertname="Down", job="b", severity="page"}',)
    assert alert.got == ('{alertname="Down", job="a", severity="page"}', "  summary: a is down at , see ")
    assert (samples.place.line, samples.subject) == (10, "up at 1m30s")
    assert samples.expected == ("up{} 0.5", 'up{job="a"} 1e+09')
    assert samples.got == ('up{job="a"} 0',)
    assert error.got[0].startswith("error at character ")


def test_groups_are_evaluated_in_the_order_that_is_asked_for(tmp_path):
    tests = """
tests:
  - input_series: [{series: up, values: 1 2 3}]
    promql_expr_test: [{expr: double, eval_time: 2m, exp_samples: [{labels: double, value: 6}]}]
"""
    assert [failure.got for failure in verdict(tmp_path, tests).failures] == [("double{} 4",)]
    assert verdict(tmp_path, f"group_eval_order: [second, first]\n{tests}").ok


@pytest.mark.parametrize(("fuzzy", "ok"), [("true", True), ("false", False)])
def test_numbers_may_differ_in_the_last_bit_if_that_is_asked_for(tmp_path, fuzzy, ok):
    tests = f"""
fuzzy_compare: {fuzzy}
tests:
  - input_series: [{{series: up, values: 0.1}}]
    promql_expr_test: [{{expr: up * 3, exp_samples: [{{value: .3}}]}}]
"""
    assert verdict(tmp_path, tests).ok is ok


def test_nan_is_as_expected_when_nan_is_expected(tmp_path):
    asked = "{expr: 0 / 0, exp_samples: [{value: .nan}]}, {expr: 1 / 0, exp_samples: [{value: Inf}]}"
    tests = f"tests: [{{promql_expr_test: [{asked}]}}]"
    assert verdict(tmp_path, tests).ok


def test_a_rule_that_fails_ends_its_test(tmp_path):
    rules = "groups: [{name: g, limit: 1, rules: [{record: a, expr: up}, {record: b, expr: up}]}]"
    tests = """
tests:
  - input_series: [{series: 'up{n="1"}', values: 1x5}, {series: 'up{n="2"}', values: _x2 1}]
    promql_expr_test: [{expr: a, eval_time: 5m, exp_samples: []}]
"""
    failures = verdict(tmp_path, tests, rules=rules).failures
    assert [(failure.subject, failure.got) for failure in failures] == [
        ("rule a at 2m", ("a gives 2 series, more than the limit of 1",)),
        ("rule b at 2m", ("b gives 2 series, more than the limit of 1",)),
    ]


def test_what_lies_behind_the_last_tick_is_not_seen(tmp_path):
    tests = """
tests:
  - interval: 10s
    input_series: [{series: up, values: 0+1x100}]
    promql_expr_test: [{expr: up, eval_time: 2m35s, exp_samples: [{labels: up, value: 12}]}]
"""
    assert verdict(tmp_path, tests).ok


def test_only_tests_of_a_name_can_be_run(tmp_path):
    tests = """
tests:
  - {name: right, promql_expr_test: [{expr: 1, exp_samples: [{value: 1}]}]}
  - {name: wrong, promql_expr_test: [{expr: 1, exp_samples: [{value: 2}]}]}
"""
    assert verdict(tmp_path, tests, only=re.compile("^right")).tests == 1
    assert not verdict(tmp_path, tests).ok


def test_every_problem_of_a_file_and_its_rules_is_said_at_once(tmp_path):
    found = verdict(
        tmp_path,
        """
group_eval_order: [first, first]
evaluation_interval: 1
tests:
  - start_timestamp: yesterday
    inptu_series: []
""",
    )
    assert [str(problem).partition("test.yaml:")[2] for problem in found.problems] == [
        "4:1: evaluation_interval: '1' is not a duration; write for example 300ms, 30s, 5m or 1h30m",
        "6:5: tests.0.start_timestamp: 'yesterday' is no time; write Unix seconds, or for example 2024-01-01T00:00:00Z",
        "7:5: tests.0.inptu_series: unknown key; remove it or correct its spelling",
    ]
    found = verdict(
        tmp_path,
        """
group_eval_order: [first, first]
tests:
  - input_series: [{series: 'up{', values: 1 b}]
    promql_expr_test: [{expr: sum(, exp_samples: [{labels: '{a}'}]}]
""",
        rules="groups: [{name: g, rules: [{record: a, expr: +}]}]",
    )
    assert [str(problem).partition(".yaml:")[2].split(":")[0] for problem in found.problems] == [
        "1",
        "3",
        "5",
        "5",
        "6",
        "6",
    ]
    (missing,) = run_file(tmp_path / "none.yaml", Library()).problems
    assert "cannot be read" in missing.message


def test_a_rule_file_that_is_not_there_is_a_problem(tmp_path):
    path = tmp_path / "test.yaml"
    path.write_text("rule_files: [none.yaml, '*.rules']\ntests: []")
    assert [problem.message for problem in run_file(path, Library()).problems] == [
        "rule_files.0: there is no file 'none.yaml'",
        "rule_files.1: there is no file '*.rules'",
    ]


def test_native_histograms_can_be_selected_but_not_reckoned_with(tmp_path):
    tests = """
tests:
  - input_series: [{series: h, values: '{{count:2 sum:3}}x3'}]
    promql_expr_test: [{expr: EXPR, eval_time: 1m, exp_samples: [{labels: h, histogram: '{{sum:3 count:2}}'}]}]
"""
    assert verdict(tmp_path, tests.replace("EXPR", "h")).ok
    (failure,) = verdict(tmp_path, tests.replace("EXPR", "sum(h)")).failures
    assert failure.got == ("native histograms can only be selected here, not reckoned with",)
    assert not verdict(tmp_path, tests.replace("EXPR", "h").replace("sum:3 count:2", "sum:4 count:2")).ok


def test_a_test_that_would_hardly_end_is_refused(tmp_path):
    tests = "evaluation_interval: 1ms\ntests: [{promql_expr_test: [{expr: 1, eval_time: 100y}]}]"
    (problem,) = verdict(tmp_path, tests).problems
    assert problem.message == "the last eval_time is more than 1000000 evaluation intervals away"


_KEYS = st.sampled_from(
    [
        *("rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests", "interval", "name"),
        *("input_series", "series", "values", "alert_rule_test", "eval_time", "alertname", "exp_alerts", "exp_labels"),
        *("promql_expr_test", "expr", "exp_samples", "labels", "value", "start_timestamp", "external_labels", "x"),
    ]
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["1m", "5s", "up", "up{", "1x3", "nan", "99999999y", "rules.yaml", "*", "1e300", "sum(up)"]),
)
_PARTS = st.recursive(_SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=4))
_TESTS = st.fixed_dictionaries(
    {},
    optional={
        "input_series": st.lists(st.fixed_dictionaries({"series": _SCALARS, "values": _SCALARS}), max_size=2),
        "promql_expr_test": st.lists(
            st.fixed_dictionaries({"expr": _SCALARS}, optional={"eval_time": _SCALARS, "exp_samples": _PARTS}),
            max_size=2,
        ),
        "start_timestamp": _SCALARS,
        "interval": _SCALARS,
    },
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_KEYS, _PARTS, max_size=4) | st.builds(lambda each: {"tests": [each]}, _TESTS))
def test_whatever_is_written_gives_a_verdict(tmp_path, value):
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    assert run_file(path, Library()).source == str(path)


given_files = pytest.mark.skipif(not GIVEN.exists(), reason=f"no test files of Prometheus in {GIVEN}")
FILES = sorted(path for path in GIVEN.glob("*.yml") if "tests:" in path.read_text(encoding="utf-8"))


@given_files
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_files_of_prometheus_pass_fail_or_are_refused_as_there(path):
    found = run_file(path, Library())
    assert found.ok is (path.stem in PASSING)
    assert bool(found.problems) is (path.stem in REFUSED)


@given_files
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_promtool_says_the_same_of_its_files(path, promtool):
    if path.stem == "start-time-test":
        pytest.skip("newer than the promtool that is fetched here")
    done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert run_file(path, Library()).ok is (done.returncode == 0)
