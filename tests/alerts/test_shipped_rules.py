"""The shipped rules: what promtool says of them, that our own evaluation says the same, and what they all have."""

import subprocess
from pathlib import Path

import pytest
import yaml

from alerts.promql import grouping_labels, selectors
from alerts.rule import AlertRule, load_rule_files
from alerts.ruletest.file import Library, run_file
from drawdown.document import read_document
from drawdown.reasons import POLICY, TECHNICAL, Blame, Reason
from drawdown.series import Labels, Op

ROOM = Path(__file__).parents[2] / "alerts" / "rules"
FILES = sorted(ROOM.glob("*.yaml"))
TESTS = sorted((ROOM / "tests").glob("*.yaml"))
LIBRARY = Library()

GROUPS = load_rule_files([read_document(path) for path in FILES])
RULES = {rule.name: rule for group in GROUPS for rule in group.rules}
ALERTS = {name: rule for name, rule in RULES.items() if isinstance(rule, AlertRule)}
QUICK = {rule.name for group in GROUPS if group.source.endswith("drawdown.yaml") for rule in group.rules}
SLOW = {rule.name for group in GROUPS if group.source.endswith(("slices.yaml", "slow.yaml")) for rule in group.rules}


def _name(path):
    return path.stem


def _checks(path):
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
        yield from case.get("alert_rule_test", ())


CHECKS = [check for path in TESTS for check in _checks(path)]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_promtool_accepts_each_file_alone(promtool, path):
    done = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_promtool_passes_their_tests(promtool, path):
    done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_our_evaluation_passes_their_tests(path):
    verdict = run_file(path, LIBRARY)
    assert verdict.tests
    assert [*verdict.problems, *verdict.failures] == []


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_is_seen_to_fire_and_not_to_fire(name):
    checks = [check for check in CHECKS if check["alertname"] == name]
    assert any(check["exp_alerts"] for check in checks)
    assert any(not check["exp_alerts"] for check in checks) or name == "Watchdog"


@pytest.mark.parametrize("rule", ALERTS.values(), ids=lambda rule: rule.name)
def test_every_alert_says_how_urgent_it_is_who_saw_it_and_where_its_runbook_is(rule):
    assert {"severity", "origin"} <= set(rule.labels)
    assert {"summary", "summary_zh", "description", "description_zh", "runbook_url"} <= set(rule.annotations)
    assert rule.annotations["runbook_url"].render(Labels(), 1.0) == f"/runbooks/{rule.name}"


@pytest.mark.parametrize("rule", ALERTS.values(), ids=lambda rule: rule.name)
def test_no_alert_lets_the_labels_of_a_scrape_through(rule):
    assert not {"job", "instance"} & grouping_labels(rule.expression)
    assert " without " not in rule.expression.text


@pytest.mark.parametrize("name", sorted(QUICK & set(ALERTS)))
def test_every_quick_alert_says_its_reason(name):
    assert _says_reason(ALERTS[name])


@pytest.mark.parametrize("name", sorted(SLOW & set(ALERTS)))
def test_a_slow_alert_says_its_reason_only_if_it_is_silent_where_a_quick_one_tells_it(name):
    rule = ALERTS[name]
    nobody_else = {"BorrowerReasonRising", "ProbeFailingOneLocation"}
    assert not _says_reason(rule) or _listens(rule) or name in nobody_else


def _listens(rule):
    """Whether it looks at alerts, itself or by what it reads."""
    names = {selector.name for selector in selectors(rule.expression)}
    return "ALERTS" in names or any(_listens(RULES[name]) for name in names & set(RULES) - {rule.name})


def _says_reason(rule):
    return "reason" in rule.labels or "reason" in grouping_labels(rule.expression)


def _reasons_in(name):
    for selector in selectors(RULES[name].expression):
        for matcher in selector.matchers:
            if matcher.name == "reason" and matcher.op is Op.MATCH:
                yield from matcher.value.split("|")


@pytest.mark.parametrize(
    ("rule", "blames"),
    [
        ("ChannelFailing", {Blame.CHANNEL}),
        ("LenderFailing", {Blame.LENDER}),
        ("drawdown:failures:increase4s", TECHNICAL),
        ("FewAttemptsFailing", TECHNICAL),
        ("drawdown:blocked_share:20s", POLICY),
        ("drawdown:blocks:increase1m", POLICY),
        ("drawdown:refusals:increase1m", {*POLICY, Blame.BORROWER}),
        ("SliceBlocking", POLICY),
        ("SliceFailing", TECHNICAL),
    ],
)
def test_each_rule_watches_all_reasons_of_its_blame(rule, blames):
    reasons = {reason.value for reason in Reason if reason.blame in blames} - {"unmapped"}
    assert set(_reasons_in(rule)) == reasons


@pytest.mark.parametrize("rule", ["PolicyBlocking", "SliceBlocking", "FalseBlocks", "FalseBlocksMany"])
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.blame in POLICY])
def test_the_label_blame_of_a_policy_is_the_blame_of_its_reason(rule, reason):
    assert ALERTS[rule].labels["blame"].render(Labels(reason=reason), 0.5) == reason.blame


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason.blame in TECHNICAL and reason is not Reason.UNMAPPED]
)
@pytest.mark.parametrize("rule", ["SliceFailing", "FewAttemptsFailing", "ErrorBudgetBurning"])
def test_the_label_blame_of_what_fails_is_the_blame_of_its_reason(rule, reason):
    assert ALERTS[rule].labels["blame"].render(Labels(reason=reason), 0.5) == reason.blame
