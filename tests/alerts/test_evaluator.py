import numpy as np
from alerts_builders import T0, Counts, Notebook, vector

from alerts.alert import AlertState
from alerts.evaluator import Evaluator
from alerts.promql import PromQLError, evaluate, parse
from alerts.rule import load_rules
from alerts.template import External
from collector.store import Store
from drawdown.document import load_document
from drawdown.series import NAME, Labels, is_stale

RULES = """
groups:
  - name: quick
    rules:
      - record: channel:failures
        expr: failures
        labels: {team: pay}
      - alert: Failing
        expr: channel:failures > 0.1
        for: 1s
        labels: {severity: page}
  - name: slow
    interval: 5s
    rules:
      - alert: Slow
        expr: slow
"""


class StoppedClock:
    def now(self):
        return T0

    def monotonic(self):
        return 0.0


class Script:
    """Answers each expression with what the test has laid out for it."""

    def __init__(self):
        self.answers = {}
        self.asked = []

    def __call__(self, expression, _source, at):
        self.asked.append((expression.text, at))
        answer = self.answers.get(expression.text, vector())
        if isinstance(answer, Exception):
            raise answer
        return answer


def setup(text=RULES, **more):
    groups = load_rules(load_document(text, source="rules.yaml"), catalogue=None)
    script, notebook, counts = Script(), Notebook(), Counts()
    options = {"source": notebook, "sink": notebook, "instruments": counts, "clock": StoppedClock(), **more}
    return Evaluator(groups, evaluate=script, **options), script, notebook, counts


def test_alerts_come_out_pending_then_firing_then_just_resolved():
    evaluator, script, _, _ = setup()
    script.answers["channel:failures > 0.1"] = vector(({"channel": "alpha"}, 0.5))
    states = [evaluator.tick(T0 + second)[0].state for second in range(2)]
    script.answers.clear()
    (resolved,) = evaluator.tick(T0 + 2)
    assert [*states, resolved.state] == [AlertState.PENDING, AlertState.FIRING, AlertState.INACTIVE]
    assert resolved.group == "quick"
    assert evaluator.tick(T0 + 3) == ()


def test_recorded_series_are_written_with_their_name_and_labels():
    evaluator, script, notebook, _ = setup()
    script.answers["failures"] = vector(({NAME: "failures", "channel": "alpha"}, 0.5))
    evaluator.tick(T0)
    assert notebook.at(T0, "channel:failures") == {
        Labels({NAME: "channel:failures", "channel": "alpha", "team": "pay"}): 0.5
    }


def test_a_series_that_is_no_longer_given_ends_with_a_staleness_marker():
    evaluator, script, notebook, _ = setup()
    script.answers["failures"] = vector(({"channel": "alpha"}, 0.5))
    evaluator.tick(T0)
    script.answers.clear()
    evaluator.tick(T0 + 1)
    evaluator.tick(T0 + 2)
    assert is_stale(np.array([*notebook.at(T0 + 1, "channel:failures").values()])).tolist() == [True]
    assert notebook.at(T0 + 2, "channel:failures") == {}


def test_alerts_are_series_as_in_prometheus():
    evaluator, script, notebook, _ = setup()
    script.answers["channel:failures > 0.1"] = vector(({"channel": "alpha"}, 0.5))
    evaluator.tick(T0)
    evaluator.tick(T0 + 1)
    labels = {"alertname": "Failing", "channel": "alpha", "severity": "page"}
    firing = Labels({NAME: "ALERTS", **labels, "alertstate": "firing"})
    pending = Labels({NAME: "ALERTS", **labels, "alertstate": "pending"})
    written = notebook.at(T0 + 1, "ALERTS")
    assert written[firing] == 1
    assert is_stale(np.array([written[pending]])).all()
    assert notebook.at(T0 + 1, "ALERTS_FOR_STATE") == {Labels({NAME: "ALERTS_FOR_STATE", **labels}): T0}


def test_a_failed_evaluation_keeps_the_alerts_and_is_counted():
    evaluator, script, _, counts = setup()
    expression = "channel:failures > 0.1"
    script.answers[expression] = vector(({"channel": "alpha"}, 0.5))
    before = (evaluator.tick(T0), evaluator.tick(T0 + 1))[1]
    script.answers[expression] = PromQLError("no")
    assert evaluator.tick(T0 + 2) == before
    script.answers[expression] = vector(({"channel": "alpha"}, 0.5), ({"channel": "alpha", NAME: "x"}, 0.5))
    assert evaluator.tick(T0 + 3) == before
    name = "drawdown_evaluation_failures_total"
    assert counts.counters[(name, "Failing")] == 2
    assert counts.counters[(name, "Slow")] == 0


