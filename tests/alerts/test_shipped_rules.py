"""The shipped rules: what promtool says of them, and that our own evaluation says the same."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from alerts_builders import Counts

from alerts.evaluator import Evaluator
from alerts.promql import grouping_labels, selectors
from alerts.rule import AlertRule, load_rules
from collector.store import Store
from drawdown.clock import LoopClock
from drawdown.document import read_document
from drawdown.durations import parse_duration
from drawdown.reasons import POLICY, Blame, Reason
from drawdown.series import NAME, Labels, Op

ROOT = Path(__file__).parents[2]
RULES = ROOT / "alerts" / "rules" / "drawdown.yaml"
TESTS = ROOT / "alerts" / "rules" / "tests" / "drawdown_test.yaml"
CASES = yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]

(GROUP,) = load_rules(read_document(RULES))
ALERTS = {rule.name: rule for rule in GROUP.rules if isinstance(rule, AlertRule)}


@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", TESTS)])
def test_promtool_accepts_the_shipped_rules(promtool, arguments):
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _labels(text):
    name, _, rest = text.partition("{")
    return Labels({NAME: name, **dict(re.findall(r'(\w+)="([^"]*)"', rest))})


def _expanded(text):
    """`1+2x3` is 1 3 5 7, `4x2` is 4 4 4, `4` is 4."""
    samples = []
    for part in text.split():
        first, step, times = re.fullmatch(r"(\d+)(?:\+(\d+))?(?:x(\d+))?", part).groups()
        samples += [float(first) + float(step or 0) * number for number in range(int(times or 0) + 1)]
    return np.array(samples)


def fired(case, seconds):
    """The firing alerts of each second."""
    series = [(_labels(each["series"]), _expanded(str(each["values"]))) for each in case["input_series"]]
    store = Store()
    evaluator = Evaluator([GROUP], source=store, sink=store, instruments=Counts(), clock=LoopClock(0.0))
    for second in range(seconds + 1):
        present = [(labels, values[second]) for labels, values in series if second < len(values)]
        store.append(second, tuple(labels for labels, _ in present), np.array([value for _, value in present]))
        yield second, [alert for alert in evaluator.tick(float(second)) if alert.firing]


def _said(expected):
    labels, annotations = expected["exp_labels"], expected["exp_annotations"]
    return tuple(sorted(labels.items())), tuple(sorted(annotations.items()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_our_evaluation_agrees_with_promtool(case):
    wanted = {}
    for each in case["alert_rule_test"]:
        wanted.setdefault(round(parse_duration(each["eval_time"])), []).append(each)
    for second, alerts in fired(case, max(wanted)):
        for each in wanted.get(second, ()):
            found = [one for one in alerts if one.name == each["alertname"]]
            said = [(tuple(one.labels.without("alertname").items()), tuple(one.annotations.items())) for one in found]
            assert Counter(said) == Counter(map(_said, each["exp_alerts"]))


def test_every_alert_says_its_severity_its_reason_and_who_saw_it():
    for rule in ALERTS.values():
        assert {"severity", "origin"} <= set(rule.labels), rule.name
        assert "reason" in rule.labels or "reason" in grouping_labels(rule.expression), rule.name
        assert {"summary", "summary_zh", "description"} <= set(rule.annotations), rule.name


def test_no_alert_lets_the_labels_of_a_scrape_through():
    for rule in ALERTS.values():
        assert not {"job", "instance"} & grouping_labels(rule.expression), rule.name
        assert " without " not in rule.expression.text, rule.name


def _reasons_in(name):
    rules = {rule.name: rule for rule in GROUP.rules}
    for selector in selectors(rules[name].expression):
        for matcher in selector.matchers:
            if matcher.name == "reason" and matcher.op is Op.MATCH:
                yield from matcher.value.split("|")


@pytest.mark.parametrize(
    ("rule", "blames"),
    [
        ("ChannelFailing", {Blame.CHANNEL}),
        ("LenderFailing", {Blame.LENDER}),
        ("drawdown:blocked_share:20s", POLICY),
    ],
)
def test_each_rule_watches_all_reasons_of_its_blame(rule, blames):
    reasons = {reason.value for reason in Reason if reason.blame in blames} - {"unmapped"}
    assert set(_reasons_in(rule)) == reasons


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.blame in POLICY])
def test_the_label_blame_of_a_policy_is_the_blame_of_its_reason(reason):
    blame = ALERTS["PolicyBlocking"].labels["blame"].render(Labels(reason=reason), 0.5)
    assert blame == reason.blame
