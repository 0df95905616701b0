"""Numbers of rules in the configuration."""

import pytest

from alerts.rule import AlertRule
from drawdown.errors import InvalidInput
from monitor.config import load_config

OWN = """
groups:
  - name: own
    rules:
      - alert: Many
        expr: |
          sum(drawdown_incidents_open)
          > 3 # threshold stuck_count
        labels: {severity: ticket, reason: unmapped}
        annotations:
          summary: 'more than {{ 3 }}{{/* threshold stuck_count */}}'
"""


def alerts(tmp_path, text):
    path = tmp_path / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path, environment={})
    return {rule.name: rule for group in config.groups for rule in group.rules if isinstance(rule, AlertRule)}


def test_a_number_of_the_configuration_is_that_of_the_shipped_rule(tmp_path):
    usual = alerts(tmp_path, "{}")["ChannelFailing"].expression.text
    other = alerts(tmp_path, "alerts: {thresholds: {channel_failing_share: 0.2}}")["ChannelFailing"].expression.text
    assert "> 0.1 # threshold channel_failing_share\n" in usual
    assert other == usual.replace("> 0.1 # threshold channel_failing_share", "> 0.2 # threshold channel_failing_share")


def test_a_number_of_the_configuration_is_that_of_a_rule_of_one_s_own(tmp_path):
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    rule = alerts(tmp_path, "alerts: {rules: own.yaml, thresholds: {stuck_count: 7}}")["Many"]
    assert "> 7 # threshold stuck_count" in rule.expression.text


def test_a_number_that_no_rule_has_is_a_problem_with_its_place(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        alerts(tmp_path, "alerts:\n  thresholds:\n    stuck_coun: 7\n")
    (problem,) = caught.value.problems
    assert problem.place.line == 2
    assert problem.message == "alerts.thresholds: there is no threshold stuck_coun; did you mean stuck_count?"
