"""The four cases of the alert generator compliance suite, on a clock that jumps: a sample every 15 s, a group every 30.

Where the suite allows for delays, the times here are exact.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from alerts_builders import Counts

from alerts.alert import AlertState
from alerts.evaluator import Evaluator
from alerts.foresight.tape import Tape
from alerts.promql import evaluate, parse
from alerts.rule import load_rules
from alerts.ruletest.histogram import Histograms
from alerts.ruletest.notation import expand
from drawdown.document import read_document
from drawdown.series import NAME, Labels

RULES = Path(__file__).parents[2].parent / "shared" / "promql" / "alert_generator_rules.yaml"
START = 1_700_000_010.0
METRIC = "alert_generator_test_suite"

pytestmark = pytest.mark.skipif(not RULES.exists(), reason=f"the suite's rules are not in {RULES}")


class NoClock:
    def monotonic(self):
        return 0.0


@dataclass(frozen=True)
class Told:
    """An alert as the suite looks at it. `active` are seconds after the start."""

    labels: Labels
    state: str
    value: float
    active: float
    annotations: Labels


def told(state, value, active, annotations, **labels):
    return Told(Labels(labels), state, float(value), float(active), Labels(annotations))


class Run:
    """A group over its series; every 30 s the alerts, the ones just resolved, and the series ALERTS."""

    def __init__(self, group, series, *, samples):
        groups = [each for each in load_rules(read_document(RULES), catalogue=None) if each.name == group]
        times = START + np.arange(samples) * 15.0
        tape = Tape(times)
        for labels, text in series:
            values = expand(text, Histograms())[:samples]
            full = Labels({NAME: METRIC, "rulegroup": group, **labels})
            tape.lay((full,), values[np.newaxis, :], times=times[: len(values)])
        options = {"source": tape, "sink": tape, "instruments": Counts(), "clock": NoClock()}
        evaluator = Evaluator(groups, **options)
        self.alerts, self.resolved, self.series = {}, {}, {}
        for tick in times[::2].tolist():
            found, after = evaluator.tick(tick), tick - START
            self.alerts[after] = {self._told(each) for each in found if each.state is not AlertState.INACTIVE}
            self.resolved[after] = {each.name for each in found if each.state is AlertState.INACTIVE}
            self.series[after] = set(evaluate(parse("ALERTS"), tape, tick).labels)
        self.views = evaluator.groups()

    @staticmethod
    def _told(alert):
        active = alert.active_at - START
        return Told(alert.labels, alert.state.value, alert.value, active, alert.annotations)


def check(run, phases):
    """`phases` give the alerts from a second on."""
    for after, alerts in run.alerts.items():
        expected = next(each for since, each in reversed(phases) if since <= after)
        assert alerts == set(expected), after
        assert run.series[after] == {
            each.labels.with_({NAME: "ALERTS", "alertstate": each.state}) for each in expected
        }, after
    assert all(rule.look.error == "" for group in run.views for rule in group.rules)


def just_resolved(run):
    return {after: names for after, names in run.resolved.items() if names}


def test_pending_and_firing_and_resolved():
    group, name = "PendingAndFiringAndResolved", "PendingAndFiringAndResolved_SimpleAlert"
    values = "3 5x2 9x3 11x12 15x31 19x15 9x19 15x44 8x15"
    run = Run(group, [({"alertname": name}, values)], samples=240)

    def alert(state, value, active):
        annotations = {"description": "SimpleAlert is firing", "summary": f"The value is {value} {value}"}
        return told(state, value, active, annotations, alertname=name, foo="bar", rulegroup=group)

    check(
        run,
        [
            (0, []),
            (120, [alert("pending", 11, 120)]),
            (330, [alert("pending", 15, 120)]),
            (480, [alert("firing", 15, 120)]),
            (810, [alert("firing", 19, 120)]),
            (1050, []),
            (1350, [alert("pending", 15, 1350)]),
            (1710, [alert("firing", 15, 1350)]),
            (2010, []),
        ],
    )
    assert just_resolved(run) == {1050: {name}, 2010: {name}}


def test_pending_and_resolved_and_always_inactive():
    group, name = "PendingAndResolved_AlwaysInactive", "PendingAndResolved_AlwaysInactive_PendingAlert"
    values = "3 5x2 9x3 11x10 9"
    names = (name, "PendingAndResolved_AlwaysInactive_InactiveAlert")
    run = Run(group, [({"alertname": each}, values) for each in names], samples=60)
    annotations = {"description": "SimpleAlert is firing"}
    pending = told("pending", 11, 120, annotations, alertname=name, foo="bar", rulegroup=group)
    check(run, [(0, []), (120, [pending]), (300, [])])
    assert just_resolved(run) == {}


def test_zero_for_and_small_for():
    group = "ZeroFor_SmallFor"
    zero, small = f"{group}_ZeroFor", f"{group}_SmallFor"
    values = "3 5x2 9x3 15x12 9x71 11x12 9"
    series = [({"alertname": each}, values) for each in (zero, small)]
    series += [
        ({"for": "template", "id": str(100 + each), "__value__": f"val{each}"}, f"{each}x27 {2 * each}x200")
        for each in (1, 2, 3)
    ]
    run = Run(group, series, samples=128)

    def at_once(value, active, found):
        annotations = {
            "description": "This should immediately fire",
            "template_test": "1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC",
            "template_query_test": f"Args are: foo bar 99. first_id:101,{found},",
        }
        return told("firing", value, active, annotations, alertname=zero, foo="bar", rulegroup=group)

    def soon(state):
        annotations = {
            "description": "This should fire after an interval",
            "template_test": "This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .",
        }
        return told(state, 15, 120, annotations, alertname=small, ba_dum="tss", rulegroup=group)

    first, again = at_once(15, 120, "101:1,102:2,103:3"), at_once(11, 1410, "101:2,102:4,103:6")
    check(
        run,
        [
            (0, []),
            (120, [first, soon("pending")]),
            (150, [first, soon("firing")]),
            (330, []),
            (1410, [again]),
            (1590, []),
        ],
    )
    assert just_resolved(run) == {330: {zero, small}, 1590: {zero}}


def test_new_alerts_and_the_order_of_rules():
    group = "NewAlerts_OrderCheck"
    first, second = f"{group}_Rule1", f"{group}_Rule2"
    series = [
        ({"alertname": first, "variant": "one"}, "1x7 11x64 9x20"),
        ({"alertname": first, "variant": "two"}, "1x31 11x32 9x20"),
    ]
    run = Run(group, series, samples=94)

    def rule1(state, variant, active):
        annotations = {"description": "This should produce more alerts later"}
        labels = {"alertname": first, "foo": "bar", "rulegroup": group, "variant": variant}
        return told(state, 11, active, annotations, **labels)

    annotations = {"description": f"Based on ALERTS. Old alertname was {first}. foo was bar."}
    labels = {"alertname": second, "alertstate": "firing", "ba_dum": "tss", "foo": "baz", "rulegroup": group}
    rule2 = told("firing", 2, 660, annotations, **labels)
    check(
        run,
        [
            (0, []),
            (120, [rule1("pending", "one", 120)]),
            (300, [rule1("firing", "one", 120)]),
            (480, [rule1("firing", "one", 120), rule1("pending", "two", 480)]),
            (660, [rule1("firing", "one", 120), rule1("firing", "two", 480), rule2]),
            (990, [rule1("firing", "one", 120)]),
            (1110, []),
        ],
    )
    assert just_resolved(run) == {990: {first, second}, 1110: {first}}
