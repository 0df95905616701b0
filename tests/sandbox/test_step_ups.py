"""Borrowers who are asked for one more identity check: some do it and draw, some leave, some fail or are too late."""

from collections import Counter

import msgspec
import pytest

from drawdown.reasons import Reason
from sandbox import Fault, FaultKind, World, codes
from sandbox.demand import Demand
from sandbox.report import Report
from sandbox.simulation import simulate
from sandbox.world import IdentityChecks

EPOCH = 1_700_000_000.0
CODES = codes()["sandbox"]


def fault(kind, *, strength=None, **where):
    return Fault(kind=FaultKind(kind), starts_at=EPOCH, ends_at=EPOCH + 60, where=where, strength=strength)


STEP_UP = fault("step_up")


def come(*faults, obliging=1.0, seconds=420, **identity):
    """All that is reported of those who came within the first minute, while faults act."""
    world = World(identity=IdentityChecks(**identity))
    events = simulate(world, faults, Demand(rate=10.0, obliging=obliging), start=EPOCH, seconds=seconds, seed=1)
    reports = [msgspec.to_builtins(event) for _, event in events if isinstance(event, Report)]
    return [report for report in reports if report["started_at"] < EPOCH + 55]


def reason(report):
    return CODES.get(report.get("code"), Reason(report.get("reason", "none")))


def shares(reports):
    return {name: count / len(reports) for name, count in Counter(map(reason, reports)).items()}


def path(report):
    return [(step["name"], step["outcome"]) for step in report["steps"]]


def checked(reports):
    return [report for report in reports if any(name == "identity" for name, _ in path(report))]


def test_whoever_does_the_check_draws_in_the_same_attempt():
    paid = [report for report in come(STEP_UP) if reason(report) is Reason.NONE]
    assert len(paid) > 400
    walked = ["login", "quota", "quote", "submit", "identity", "submit", "payout"]
    for report in paid:
        assert [name for name, _ in path(report)] == walked
        assert [outcome for _, outcome in path(report)] == [*3 * ["succeeded"], "blocked", *3 * ["succeeded"]]
        assert sum(step["duration"] for step in report["steps"]) == pytest.approx(report["duration"])


def test_so_many_do_it_as_are_obliging_and_the_others_leave_at_once():
    reports = come(STEP_UP, obliging=0.3)
    left = [report for report in reports if reason(report) is Reason.IDENTITY_REQUIRED]
    assert len(checked(reports)) / len(checked(reports) + left) == pytest.approx(0.3, abs=0.06)
    assert {path(report)[-1] for report in left} == {("submit", "blocked")}
    assert max(report["duration"] for report in left) < 3


def test_nobody_does_it_where_nobody_is_obliging():
    reports = come(STEP_UP, obliging=0.0)
    assert checked(reports) == []
    assert shares(reports)[Reason.IDENTITY_REQUIRED] > 0.9


def test_a_few_of_those_who_do_it_fail_or_are_too_late():
    reports = checked(come(STEP_UP, methods={"id_upload": 1.0}))
    failed = [report for report in reports if reason(report) is Reason.IDENTITY_FAILED]
    assert 0.01 < len(failed) / len(reports) < 0.12
    assert {report["code"] for report in failed} == {"IDENTITY_FAILED", "IDENTITY_EXPIRED"}
    assert {path(report)[-1] for report in failed} == {("identity", "blocked")}
    assert all(report["explained"] for report in failed)


@pytest.mark.parametrize(("method", "least", "most"), [("otp", 12, 20), ("face", 20, 33), ("id_upload", 75, 115)])
def test_a_check_takes_the_time_of_its_method(method, least, most):
    methods = {name: float(name == method) for name in ("otp", "face", "id_upload")}
    reports = checked(come(STEP_UP, methods=methods))
    took = sorted(step["duration"] for report in reports for step in report["steps"] if step["name"] == "identity")
    assert least < took[len(took) // 2] < most


def test_checks_that_expire_early_are_failed_by_those_who_take_their_time():
    seen = shares(come(STEP_UP, fault("identity_expires")))
    assert seen[Reason.IDENTITY_FAILED] > 0.5
    assert seen[Reason.NONE] < 0.3
    codes_seen = {report.get("code") for report in come(STEP_UP, fault("identity_expires"))}
    assert "IDENTITY_EXPIRED" in codes_seen


def test_a_service_that_fails_people_fails_their_checks():
    late = Fault(kind=FaultKind.IDENTITY_FAILS, starts_at=EPOCH + 6, ends_at=EPOCH + 900, strength=1.0)
    early = [report for report in come(STEP_UP, late) if report["started_at"] < EPOCH + 4]
    assert len(checked(early)) > 20
    assert {reason(report) for report in checked(early)} == {Reason.IDENTITY_FAILED}
    assert {path(report)[-1][0] for report in checked(early)} == {"identity"}


def test_what_a_borrower_does_about_a_check_does_not_depend_on_others():
    alone, together = (
        {
            report["borrower"]: path(report)[-1]
            for report in come(*faults, obliging=0.5)
            if report["tier"] == "B" and reason(report) in {Reason.IDENTITY_REQUIRED, Reason.IDENTITY_FAILED}
        }
        for faults in ((fault("step_up", tier="B"),), (STEP_UP,))
    )
    assert len(alone) > 80
    assert alone == together


def test_whether_they_would_oblige_changes_nothing_where_nobody_is_asked():
    assert come(obliging=0.0) == come(obliging=1.0)


def test_nobody_does_a_check_of_which_he_is_not_told():
    for hiding in ("unexplained", "codes_renamed"):
        assert checked(come(STEP_UP, fault(hiding))) == []


def test_servers_that_break_checks_off_are_what_is_reported():
    reports = checked(come(STEP_UP, fault("servers_down", endpoint="identity")))
    assert {reason(report) for report in reports if path(report)[-1][1] == "failed"} == {Reason.DEPENDENCY_DOWN}
    assert shares(reports)[Reason.DEPENDENCY_DOWN] > 0.9


def test_who_has_an_expired_document_is_told_so_and_it_is_his_own_matter():
    reports = come(expired_documents=0.2)
    expired = [report for report in reports if reason(report) is Reason.ID_EXPIRED]
    assert len(expired) / len(reports) == pytest.approx(0.2, abs=0.04)
    assert {(report["code"], path(report)[-1], report["explained"]) for report in expired} == {
        ("ID_EXPIRED", ("submit", "blocked"), True)
    }
