"""Blocked drawdowns before people: their hours, their pace, and what they find."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Fault, FaultKind, World
from sandbox.agenda import Agenda
from sandbox.applicants import Applicant
from sandbox.demand import Demand
from sandbox.report import Review
from sandbox.reviewing import REVIEWED, BackOffice, reviewing
from sandbox.scheme import Code
from sandbox.simulation import simulate
from sandbox.world import Reviewers, Rules

MIDNIGHT = 1_700_006_400.0 - 28_800.0
NOON = MIDNIGHT + 12 * 3600
GOOD, BAD = (Applicant("1", 1, "B", 100_000, margin=margin) for margin in (1.0, -1.0))
CAREFUL = {"looked_at": 1.0, "errs": 0.0}


def office(**more):
    return BackOffice(Reviewers(**{**CAREFUL, **more}), Rules(), seed=1)


def decisions(**more):
    return [office(**more).take(code, who, NOON)[1].decision for code, who in CASES]


CASES = [
    (Code.RISK_REJECT, GOOD),
    (Code.RISK_REJECT, BAD),
    (Code.BURST_CONTROL, BAD),
    (Code.MULTI_DEVICE, GOOD),
    (Code.MULTI_DEVICE, Applicant("2", 2, "B", 100_000, devices=9)),
]


def test_a_block_is_upheld_if_the_rule_is_meant_to_hit_him_and_overturned_if_not():
    assert decisions() == ["overturned", "upheld", "overturned", "overturned", "upheld"]


def test_who_always_errs_decides_the_opposite():
    assert decisions(errs=1.0) == ["upheld", "overturned", "upheld", "upheld", "overturned"]


def test_what_no_opinion_can_change_is_not_looked_at():
    assert Code.LIMIT_REDUCED not in REVIEWED
    assert office().take(Code.LIMIT_REDUCED, GOOD, NOON) is None
    assert office(looked_at=0.0).take(Code.RISK_REJECT, GOOD, NOON) is None


def test_reviewers_keep_their_pace_and_a_queue_grows_when_more_comes():
    two = office(count=2, pace=60.0)
    at = [two.take(Code.RISK_REJECT, BAD, NOON)[0] - NOON for _ in range(5)]
    assert at == [60, 60, 120, 120, 180]


@pytest.mark.parametrize(("hour", "decided"), [(7.5, 8.0), (12.0, 12.0), (22.0, 32.0), (23.5, 32.0)])
def test_what_comes_at_night_waits_for_the_morning(hour, decided):
    at, _ = office(pace=60.0).take(Code.RISK_REJECT, BAD, MIDNIGHT + hour * 3600)
    assert at == pytest.approx(MIDNIGHT + decided * 3600 + 60)


@given(st.lists(st.floats(0, 172_800), max_size=30))
def test_nobody_decides_before_he_was_asked_or_outside_of_his_hours(times):
    one = office(count=1, pace=60.0)
    for after in sorted(times):
        at, _ = one.take(Code.RISK_REJECT, BAD, MIDNIGHT + after)
        assert at >= MIDNIGHT + after + 60
        assert (at - 60 - MIDNIGHT) % 86_400 + 1e-3 >= 8 * 3600
        assert (at - 60 - MIDNIGHT) % 86_400 <= 22 * 3600


def test_a_decision_is_told_when_it_is_made():
    agenda, told = Agenda(), []
    refused = reviewing(office(), agenda, lambda now, review: told.append((now, review.decision)))
    refused(Code.RISK_REJECT, GOOD, NOON)
    agenda.run_until(NOON + 59)
    assert told == []
    agenda.run_until(NOON + 60)
    assert told == [(NOON + 60, "overturned")]


def reviews(*faults):
    events = simulate(World(), faults, Demand(rate=20.0), start=NOON, seconds=900, seed=1)
    return [event for _, event in events if isinstance(event, Review)]


def test_in_peace_blocks_are_right_and_a_rule_that_is_too_sharp_shows_in_what_is_overturned():
    sharp = Fault(kind=FaultKind.DEVICE_RULE, starts_at=NOON, ends_at=NOON + 900)
    peace, wave = (Counter(review.decision for review in reviews(*faults)) for faults in ((), (sharp,)))
    assert peace["overturned"] / peace.total() < 0.2
    assert wave["overturned"] / wave.total() > 0.4


def test_a_review_names_the_code_and_the_tier_and_nobody_twice():
    found = reviews()
    assert len({review.id for review in found}) == len(found) > 10
    assert {review.code for review in found} == {"RISK_REJECT"}
    assert {review.tier for review in found} <= {"A", "B", "C", "D"}
