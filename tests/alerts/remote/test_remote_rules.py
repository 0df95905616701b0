from pathlib import Path

import pytest

from alerts.remote.plan import OWN, plans, recorded_by, split_for, unreadable
from alerts.remote.watch import WATCH, watched
from alerts.rule import load_rule_files, load_rules
from alerts.ruletest import Library, run_file
from drawdown.catalogue import METRICS
from drawdown.document import load_document, read_document
from drawdown.errors import InvalidInput
from monitor.config import SHIPPED_RULES

RULES = """
groups:
  - name: own
    rules:
      - record: shop:orders
        expr: sum by (shop) (rate(orders_total{env="live"}[5m]))
      - alert: Silent
        expr: |
          shop:orders == 0
          and max_over_time((shop:orders + on (shop) visits)[5m:]) > 1
        labels: {severity: page, reason: monitor_fault}
      - alert: Odd
        expr: drawdown_atempts_total{zone="a"} > 0 and drawdown_attempts_total{zone="a"}
        labels: {severity: urgent}
      - alert: Any
        expr: count({job="x"}) > 1
"""


def test_what_cannot_be_evaluated_over_another_prometheus_is_told_with_its_place():
    with pytest.raises(InvalidInput) as caught:
        load_rule_files([load_document(RULES, source="own.yaml")], elsewhere=unreadable)
    found = {problem.place.line: problem.message.partition(": ")[2] for problem in caught.value.problems}
    subquery, name, severity, selector = (found[line] for line in (8, 13, 14, 16))
    assert len(found) == 4
    assert subquery.startswith(
        "line 2, character 19 of the expression: a subquery reads series of the other Prometheus"
    )
    assert name == "there is no metric drawdown_atempts_total; did you mean drawdown_attempts_total?"
    assert severity == "'urgent' is no severity; there are page, ticket, none"
    assert selector.startswith("character 7 of the expression: this selector can find both series of the other")


def test_the_shipped_rules_can_be_taken_apart_and_the_monitors_own_series_stay_here():
    documents = [read_document(path) for path in sorted(SHIPPED_RULES.glob("*.yaml"))]
    groups = load_rule_files(documents, elsewhere=unreadable)
    planned = plans(groups, split_for(recorded_by(groups)))
    texts = [part.text for plan in planned for part in plan.parts]
    assert 'sum by (journey, channel, reason) (increase(drawdown_attempts_total{origin="borrower"}[20s]))' in texts
    assert not [text for text in texts for name in (*OWN, *recorded_by(groups)) if name in text]
    assert [(rule.name, rule.expression.text) for plan in planned for rule in plan.group.rules] == [
        (rule.name, rule.expression.text) for group in groups for rule in group.rules
    ]


def test_of_the_metrics_those_of_outcomes_come_from_there_and_those_of_the_evaluation_are_here():
    here = {metric.name for metric in METRICS if metric.name in OWN}
    there = {metric.name for metric in METRICS} - here
    assert {"drawdown_evaluation_failures_total", "drawdown_source_silence_seconds", "drawdown_incidents_open"} <= here
    assert {"drawdown_attempts_total", "drawdown_probe_runs_total", "drawdown_ingest_refused_total"} <= there


def test_the_rule_that_watches_passes_its_tests():
    verdict = run_file(Path(__file__).with_name("watch_test.yaml"), Library())
    assert (verdict.problems, verdict.failures, verdict.tests) == ((), (), 1)


def test_the_rule_that_watches_needs_no_answer():
    groups = load_rules(read_document(WATCH))
    assert [plan.parts for plan in plans(groups, split_for(recorded_by(groups)))] == [()]


def test_the_rule_that_watches_is_added_to_any_unless_these_have_their_own():
    own = load_document("groups: [{name: drawdown-watch, rules: []}]", source="own.yaml")
    other = load_document("groups: [{name: own, rules: []}]", source="other.yaml")
    wrong = load_document("groups: 7", source="wrong.yaml")
    assert [document.source for document in watched([other, wrong])] == ["other.yaml", "wrong.yaml", str(WATCH)]
    assert watched([own, other]) == [own, other]
