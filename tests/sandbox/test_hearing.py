"""When the lender hears how payouts ended: callbacks of channels that are lost or late, and its own questions."""

import math
from dataclasses import replace
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawdown.reasons import Reason
from sandbox import Lender, World
from sandbox.channels import Payout
from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.hearing import RETRIES, Hearing
from sandbox.ledger import LoanStatus, Reversal
from sandbox.partner.faults import FaultBoard, FaultBody
from sandbox.partner.reconciliation import reconcile
from sandbox.report import Report
from sandbox.scheme import Code
from sandbox.simulation import simulate

ALPHA = {"channel": "alpha", "bank": "icbc", "tier": "A"}
START = 1_200_000.0
TRIES = list(accumulate((0.0, *RETRIES)))


def fault(kind, *, after=-100.0, until=4e9, **more):
    return Fault(kind=FaultKind(kind), starts_at=START + after, ends_at=START + until, **more)


def hearing(*faults, sweep=0.0):
    return Hearing(Faults(faults), sweep=sweep, memory=1e6, seed=1)


def heard(*faults, sweep=0.0, payout=None, where=ALPHA):
    """A payout that ends just now, as the lender hears of it."""
    payout = payout or Payout(START, None, START)
    return hearing(*faults, sweep=sweep).heard("loan", payout, where=where, now=START)


def test_what_is_not_disturbed_is_heard_at_once():
    assert heard() == Payout(START, None, START, 0.0)


def test_a_callback_that_was_lost_comes_again_by_the_schedule():
    lag = {until: heard(fault("callbacks_lost", until=until)).lag for until in (1, 241, 842, 1500)}
    assert lag == {1: TRIES[1], 241: TRIES[2], 842: TRIES[3], 1500: TRIES[4]}


def test_what_is_lost_again_and_again_is_never_heard_of_unless_the_lender_asks():
    lost = fault("callbacks_lost")
    assert heard(lost).ends_at == math.inf
    assert heard(lost, sweep=600.0).ends_at == START + 600.0
    assert heard(lost, sweep=600.0, payout=Payout(START + 599.0, None, START + 599.0)).ends_at == START + 600.0


def test_a_late_callback_leaves_late_and_the_money_does_not():
    assert heard(fault("callbacks_late", strength=90.0)) == Payout(START + 90.0, None, START, 90.0)
    asked = heard(fault("callbacks_late", strength=90.0), sweep=50.0)
    assert asked.ends_at == START + 50.0


@pytest.mark.parametrize("where", [{"channel": "beta"}, {"bank": "ccb"}, {"client": "shop"}])
def test_a_fault_of_others_disturbs_nothing_here(where):
    assert heard(fault("callbacks_lost", where=where)).lag == 0.0


def test_what_is_refused_or_given_up_at_once_has_nothing_to_hear():
    lost = fault("callbacks_lost")
    for payout in (Payout(START, Code.CHANNEL_DOWN), Payout(START, Code.CHANNEL_TIMEOUT)):
        assert heard(lost, payout=payout) == payout


def test_that_money_left_after_the_time_out_is_heard_of_late_too():
    payout = heard(fault("callbacks_lost", until=20), payout=Payout(START, Code.CHANNEL_TIMEOUT, START + 9))
    assert payout == Payout(START, Code.CHANNEL_TIMEOUT, START + 9, 240.0)


def test_that_an_account_is_closed_is_heard_of_late_too():
    payout = heard(fault("callbacks_lost", until=20), payout=Payout(START, Code.BAD_ACCOUNT))
    assert (payout.ends_at, payout.told_at, payout.lag) == (START + 240, START, 240)


@given(
    st.lists(st.tuples(st.floats(0, 90_000), st.floats(1, 30_000), st.floats(0, 1)), max_size=4),
    st.sampled_from([0.0, 300.0, 600.0, 7200.0]),
    st.floats(0, 120),
)
def test_a_payout_is_heard_of_by_a_try_or_a_question_and_never_before_the_money_left(losses, sweep, late):
    faults = [fault("callbacks_lost", after=at, until=at + lasts, strength=share) for at, lasts, share in losses]
    payout = heard(*faults, fault("callbacks_late", strength=late), sweep=sweep)
    tries = {START + late + after for after in TRIES}
    asked_at = (START // sweep + 1) * sweep if sweep else math.inf
    assert payout.paid_at == START <= payout.ends_at <= asked_at
    assert payout.ends_at == asked_at or any(payout.ends_at == pytest.approx(at) for at in tries)


@pytest.fixture
def unheard(phone_of):
    """A borrower who has drawn while every callback is lost and the lender does not ask; his loan; when he did."""
    phone = phone_of(Lender(replace(World(), sweep=0.0), seed=1, faults=(always("callbacks_lost"),)))
    loan = phone.draw()["data"]["loan_id"]
    return phone, loan, phone.now


def always(kind, **more):
    return Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)