def test_a_group_is_evaluated_at_its_own_interval_though_ticks_come_a_little_late():
    evaluator, script, _, _ = setup()
    for second in range(11):
        evaluator.tick(T0 + second + (0.2 if second == 5 else 0.0))
    assert [round(at - T0, 1) for text, at in script.asked if text == "slow"] == [0, 5.2, 10]
    assert len([at for text, at in script.asked if text == "failures"]) == 11


def test_a_clock_that_is_set_back_does_not_stop_the_rules():
    evaluator, script, _, _ = setup()
    for now in (T0, T0 + 1, T0 - 3600, T0 - 3599, T0 - 3595):
        evaluator.tick(now)
    assert [at - T0 for text, at in script.asked if text == "failures"] == [0, 1, -3600, -3599, -3595]
    assert [at - T0 for text, at in script.asked if text == "slow"] == [0, -3600, -3595]


def test_restored_alerts_stay_until_the_store_has_a_past():
    first, script, _, _ = setup()
    script.answers["channel:failures > 0.1"] = vector(({"channel": "alpha"}, 0.5))
    first.tick(T0)
    (firing,) = first.tick(T0 + 1)
    second, script, _, _ = setup()
    second.restore([firing], now=T0 + 10)
    assert second.tick(T0 + 10)[0].fired_at == firing.fired_at
    assert second.tick(T0 + 40)[0].state is AlertState.INACTIVE


def test_the_alerts_of_a_rule_that_is_gone_are_dropped_at_a_restart():
    first, script, _, _ = setup()
    script.answers["slow"] = vector(({}, 1))
    alerts = first.tick(T0)
    second, _, _, _ = setup(RULES.replace("alert: Slow", "alert: Slower"))
    second.restore(alerts, now=T0 + 1)
    assert second.tick(T0 + 1) == ()


def test_its_view_says_what_became_of_every_rule():
    evaluator, script, _, _ = setup()
    before = evaluator.groups()
    script.answers["channel:failures > 0.1"] = vector(({"channel": "alpha"}, 0.5))
    script.answers["slow"] = PromQLError("too much")
    evaluator.tick(T0)
    evaluator.tick(T0 + 1)
    quick, slow = evaluator.groups()
    assert [rule.look for group in before for rule in group.rules] == [None, None, None]
    assert (quick.group.name, quick.group.source, quick.interval, quick.look.at) == ("quick", "rules.yaml", 1.0, T0 + 1)
    assert [(rule.rule.name, rule.look.error, len(rule.alerts)) for rule in quick.rules] == [
        ("channel:failures", "", 0),
        ("Failing", "", 1),
    ]
    (failing,) = slow.rules
    assert (slow.interval, slow.look.at, failing.look.at, failing.look.error) == (5.0, T0, T0, "too much")


def test_its_view_shows_no_alert_that_is_over():
    evaluator, script, _, _ = setup()
    script.answers["slow"] = vector(({"channel": "alpha"}, 0.5))
    evaluator.tick(T0)
    script.answers.clear()
    evaluator.tick(T0 + 5)
    assert evaluator.groups()[1].rules[0].alerts == ()


LIMITED = """
groups:
  - name: few
    limit: 1
    rules:
      - record: few
        expr: failures
      - alert: Few
        expr: failures
"""
ONE = vector(({"channel": "alpha"}, 0.5))
TWO = vector(({"channel": "alpha"}, 0.5), ({"channel": "beta"}, 0.5))


def test_a_rule_beyond_its_limit_fails_writes_nothing_and_loses_its_alerts():
    evaluator, script, notebook, counts = setup(LIMITED)
    for second, answer in enumerate((ONE, TWO, ONE)):
        script.answers["failures"] = answer
        evaluator.tick(T0 + second)
        errors = [rule.look.error for rule in evaluator.groups()[0].rules]
        assert errors == (
            ["few gives 2 series, more than the limit of 1", "Few gives 2 alerts, more than the limit of 1"]
            if answer is TWO
            else ["", ""]
        )
        assert len(notebook.at(T0 + second, "few")) == len(notebook.at(T0 + second, "ALERTS")) == (answer is ONE)
    (again,) = evaluator.tick(T0 + 3)
    assert again.active_at == T0 + 2
    assert counts.counters["drawdown_evaluation_failures_total", "few"] == 1


