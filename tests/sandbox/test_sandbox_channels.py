"""Payout channels: congestion, what is given up and paid later, what is stuck, what is closed."""

import pytest

from sandbox import Lender
from sandbox.channels import Lane
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.ledger import LoanStatus, Reversal
from sandbox.scheme import Code
from sandbox.world import Channel

ICBC = {"channel": "alpha", "bank": "icbc", "tier": "A"}


def always(kind, **more):
    return Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)


def payouts(lane, *faults, rate=8.0, seconds=60.0, bank="icbc", start=0.0):
    trouble = Faults(faults).at({**ICBC, "bank": bank})
    times = [start + number / rate for number in range(int(rate * seconds))]
    return [(at, lane.pay(bank, at, trouble)) for at in times]


def alpha(**more):
    return Lane(Channel(name="alpha", **more), seed=1)


def share(found, failure):
    return sum(payout.failure is failure for _, payout in found) / len(found)


def test_squeezed_connections_congest_under_demand_and_not_without():
    squeezed = always("channel_squeezed")
    assert share(payouts(alpha(), squeezed, rate=8.0), Code.CHANNEL_BUSY) > 0.3
    assert share(payouts(alpha(), squeezed, rate=0.5), Code.CHANNEL_BUSY) == 0


def test_a_queue_that_waits_longer_than_the_timeout_ends_in_timeouts():
    patient = payouts(alpha(connections=3, patience=10.0), rate=8.0)
    assert share(patient, Code.CHANNEL_BUSY) == 0
    assert share(patient[100:], Code.CHANNEL_TIMEOUT) > 0.8


def test_connections_to_one_bank_can_be_squeezed_alone():
    lane, squeezed = alpha(), always("channel_squeezed", where={"bank": "icbc"})
    assert share(payouts(lane, squeezed), Code.CHANNEL_BUSY) > 0.3
    assert share(payouts(lane, squeezed, bank="ccb"), Code.CHANNEL_BUSY) == 0


def test_connections_come_back_after_a_squeeze():
    lane = alpha()
    payouts(lane, always("channel_squeezed"))
    assert share(payouts(lane, start=100.0), Code.CHANNEL_BUSY) == 0
    assert lane.load(100.0).workers == Channel(name="alpha").connections


def test_what_is_given_up_is_never_paid_unless_it_comes_late():
    slow = always("channel_timeout")
    assert {payout.paid_at for _, payout in payouts(alpha(), slow)} == {None}
    late = payouts(alpha(), slow, always("payouts_late", strength=0.5))
    paid = [payout.paid_at - payout.ends_at for _, payout in late if payout.paid_at is not None]
    assert len(paid) / len(late) == pytest.approx(0.5, abs=0.1)
    assert min(paid) > 0
    assert share(late, Code.CHANNEL_TIMEOUT) == 1


def test_a_channel_that_rejects_the_form_of_a_share_rejects_that_share():
    found = payouts(alpha(), always("channel_rejects", strength=0.25), seconds=300)
    assert share(found, Code.CHANNEL_REJECTED) == pytest.approx(0.25, abs=0.03)
    assert share(found, None) > 0.74


def test_of_a_stuck_payout_nothing_is_heard_for_hours_and_then_the_money_is_out():
    ((at, payout),) = payouts(alpha(), always("payouts_stuck"), seconds=0.125)
    assert (payout.failure, payout.paid_at) == (None, at + 7200)


def test_one_seed_gives_one_channel():
    assert payouts(alpha()) == payouts(alpha())


@pytest.fixture
def busy_alpha(phone):
    phone.lender.inject(always("channel_timeout", where={"channel": "alpha"}))
    phone.lender.inject(always("payouts_late"))
    loan = phone.draw()["data"]["loan_id"]
    return phone, loan, phone.now


def test_a_loan_that_failed_succeeds_when_the_money_leaves_all_the_same(busy_alpha):
    phone, loan, drawn = busy_alpha
    seen = [phone.status(loan, at=drawn + late)["status"] for late in (2.0, 5.0, 14.0)]
    assert seen == [LoanStatus.CREATED, LoanStatus.FAILED, LoanStatus.SUCCESS]
    assert [one.id for one in phone.lender.outstanding(phone.now)] == [loan]


def test_a_late_payout_is_called_back_by_a_reversal(busy_alpha):
    phone, loan, drawn = busy_alpha
    phone.status(loan, at=drawn + 5.0)
    assert [phone.reverse(), phone.reverse()] == [Reversal.REVERSED, Reversal.REVERSED]
    assert phone.lender.outstanding(drawn + 60) == ()
    assert phone.status(loan, at=drawn + 60)["status"] == LoanStatus.REVERSED


@pytest.mark.parametrize(("card", "channel"), [("6222-cmb-0001", "beta"), ("6222-icbc-0001", None)])
def test_in_a_maintenance_window_the_lender_pays_around_a_closed_channel_where_it_can(phone_of, card, channel):
    faults = tuple(always("maintenance", where={"channel": name}) for name in ("alpha", "gamma"))
    phone = phone_of(Lender(seed=1, faults=faults), card=card)
    phone.login()
    answer = phone.quote()
    assert answer["data"].get("channel") == channel
    assert answer["code"] == ("CHANNEL_MAINTENANCE" if channel is None else "0")
    assert channel is not None or answer["guidance"]


def test_a_loan_that_was_quoted_before_the_window_finds_the_channel_closed(phone):
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    phone.lender.inject(always("maintenance", where={"channel": "alpha"}))
    loan = phone.submit(quote)["data"]["loan_id"]
    assert phone.status(loan, at=phone.now + 5)["fail_code"] == "CHANNEL_DOWN"
