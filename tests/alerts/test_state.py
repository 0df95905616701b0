"""The life of an alert, step by step and against a naive reading of the same rules."""

from dataclasses import dataclass, replace

import pytest
from alerts_builders import T0, vector
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.alert import AlertState
from alerts.promql import parse
from alerts.rule import AlertRule
from alerts.state import RuleError, advance
from alerts.template import compile_template
from drawdown.series import Labels

SEEN = vector(({"__name__": "x", "channel": "alpha"}, 0.5))
NOTHING = vector()


def rule(*, hold=0.0, keep=0.0, labels=None, annotations=None):
    return AlertRule(
        name="A",
        expression=parse("x"),
        hold=hold,
        keep_firing_for=keep,
        labels={name: compile_template(text) for name, text in (labels or {}).items()},
        annotations={name: compile_template(text) for name, text in (annotations or {}).items()},
    )


def run(a_rule, *vectors, states=None):
    """The only alert after each second's vector, None where there is none."""
    states, seen = states or {}, []
    for second, one in enumerate(vectors):
        states = advance(a_rule, states, one, T0 + second)
        seen.append(next(iter(states.values()), None))
    return seen


def test_without_for_an_alert_fires_at_once():
    (first,) = run(rule(), SEEN)
    assert (first.state, first.active_at, first.fired_at) == (AlertState.FIRING, T0, T0)


def test_an_alert_fires_when_for_has_passed_since_it_was_first_returned():
    states = [one.state for one in run(rule(hold=2), SEEN, SEEN, SEEN)]
    assert states == [AlertState.PENDING, AlertState.PENDING, AlertState.FIRING]


def test_a_gap_while_pending_starts_again():
    last = run(rule(hold=2), SEEN, SEEN, NOTHING, SEEN)
    assert last[2] is None
    assert last[3].active_at == T0 + 3


def test_an_alert_that_is_gone_is_reported_inactive_once():
    seen = run(rule(), SEEN, NOTHING, NOTHING)
    assert (seen[1].state, seen[1].resolved_at) == (AlertState.INACTIVE, T0 + 1)
    assert seen[2] is None


def test_keep_firing_for_counts_from_the_first_evaluation_without_the_element():
    seen = run(rule(keep=2), SEEN, NOTHING, NOTHING, NOTHING)
    assert [one.state for one in seen] == ["firing", "firing", "firing", "inactive"]
    back = run(rule(keep=2), SEEN, NOTHING, SEEN, NOTHING, NOTHING, NOTHING)
    assert [one.state for one in back] == ["firing"] * 5 + ["inactive"]


def test_a_longer_for_takes_a_firing_alert_back_to_pending():
    states = advance(rule(), {}, SEEN, T0)
    (demoted,) = advance(rule(hold=60), states, SEEN, T0 + 1).values()
    assert (demoted.state, demoted.active_at) == (AlertState.PENDING, T0)


def test_labels_of_the_rule_win_and_the_alerts_name_wins_over_all():
    labels = {"channel": "{{ $labels.channel }}-2", "alertname": "other", "severity": "page"}
    (one,) = run(rule(labels=labels), SEEN)
    assert one.labels == Labels(alertname="A", channel="alpha-2", severity="page")


def test_two_elements_with_the_same_labels_are_an_error():
    with pytest.raises(RuleError, match="two alerts"):
        advance(rule(labels={"channel": "all"}), {}, vector(({"channel": "a"}, 1), ({"channel": "b"}, 1)), T0)


def test_annotations_and_value_follow_the_expression():
    seen = run(rule(annotations={"summary": "{{ $value }}"}), SEEN, vector(({"channel": "alpha"}, 0.75)))
    assert [(one.value, one.annotations["summary"]) for one in seen] == [(0.5, "0.5"), (0.75, "0.75")]


def test_a_restored_alert_is_kept_while_the_store_is_young_but_does_not_fire_on_no_evidence():
    pending = {labels: replace(one, kept_until=T0 + 3) for labels, one in advance(rule(hold=2), {}, SEEN, T0).items()}
    seen = run(rule(hold=2), NOTHING, NOTHING, NOTHING, SEEN, states=pending)
    assert [one.state for one in seen] == ["pending", "pending", "pending", "firing"]
    gone = run(rule(hold=2), NOTHING, NOTHING, NOTHING, NOTHING, states=pending)
    assert gone[3] is None


def test_a_restored_alert_is_kept_firing_no_longer_than_without_a_restart():
    states = advance(rule(keep=60), {}, SEEN, T0)
    states = advance(rule(keep=60), states, NOTHING, T0 + 1)
    restored = {labels: replace(one, kept_until=T0 + 50) for labels, one in states.items()}
    ends = []
    for second in (49, 51, 60, 61):
        restored = advance(rule(keep=60), restored, NOTHING, T0 + second)
        ends.append([one.state.value for one in restored.values()])
    assert ends == [["firing"], ["firing"], ["firing"], ["inactive"]]


@dataclass
class Naive:
    """Looks back over all that was ever returned, and keeps nothing but whether it fired."""

    hold: int
    keep: int

    def states(self, returned):
        answers, firing = [], False
        for now, here in enumerate(returned):
            absent = next((back for back in range(now + 1) if returned[now - back]), now + 1)
            if here:
                firing = now - self._active_since(now, answers) >= self.hold
                answers.append("firing" if firing else "pending")
            elif firing and absent - 1 < self.keep:
                answers.append("firing")
            else:
                answers.append("inactive" if firing else None)
                firing = False
        return answers

    @staticmethod
    def _active_since(now, answers):
        start = now
        while start > 0 and answers[start - 1] in {"pending", "firing"}:
            start -= 1
        return start


@settings(max_examples=150)
@given(st.lists(st.booleans(), max_size=25), st.integers(0, 5), st.integers(0, 5))
def test_the_state_machine_agrees_with_a_naive_reading(returned, hold, keep):
    seen = run(rule(hold=hold, keep=keep), *(SEEN if here else NOTHING for here in returned))
    assert [one and one.state.value for one in seen] == Naive(hold, keep).states(returned)
