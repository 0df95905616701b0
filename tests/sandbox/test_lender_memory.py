"""How long the lender remembers: until the last payout has ended, and not for ever."""

from dataclasses import replace

from sandbox import Lender, World
from sandbox.agenda import Agenda
from sandbox.attempt import App
from sandbox.borrowers import Crowd
from sandbox.channels import Payout
from sandbox.demand import Demand
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.hearing import Hearing
from sandbox.ledger import LoanStatus
from sandbox.partner.callbacks import Callbacks

START = 1_700_000_000.0
HOUR = 3600.0


def always(kind, **more):
    return Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)


def crowd(lender, *, seconds, start=START, rate=1.0):
    """Borrowers who draw on `lender` meanwhile."""
    agenda = Agenda()
    Crowd(App(lender=lender, agenda=agenda, tell=lambda *_: None), Demand(rate=rate), seed=1).begin(start)
    agenda.run_until(start + seconds)


def test_a_payout_that_was_stuck_is_still_known_when_it_is_paid(phone):
    phone.lender.faults = (always("payouts_stuck"),)
    loan = phone.draw()["data"]["loan_id"]
    drawn = phone.now
    phone.lender.faults = ()
    crowd(phone.lender, start=drawn, seconds=2 * HOUR + 60, rate=0.1)
    assert phone.status(loan, at=drawn + 2 * HOUR + 61)["status"] == LoanStatus.SUCCESS


def test_the_end_of_a_stuck_payout_is_called_back(phone):
    phone.lender.faults = (always("payouts_stuck"),)
    loan = phone.draw()["data"]["loan_id"]
    callbacks = Callbacks()
    callbacks.watch(loan, "shop", phone.now, url="http://127.0.0.1:8/x")
    crowd(phone.lender, start=phone.now, seconds=2 * HOUR + 60, rate=0.1)
    for minute in range(125):
        callbacks.look(phone.lender.loan, (), phone.now + 60 * minute)
    assert [callback.status for callback in callbacks.of(loan)] == [LoanStatus.SUCCESS]


def test_loans_are_forgotten_when_their_time_is_over_whether_they_were_heard_of_or_not():
    for faults in ((), (always("callbacks_lost"),)):
        lender = Lender(replace(World(), memory=60.0, sweep=0.0), seed=1, faults=faults)
        crowd(lender, seconds=600, rate=4.0)
        known = [loan.audited_at for loan in lender.loans()]
        assert 100 < len(known) < 400
        assert min(known) > START + 600 - 65


def test_callbacks_that_got_lost_are_forgotten_with_their_loans():
    hearing, asked = Hearing(Faults((always("callbacks_lost"),)), sweep=0.0, memory=60.0, seed=1), []
    for second in range(600):
        paid = Payout(START + second, None, START + second)
        hearing.heard(f"loan-{second}", paid, where={"channel": "alpha"}, now=START + second)
    assert list(hearing.again(asked.append, START + 600)) == []
    assert asked == [f"loan-{second}" for second in range(540, 600)]