def test_a_loan_stays_created_while_its_money_is_out_and_reconciliation_says_so(unheard):
    phone, loan, drawn = unheard
    assert phone.status(loan, at=drawn + 3000)["status"] == LoanStatus.CREATED
    found = reconcile(phone.lender.loans(), drawn + 3000)["money_without_success"]
    assert [(one["loan_id"], one["status"]) for one in found["loans"]] == [(loan, LoanStatus.CREATED)]
    assert found["loans"][0]["paid_at"] is not None


def test_healed_by_hand_a_lost_callback_comes_at_its_next_time(unheard):
    phone, loan, drawn = unheard
    phone.lender.change_faults((), drawn + 100)
    seen = [phone.status(loan, at=drawn + late)["status"] for late in (200, 245)]
    assert seen == [LoanStatus.CREATED, LoanStatus.SUCCESS]


def test_what_the_operator_breaks_and_heals_is_heard_of_accordingly(phone):
    board = FaultBoard(phone.lender, phone.lender.world)
    name = board.add(FaultBody(kind=FaultKind.CALLBACKS_LOST, where={"channel": "alpha"}), phone.now)
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    assert phone.status(loan, at=drawn + 100)["status"] == LoanStatus.CREATED
    board.heal(name, drawn + 101)
    assert phone.status(loan, at=drawn + 245)["status"] == LoanStatus.SUCCESS


def test_a_callback_that_leaves_late_still_comes_when_the_delay_is_healed(phone):
    phone.lender.inject(always("callbacks_late", strength=60.0))
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    phone.lender.change_faults((), drawn + 30)
    seen = [phone.status(loan, at=drawn + late)["status"] for late in (40, 65)]
    assert seen == [LoanStatus.CREATED, LoanStatus.SUCCESS]


def test_broken_by_hand_what_is_on_its_way_gets_lost_too(phone):
    phone.lender.inject(always("callbacks_late", strength=60.0))
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    phone.lender.change_faults((always("callbacks_lost"),), drawn + 30)
    assert phone.status(loan, at=drawn + 70)["status"] == LoanStatus.CREATED


def test_what_has_been_heard_stays_heard_whatever_breaks_later(phone):
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    phone.lender.change_faults((always("callbacks_lost"),), drawn + 30)
    assert phone.status(loan, at=drawn + 31)["status"] == LoanStatus.SUCCESS


def test_a_loan_that_nobody_has_heard_of_can_be_given_back(unheard):
    phone, loan, drawn = unheard
    assert phone.reverse() == Reversal.REVERSED
    assert phone.status(loan, at=drawn + 50)["status"] == LoanStatus.REVERSED
    assert reconcile(phone.lender.loans(), drawn + 60)["money_without_success"]["count"] == 0


def reports(*faults, seconds=120.0, start=START):
    events = simulate(World(), faults, Demand(rate=10.0), start=start, seconds=seconds, seed=2)
    return [msgspec.to_builtins(event) for _, event in events if isinstance(event, Report)]


def test_borrowers_of_one_channel_give_up_waiting_and_the_others_are_paid():
    found = reports(fault("callbacks_lost", after=10, where={"channel": "beta"}))
    since = [report for report in found if report["started_at"] > START + 12 and report["step"] == "payout"]
    stuck = {report["id"] for report in since if report.get("reason") == Reason.SETTLEMENT_STUCK}
    beta = {report["id"] for report in since if report["channel"] == "beta"}
    assert len(beta) > 100
    assert stuck == beta


def test_a_fault_that_acts_at_another_time_changes_nothing():
    assert reports(fault("callbacks_lost", after=500)) == reports()


def test_nobody_asks_every_less_than_nothing_seconds():
    with pytest.raises(ValueError, match="sweep must be 0 or more"):
        World(sweep=-1.0)
