"""A key that the lender rotates while apps still have the old one."""

from collections import Counter

import pytest

from sandbox import Fault, FaultKind, Lender, World
from sandbox.demand import Demand
from sandbox.own_key import OwnKey, with_own_key
from sandbox.report import Report
from sandbox.simulation import simulate

START = 1_700_000_000.0


def rotated(*, starts=0.0, ends=120.0, **where):
    return Fault(kind=FaultKind.KEY_ROTATED, starts_at=START + starts, ends_at=START + ends, where=where)


def reports(*faults, seconds=120.0):
    told = simulate(World(), faults, Demand(rate=20.0), start=START, seconds=seconds, seed=3)
    return [report for _, report in told if isinstance(report, Report)]


def test_every_attempt_is_refused_at_its_first_step_and_not_explained():
    endings = {(report.code, report.step, report.explained) for report in reports(rotated())}
    assert endings == {("SIGNATURE_INVALID", "login", False)}


def test_who_was_on_his_way_when_it_began_is_refused_where_he_is():
    steps = Counter(report.step for report in reports(rotated(starts=60)) if report.code == "SIGNATURE_INVALID")
    assert set(steps) > {"login", "payout"}
    assert steps["login"] > 0.9 * steps.total()


def test_it_ends_with_the_fault():
    late = [report for report in reports(rotated(ends=60)) if report.started_at > START + 61]
    assert Counter(report.code for report in late)["SIGNATURE_INVALID"] == 0
    assert len(late) > 500


@pytest.mark.parametrize("where", [{"app": next(iter(World().apps))}, {"tier": "B"}, {"client": "shop"}])
def test_only_the_slice_is_hit_whose_key_it_is(where):
    share = Counter(report.code == "SIGNATURE_INVALID" for report in reports(rotated(**where)))
    if "client" in where:
        assert share[True] == 0
    else:
        assert 0.05 < share[True] / share.total() < 0.95


def test_nothing_stands_in_the_way_of_an_hour_without_such_a_fault():
    lender = Lender(seed=1)
    assert with_own_key(lender) is lender


def test_faults_that_come_while_it_runs_act_at_once():
    lender = Lender(seed=1)
    app, who = OwnKey(lender), lender.applicants.find("13900000001")
    assert app.quota(who, START).code is None
    lender.inject(rotated())
    assert app.quota(who, START + 1).code == "SIGNATURE_INVALID"
    lender.faults = ()
    assert app.quota(who, START + 2).code is None
