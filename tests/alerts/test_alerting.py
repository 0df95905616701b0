"""Rules over series, minute by minute: the series that they write, as Prometheus' own tests of rules look at them."""

import re

import numpy as np
import pytest
import yaml
from alerts_builders import Counts

from alerts.evaluator import Evaluator
from alerts.foresight.tape import Tape
from alerts.rule import load_rules
from alerts.ruletest.histogram import Histograms
from alerts.ruletest.notation import expand, parse_series
from alerts.template import External
from drawdown.document import load_document
from drawdown.series import NAME, Labels, is_absent, is_stale

REQUESTS = 'http_requests{job="app-server", instance="0"}'
WHO = {"instance": "0", "job": "app-server"}


class NoClock:
    def monotonic(self):
        return 0.0


class World:
    """One group over some series, evaluated each minute."""

    def __init__(self, group, series, *, minutes=6, external=None):
        text = yaml.safe_dump({"groups": [{"name": "g", **group}]})
        groups = load_rules(load_document(text, source="rules.yaml"), catalogue=None)
        self.times = np.arange(minutes) * 60.0
        self.tape = Tape(self.times)
        for labels, written in series.items():
            values = expand(written, Histograms())[:minutes]
            self.tape.lay((parse_series(labels),), values[np.newaxis, :], times=self.times[: len(values)])
        options = {"source": self.tape, "sink": self.tape, "instruments": Counts(), "clock": NoClock()}
        self.evaluator = Evaluator(groups, interval=60.0, external=external or External(), **options)

    def run(self):
        """Of each minute: the samples of ALERTS (without its name), and the errors of the rules."""
        written, errors = [], []
        for time in self.times.tolist():
            self.evaluator.tick(time)
            written.append([dict(labels.without(NAME)) for labels in self.at(time, "ALERTS")])
            errors.append([rule.look.error for group in self.evaluator.groups() for rule in group.rules])
        return written, errors

    def at(self, time, name):
        block = self.tape.select((), time, time)
        there = ~is_absent(block.values[:, 0]) & ~is_stale(block.values[:, 0])
        return {
            labels: value
            for labels, value, here in zip(block.labels, block.values[:, 0].tolist(), there, strict=True)
            if here and labels[NAME] == name
        }


def rules(*written, **group):
    return {"rules": list(written), **group}


def alert(state, name="A", **labels):
    return {"alertname": name, "alertstate": state, **labels}


def test_an_alert_whose_labels_change_starts_again_and_ends_with_its_series():
    severity = "{{ if lt $value 80.0 }}critical{{ else }}warning{{ end }}"
    rule = {"alert": "A", "expr": "http_requests < 100", "for": "1m", "labels": {"severity": severity}}
    written, _ = World(rules(rule), {REQUESTS: "75 85 70 70 stale"}).run()
    assert written == [
        [alert("pending", **WHO, severity="critical")],
        [alert("pending", **WHO, severity="warning")],
        [alert("pending", **WHO, severity="critical")],
        [alert("firing", **WHO, severity="critical")],
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("template", "external", "text"),
    [
        ("{{ len $externalLabels }}, foo is {{ $externalLabels.foo }}.", {}, "0, foo is ."),
        (
            "{{ len $externalLabels }}, foo is {{ $externalLabels.foo }}.",
            {"foo": "bar", "dings": "bums"},
            "2, foo is bar.",
        ),
        ("The external URL is {{ $externalURL }}.", {}, "The external URL is http://localhost:1234."),
    ],
)
def test_templates_of_labels_know_what_is_outside(template, external, text):
    rule = {"alert": "A", "expr": "http_requests < 100", "for": "1m", "labels": {"templated": template}}
    outside = External(labels=Labels(external), url="http://localhost:1234")
    written, _ = World(rules(rule), {REQUESTS: "75"}, minutes=1, external=outside).run()
    assert written == [[alert("pending", **WHO, templated=text)]]


def test_a_label_that_comes_out_empty_is_none():
    rule = {"alert": "A", "expr": "http_requests < 100", "for": "1m", "labels": {"empty_label": ""}}
    written, _ = World(rules(rule), {REQUESTS: "75"}, minutes=1).run()
    assert written == [[alert("pending", **WHO)]]


