"""What is blocked gets into the review queue, and the back office decides what nobody else has decided."""

import pytest
from partner_world import NOON, PHONE, Caller, keys

from sandbox import Lender, World
from sandbox.partner import Partner
from sandbox.partner.reviews import Decision
from sandbox.reviewing import BackOffice
from sandbox.scheme import Code
from sandbox.world import Reviewers

ALWAYS = Reviewers(count=1, pace=60.0, opens=0.0, closes=24.0, looked_at=1.0, errs=0.0)
DAY_SHIFT = Reviewers(count=1, pace=60.0, opens=8.0, closes=22.0, looked_at=1.0, errs=0.0)


def partner_with(reviewers):
    world = World()
    lender = Lender(world, seed=1)
    partner = Partner(lender, key=keys()[0], office=BackOffice(reviewers, world.rules, seed=1))
    told = []
    partner.desk.on_review = told.append
    return partner, told


def blocked(partner, key="k"):
    """A borrower whose many devices have him blocked; the time of it."""
    caller = Caller(partner)
    for device in "abcde":
        caller.ask("POST", "/v1/login", {"phone": PHONE, "password": "probe-password", "device_id": device})
    assert caller.draw(key)["code"] == "MULTI_DEVICE"
    return caller.now


def test_the_office_decides_at_its_pace():
    partner, told = partner_with(ALWAYS)
    now = blocked(partner)
    partner.reviewers.decide_due(now + 59)
    assert told == []
    partner.reviewers.decide_due(now + 61)
    [report] = told
    [case] = partner.desk.reviews.cases()
    assert (report.id, report.code, report.decision) == (case.id, "MULTI_DEVICE", case.decision)
    assert case.decided_at == pytest.approx(now + 60, abs=1)


def test_whoever_was_quicker_than_the_office_has_decided():
    partner, told = partner_with(ALWAYS)
    now = blocked(partner)
    [case] = partner.desk.reviews.cases()
    partner.desk.decide(case, Decision.UPHELD, now + 1)
    partner.reviewers.decide_due(now + 3600)
    assert [(report.id, report.decision) for report in told] == [(case.id, "upheld")]


def test_at_night_nobody_decides():
    partner, told = partner_with(DAY_SHIFT)
    six_in_the_morning = NOON  # in China
    partner.reviewers.refused(Code.RISK_REJECT, partner.lender.applicants.find("13900000001"), six_in_the_morning)
    partner.reviewers.decide_due(six_in_the_morning + 3600)
    assert told == []
    partner.reviewers.decide_due(six_in_the_morning + 2 * 3600)
    assert len(told) == 1


def test_what_no_opinion_changes_is_not_looked_at():
    partner, _ = partner_with(ALWAYS)
    for code in (Code.LIMIT_REDUCED, Code.IDENTITY_REQUIRED, Code.CHANNEL_DOWN):
        partner.reviewers.refused(code, partner.lender.applicants.find("13900000001"), NOON)
    assert list(partner.desk.reviews.cases()) == []


def test_without_an_office_a_case_waits_for_whoever_asks():
    partner = Partner(Lender(seed=1), key=keys()[0])
    now = blocked(partner)
    partner.reviewers.decide_due(now + 1e6)
    assert [case.decision for case in partner.desk.reviews.cases(waiting=True)] == [None]
