"""Accounts that a fraud job restricts: who gets onto the list, when, and what people make of it."""

from collections import Counter

import msgspec
import pytest

from drawdown.reasons import Reason
from sandbox import Fault, FaultKind, World, codes
from sandbox.applicants import Applicant, Applicants
from sandbox.demand import Demand
from sandbox.faults import Faults
from sandbox.report import Report, Review
from sandbox.restrictions import Restrictions
from sandbox.scheme import Code
from sandbox.simulation import simulate
from sandbox.wire import Refused
from sandbox.world import Reviewers, Rules

NOON = 1_699_999_980.0
"""A full minute."""
RULES = Rules(restricted=0.001, fraud_job=60.0)


def too_sharp(*, starts_at, ends_at, strength=0.3):
    return Fault(kind=FaultKind.FRAUD_RULE, starts_at=starts_at, ends_at=ends_at, strength=strength)


def restricted(suspicion, *, at=NOON, faults=()):
    who = Applicant(phone="1", alias=1, tier="B", limit=100, suspicion=suspicion)
    try:
        Restrictions(RULES).check(who, Faults(faults).at({}), at)
    except Refused as refused:
        return refused.code is Code.ACCOUNT_RESTRICTED
    return False


def test_in_peace_only_the_most_suspicious_are_restricted():
    assert [restricted(suspicion) for suspicion in (0.0, 0.9, 0.9985, 0.9995)] == [False, False, False, True]
    people = list(Applicants(World()).block(13_900_000_000, 50_000))
    share = sum(restricted(person.suspicion) for person in people) / len(people)
    assert share == pytest.approx(0.001, rel=0.4)


def test_a_threshold_that_is_too_low_catches_normal_people():
    sharp = (too_sharp(starts_at=0, ends_at=4e9),)
    assert [restricted(suspicion, faults=sharp) for suspicion in (0.0, 0.69, 0.71)] == [False, False, True]


def test_the_list_changes_when_the_job_runs_and_not_before():
    sharp = (too_sharp(starts_at=NOON + 10, ends_at=NOON + 130),)
    times = [NOON + late for late in (20, 59, 60, 125, 179, 180, 200)]
    assert [restricted(0.8, at=at, faults=sharp) for at in times] == [False, False, True, True, True, False, False]


def test_what_begins_and_ends_between_two_runs_restricts_nobody():
    sharp = (too_sharp(starts_at=NOON + 10, ends_at=NOON + 50),)
    assert not any(restricted(0.8, at=NOON + late, faults=sharp) for late in range(120))


def test_a_restricted_crowd_is_told_so_in_its_slice_alone_and_reviewers_overturn_most_of_it():
    where = {"bank": "cmb"}
    sharp = Fault(kind=FaultKind.FRAUD_RULE, starts_at=NOON, ends_at=NOON + 120, where=where, strength=0.5)
    world = World(reviewers=Reviewers(count=50, pace=1.0, looked_at=0.5, opens=0.0, closes=24.0))
    events = [event for _, event in simulate(world, (sharp,), Demand(), start=NOON, seconds=120, seed=1)]
    reports = [msgspec.to_builtins(event) for event in events if isinstance(event, Report)]
    known = codes()["sandbox"]
    reasons = {
        inside: Counter(known.get(each.get("code")) for each in reports if (each["bank"] == "cmb") is inside)
        for inside in (True, False)
    }
    assert reasons[True][Reason.ACCOUNT_RESTRICTED] / reasons[True].total() == pytest.approx(0.5, abs=0.08)
    assert reasons[False][Reason.ACCOUNT_RESTRICTED] / reasons[False].total() < 0.005
    reviews = [each for each in events if isinstance(each, Review) and each.code == Code.ACCOUNT_RESTRICTED]
    assert len(reviews) > 50
    assert sum(each.decision == "overturned" for each in reviews) / len(reviews) > 0.9
