"""Callbacks that came, as the lender reports them."""

from dataclasses import replace

import pytest

from sandbox import Lender, World
from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.heard import HeardLoans
from sandbox.report import CallbackReport, Report
from sandbox.simulation import simulate

START = 1_700_000_000.0


def fault(kind, *, after=-1e6, until=4e9, **more):
    return Fault(kind=FaultKind(kind), starts_at=START + after, ends_at=START + until, **more)


def events(*faults, seconds=60.0):
    return list(simulate(World(), faults, Demand(rate=10.0), start=START, seconds=seconds, seed=2))


def callbacks(found):
    return [event for _, event in found if isinstance(event, CallbackReport)]


def test_where_no_fault_disturbs_callbacks_a_simulation_reports_none():
    assert callbacks(events(fault("channel_timeout"))) == []


def test_each_payout_that_a_channel_ended_is_reported_once_when_it_is_heard_of():
    found = events(fault("callbacks_late", until=30, where={"channel": "alpha"}, strength=7.0))
    paid = [event for _, event in found if isinstance(event, Report) and event.outcome == "succeeded"]
    told = callbacks(found)
    assert len({callback.id for callback in told}) == len(told) >= len(paid)
    assert all(at >= event.came_at for at, event in found if isinstance(event, CallbackReport))
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    lags = {(one.channel, round(one.came_at - one.occurred_at, 6)) for one in told if one.occurred_at < START + 30}
    assert lags == {("alpha", 7.0), ("beta", 0.0), ("gamma", 0.0)}


def test_what_was_given_up_and_paid_all_the_same_is_heard_of_after_the_time_out():
    slow = fault("channel_timeout", where={"channel": "alpha"}), fault("payouts_late"), fault("callbacks_late")
    found = events(*slow, seconds=150.0)
    late = {one.channel for one in callbacks(found) if one.came_at - one.occurred_at == pytest.approx(60.0)}
    assert late == {"alpha", "beta", "gamma"}


@pytest.fixture
def heard(phone_of):
    """What a lender on which borrowers draw tells of callbacks; and a borrower."""
    lender, told = Lender(replace(World(), sweep=0.0), seed=1), []
    loans = HeardLoans(lender.loan, told.append)
    lender.on_payout = loans.expect
    return loans, told, phone_of(lender)


def test_a_callback_is_told_when_it_came_and_not_again(heard):
    loans, told, phone = heard
    loan = phone.draw()["data"]["loan_id"]
    loans.tell_due(phone.now)
    assert told == []
    loans.tell_due(phone.now + 5)
    loans.tell_due(phone.now + 6)
    assert [(one.id, one.channel, one.came_at - one.occurred_at) for one in told] == [(loan, "alpha", 0.0)]


def test_a_callback_that_is_never_heard_is_told_when_what_lost_it_is_healed(heard):
    loans, told, phone = heard
    phone.lender.faults = (fault("callbacks_lost"),)
    phone.draw()
    drawn = phone.now
    loans.tell_due(drawn + 2000)
    assert told == []
    phone.lender.change_faults((), drawn + 2000)
    loans.tell_due(drawn + 6000)
    assert [round(one.came_at - one.occurred_at) for one in told] == [240 + 600 + 600 + 3600]


def test_a_callback_is_told_at_the_time_that_was_found_last(heard):
    loans, told, phone = heard
    phone.lender.faults = (fault("callbacks_late", strength=300.0),)
    phone.draw()
    drawn = phone.now
    phone.lender.change_faults((fault("callbacks_lost", until=phone.now - START + 400),), drawn + 100)
    loans.tell_due(drawn + 500)
    assert told == []
    loans.tell_due(drawn + 600)
    assert [round(one.came_at - one.occurred_at) for one in told] == [540]


def test_what_is_refused_by_a_channel_is_told_without_a_callback(heard):
    loans, told, phone = heard
    phone.lender.faults = (fault("channel_down"),)
    phone.draw()
    loans.tell_due(phone.now + 100)
    assert told == []
