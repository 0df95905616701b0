"""A journey's runs as the page shows them."""

import random
from dataclasses import replace

from console_world import EPOCH, Memory, Route, outcome, steps_of

from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from monitor.console.journeys import STRIP, journey_state, run

NOW = EPOCH + 100.0


def newest_first(*reasons, every=2.0):
    return Memory(
        [outcome(NOW - every * age, reason, name=f"run-{age}") for age, reason in enumerate(reasons)],
    )


def test_a_journey_before_its_first_run_has_no_state():
    state = journey_state(Route(), Memory(), now=NOW)
    assert (state.state, state.runs, state.latest, state.last_success) == (None, (), None, None)


def test_the_state_is_the_last_runs_ending_and_since_when_it_ends_so():
    bad = Reason.GATEWAY_TIMEOUT
    state = journey_state(Route(), newest_first(bad, bad, bad, Reason.NONE, bad), now=NOW)
    assert (state.state, state.in_a_row, state.state_since) == (Kind.FAILED, 3, NOW - 4)
    assert state.last_success == NOW - 6


def test_the_strip_is_oldest_first_and_bounded():
    state = journey_state(Route(), newest_first(*[Reason.NONE] * 200), now=NOW)
    assert len(state.runs) == STRIP
    assert state.runs[-1].id == "run-0"
    assert state.latest.id == "run-0"


def test_a_block_is_not_a_failure():
    assert journey_state(Route(), newest_first(Reason.RISK_DECLINED), now=NOW).state is Kind.BLOCKED


def test_a_journey_whose_runs_are_overdue_is_silent():
    memory = newest_first(Reason.NONE)
    assert not journey_state(Route(every=2.0), memory, now=NOW + 30).silent
    assert journey_state(Route(every=2.0), memory, now=NOW + 40).silent
    assert not journey_state(Route(every=60.0), memory, now=NOW + 120).silent


def test_borrowers_attempts_are_not_runs_of_the_journey():
    memory = Memory([outcome(NOW, origin=Origin.BORROWER)])
    assert journey_state(Route(), memory, now=NOW).runs == ()


def test_a_run_keeps_its_steps_and_loses_its_borrower():
    steps = tuple(steps_of(NOW, random.Random(7), Reason.GATEWAY_TIMEOUT))
    shown = run(outcome(NOW + 8, Reason.GATEWAY_TIMEOUT, steps=steps, step="payout", code="AB05"))
    assert [step.name for step in shown.steps] == ["login", "quota", "quote", "submit", "payout", "reverse"]
    assert (shown.step, shown.code, shown.blame) == ("payout", "AB05", "channel")
    assert "b-secret" not in repr(shown)


def test_a_run_says_where_it_went_and_what_is_known_of_who_drew():
    plain = outcome(NOW, Reason.NONE, origin=Origin.BORROWER)
    told = replace(plain.attempt, slices={"bank": "icbc"}, traits={"region": "east", "app": "4.2"})
    shown = run(replace(plain, attempt=told))
    assert (shown.slices, shown.traits) == ({"bank": "icbc"}, {"region": "east", "app": "4.2"})