OFFSET = LIMITED.replace("limit: 1", "query_offset: 10s")


def test_a_group_with_an_offset_looks_at_the_past():
    evaluator, script, notebook, _ = setup(OFFSET)
    script.answers["failures"] = ONE
    (alert,) = evaluator.tick(T0)
    assert script.asked == [("failures", T0 - 10)] * 2
    assert alert.active_at == T0
    assert len(notebook.at(T0, "few")) == 1


def test_where_the_sink_takes_it_what_such_a_group_gives_is_written_at_the_time_it_looked_at():
    evaluator, script, notebook, _ = setup(OFFSET, backdates=True)
    script.answers["failures"] = ONE
    evaluator.tick(T0)
    script.answers.clear()
    evaluator.tick(T0 + 1)
    assert notebook.at(T0 - 10, "few") == {Labels({NAME: "few", "channel": "alpha"}): 0.5}
    assert list(notebook.at(T0 - 10, "ALERTS_FOR_STATE").values()) == [T0]
    assert is_stale(np.array([*notebook.at(T0 - 9, "few").values()])).tolist() == [True]


def test_templates_can_ask_and_know_what_the_monitor_is_called_outside():
    text = """
groups:
  - name: g
    rules:
      - alert: A
        expr: failures
        annotations:
          summary: '{{ range query "others" }}{{ .Value }}{{ end }} {{ $externalLabels.site }} {{ externalURL }}'
          wrong: '{{ query "up{" }}'
"""
    evaluator, script, _, _ = setup(text, external=External(labels=Labels(site="hz"), url="https://x"))
    script.answers |= {"failures": ONE, "others": TWO}
    (alert,) = evaluator.tick(T0)
    assert alert.annotations["summary"] == "0.50.5 hz https://x"
    assert alert.annotations["wrong"].startswith("<error expanding template: query 'up{': ")
    assert script.asked[-1] == ("others", T0)


def test_recorded_series_that_stay_the_same_are_one_tuple():
    evaluator, script, notebook, _ = setup()
    written = []
    notebook.append = lambda _at, labels, _values: written.append(labels)
    script.answers["failures"] = vector(({"channel": "alpha"}, 0.5), ({"channel": "beta"}, 0.5))
    evaluator.tick(T0)
    evaluator.tick(T0 + 1)
    script.answers["failures"] = vector(({"channel": "beta"}, 0.5))
    evaluator.tick(T0 + 2)
    assert written[0] is written[1]
    assert [[each["channel"] for each in labels] for labels in written[1:]] == [["alpha", "beta"], ["beta"], ["alpha"]]


LAYERS = """
groups:
  - name: layers
    rules:
      - record: base
        expr: sum(m)
      - record: twice
        expr: 2 * base
      - alert: Doubled
        expr: twice > 2
      - record: alarms
        expr: count(ALERTS)
      - record: twice
        expr: 3 * base
        labels: {how: thrice}
      - record: both
        expr: sum(twice)
"""


def test_a_rule_sees_what_the_rules_before_it_wrote_at_the_same_tick():
    groups = load_rules(load_document(LAYERS, source="rules.yaml"), catalogue=None)
    store = Store()
    options = {"source": store, "sink": store, "instruments": Counts(), "clock": StoppedClock()}
    evaluator, written = Evaluator(groups, **options), []
    for second in range(1, 4):
        store.append(T0 + second, (Labels({NAME: "m"}),), np.array([float(second)]))
        evaluator.tick(T0 + second)
        latest = {
            name: evaluate(parse(f"sum({name})"), store, T0 + second).values.tolist() for name in ("both", "alarms")
        }
        written.append(latest)
    assert written == [
        {"both": [5.0], "alarms": []},
        {"both": [10.0], "alarms": [2.0]},  # the element of the fifth rule is still there from the tick before
        {"both": [15.0], "alarms": [2.0]},
    ]


def test_a_time_that_comes_again_is_looked_at_again():
    groups = load_rules(load_document(LAYERS, source="rules.yaml"), catalogue=None)
    store = Store()
    options = {"source": store, "sink": store, "instruments": Counts(), "clock": StoppedClock()}
    evaluator = Evaluator(groups, **options)
    for now, value in ((T0, 1.0), (T0 - 3600, 1.0), (T0, 7.0)):
        store.append(T0, (Labels({NAME: "m"}),), np.array([value]))
        evaluator.tick(now)
    assert evaluate(parse("base"), store, T0).values.tolist() == [7.0]
