"""What rules take up from a run before."""

from dataclasses import replace

import numpy as np
import pytest
from alerts_builders import T0, Counts, Notebook, alert, vector

from alerts.evaluator import Evaluator
from alerts.past import owners, reads_itself, settling
from alerts.rule import load_rules
from drawdown.document import load_document
from drawdown.series import NAME, Labels, is_stale

RULES = """
groups:
  - name: g
    rules:
      - record: share
        expr: rate(m[20m])
      - record: share
        expr: rate(m[1h])
        labels: {window: 1h, job: ""}
      - alert: Slow
        expr: rate(m[20m]) > 1
      - alert: Fast
        expr: m > 1
      - record: normal
        expr: (normal and on () ALERTS{alertname="Slow"}) or avg_over_time(share[10m])
      - record: peak
        expr: max_over_time(peak[5m]) or share
"""


class StoppedClock:
    def monotonic(self):
        return 0.0


def loaded(text=RULES):
    (group,) = load_rules(load_document(text, source="rules.yaml"), catalogue=None)
    return group


GROUP = loaded()
SLOW = GROUP.rules[2]


@pytest.mark.parametrize(
    ("seen", "kept"),
    [(T0 - 5, 30), (T0 - 400, 400), (T0 - 5000, 1200), (None, 90)],
)
def test_a_restored_alert_waits_as_long_as_the_hole_in_the_past_or_as_its_expression_looks_back(seen, kept):
    one = settling(alert(T0 - 90), SLOW, GROUP, now=T0, seen=seen)
    assert one.kept_until == T0 + kept


def test_the_offset_of_a_group_is_looked_back_too():
    one = settling(alert(T0 - 9000), SLOW, replace(GROUP, query_offset=100.0), now=T0, seen=T0 - 5000)
    assert one.kept_until == T0 + 1300


def test_an_alert_that_was_missing_before_goes_on_as_it_was():
    missing = replace(alert(T0 - 90), missing_since=T0 - 60)
    assert settling(missing, SLOW, GROUP, now=T0, seen=T0 - 5).kept_until == 0.0


def test_an_alert_that_was_missing_only_since_the_last_restart_waits_again():
    missing = replace(alert(T0 - 90), missing_since=T0 - 20, kept_until=T0 - 1)
    assert settling(missing, SLOW, GROUP, now=T0, seen=T0 - 5).kept_until == T0 + 30


def named(name, **labels):
    return Labels(labels, **{NAME: name})


def test_a_series_belongs_to_the_rule_that_says_most_about_it():
    series = [
        named("share", channel="alpha"),
        named("share", window="1h"),
        named("share", window="1h", job="x"),
        named("ALERTS", alertname="Slow", alertstate="firing"),
        named("ALERTS_FOR_STATE", alertname="Fast"),
        named("ALERTS", alertname="Gone", alertstate="firing"),
        named("m"),
    ]
    found = owners(series, GROUP.rules)
    assert [found.get(one) for one in series] == [0, 1, 0, 2, 3, None, None]


def test_a_rule_reads_itself_wherever_its_name_stands():
    assert [reads_itself(rule) for rule in GROUP.rules] == [False, False, False, False, True, True]


class Script:
    def __init__(self, **answers):
        self.answers = answers

    def __call__(self, expression, _source, _at):
        return next((answer for text, answer in self.answers.items() if text in expression.text), vector())


def started(script):
    notebook = Notebook()
    options = {"source": notebook, "sink": notebook, "instruments": Counts(), "clock": StoppedClock()}
    return Evaluator([GROUP], evaluate=script, **options), notebook


def test_what_the_first_evaluation_does_not_give_any_more_ends_there():
    evaluator, notebook = started(Script(**{"rate(m[20m])": vector(({"channel": "beta"}, 0.5))}))
    alpha, beta, foreign = (named("share", channel=one) for one in ("alpha", "beta", "gamma"))
    foreign = named("elsewhere")
    owned = evaluator.take_up((alpha, beta, foreign), np.array([0.1, 0.2, 0.3]), T0 - 1)
    assert owned == {alpha, beta}
    assert notebook.samples == {}
    evaluator.tick(T0)
    written = notebook.at(T0, "share")
    assert set(written) == {alpha, beta}
    assert written[beta] == 0.5
    assert is_stale(np.array([written[alpha]])).all()


def test_what_is_a_state_is_written_anew_so_that_the_rules_see_it_after_a_long_time_too():
    firing = replace(alert(T0 - 900), labels=Labels(alertname="Fast", job="x"), group="g")
    evaluator, notebook = started(Script())
    evaluator.restore([firing], now=T0, seen=T0 - 600)
    normal, share = named("normal", job="x"), named("share", job="x")
    old = named("ALERTS", alertname="Fast", job="x", alertstate="pending")
    evaluator.take_up((normal, share, old), np.array([0.25, 0.5, 1.0]), T0 - 1)
    state = named("ALERTS", alertname="Fast", job="x", alertstate="firing")
    since = named("ALERTS_FOR_STATE", alertname="Fast", job="x")
    assert {one: at[T0 - 1] for one, at in notebook.samples.items()} == {normal: 0.25, state: 1.0, since: T0 - 900}
    evaluator.tick(T0)
    ends = {one for one, at in notebook.samples.items() if is_stale(np.array([at[T0]])).all()}
    assert ends == {normal, share, old}