def test_an_annotation_can_ask():
    template = """
{{- with "sort(sum(http_requests) by (instance))" | query -}}
{{- range $i,$v := . -}}
instance: {{ $v.Labels.instance }}, value: {{ printf "%.0f" $v.Value }};
{{- end -}}
{{- end -}}
"""
    rule = {"alert": "A", "expr": "sum(http_requests) < 100", "for": "1m", "annotations": {"text": template}}
    world = World(rules(rule), {REQUESTS: "70"}, minutes=1)
    (found,) = world.evaluator.tick(0.0)
    assert found.annotations["text"] == "instance: 0, value: 70;"


def test_two_alerts_with_the_same_labels_are_an_error():
    expression = 'vector(0) or label_replace(vector(0),"test","x","","")'
    rule = {"alert": "foo", "expr": expression, "for": "1m", "labels": {"test": "test"}}
    written, errors = World(rules(rule), {}, minutes=1).run()
    assert (written, errors) == ([[]], [["foo gives two alerts with the same labels"]])


@pytest.mark.parametrize(
    ("limit", "error"), [(0, ""), (-1, ""), (2, ""), (1, "foo gives 2 {}, more than the limit of 1")]
)
def test_a_rule_may_give_as_much_as_its_limit(limit, error):
    series = {'metric{label="1"}': "1", 'metric{label="2"}': "1"}
    for kind, noun in (("alert", "alerts"), ("record", "series")):
        rule = {kind: "foo", "expr": "metric > 0", "labels": {"test": "test"}}
        _, errors = World(rules(rule, limit=limit), series, minutes=1).run()
        assert errors == [[error.format(noun)]]


def test_an_alert_keeps_firing_for_as_long_as_it_is_told_to():
    rule = {"alert": "A", "expr": "http_requests > 50", "for": "1m", "keep_firing_for": "1m"}
    written, _ = World(rules(rule), {REQUESTS: "75 85 70 70 10x5"}, minutes=7).run()
    pending, firing = [alert("pending", **WHO)], [alert("firing", **WHO)]
    assert written == [pending, firing, firing, firing, firing, [], []]


def test_a_pending_alert_is_not_kept():
    rule = {"alert": "A", "expr": "http_requests > 50", "for": "1m", "keep_firing_for": "1m"}
    written, _ = World(rules(rule), {REQUESTS: "75 10x10"}, minutes=3).run()
    assert written == [[alert("pending", **WHO)], [], []]


def test_the_start_of_an_alert_is_a_series_too():
    rule = {"alert": "A", "expr": "http_requests > 50", "for": "2m"}
    world = World(rules(rule), {REQUESTS: "10 75x2 10"}, minutes=5)
    world.run()
    starts = [list(world.at(time, "ALERTS_FOR_STATE").values()) for time in world.times.tolist()]
    assert starts == [[], [60.0], [60.0], [60.0], []]


def test_recorded_series_have_their_name_and_the_labels_of_rule_and_group():
    rule = {"record": "r", "expr": "http_requests", "labels": {"job": "", "team": "pay"}}
    world = World(rules(rule, labels={"team": "risk", "site": "hz"}), {REQUESTS: "1"}, minutes=1)
    world.run()
    assert world.at(0.0, "r") == {Labels({NAME: "r", "instance": "0", "team": "pay", "site": "hz"}): 1.0}


def test_recorded_series_with_the_same_labels_are_an_error_and_none_is_written():
    rule = {"record": "r", "expr": "metric", "labels": {"label": "all"}}
    world = World(rules(rule), {'metric{label="1"}': "1", 'metric{label="2"}': "1"}, minutes=1)
    _, errors = world.run()
    assert errors == [["r gives two series with the same labels"]]
    assert world.at(0.0, "r") == {}


def test_a_recorded_series_whose_rule_fails_does_not_end():
    rule = {"record": "r", "expr": "metric + on () metric"}
    world = World(rules(rule), {'metric{label="1"}': "1x5", 'metric{label="2"}': "_ 1"}, minutes=3)
    _, errors = world.run()
    assert [bool(each[0]) for each in errors] == [False, True, True]
    block = world.tape.select((), 60.0, 120.0)
    row = [labels.get(NAME) for labels in block.labels].index("r")
    assert is_absent(block.values[row]).all()


def test_no_error_tells_more_than_the_rule_and_what_was_wrong():
    rule = {"alert": "A", "expr": "metric + on () metric"}
    _, errors = World(rules(rule), {'metric{label="1"}': "1", 'metric{label="2"}': "1"}, minutes=1).run()
    assert re.match(r"several elements match \{\} on the ", errors[0][0])
