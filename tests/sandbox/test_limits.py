"""Limits: what raises them and what lowers them, what is left of them, and that they stay within bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox import Fault, FaultKind, Lender, World
from sandbox.applicants import Applicants
from sandbox.faults import Faults
from sandbox.limits import Credit, after_repayment, check_limit, granted, raised
from sandbox.scheme import Code
from sandbox.wire import Refused

NOON = 1_700_000_000.0
HUNDREDS = 10_000
LOW, HIGH = 50 * HUNDREDS, 200 * HUNDREDS
SHARES = st.floats(0, 1, exclude_max=True)
TIERS = st.sampled_from(World().tiers)


def column(*values):
    return np.array(values)


def limit_of(tier, *, wish, odds, repaid):
    low, high = column(tier.lowest_limit), column(tier.highest_limit)
    return int(raised(granted(low, high, wish=column(wish), log_odds=column(odds)), high, column(repaid))[0])


@given(TIERS, SHARES, st.floats(-50, 50), st.integers(0, 40))
def test_a_limit_stays_within_its_tier_in_whole_hundreds_whatever_the_history(tier, wish, odds, repaid):
    limit = limit_of(tier, wish=wish, odds=odds, repaid=repaid)
    assert tier.lowest_limit <= limit <= tier.highest_limit
    assert limit % 100 == 0


@given(TIERS, SHARES, st.floats(-50, 50), st.integers(0, 40), st.integers(0, 40))
def test_who_repaid_more_loans_in_time_has_no_lower_limit(tier, wish, odds, repaid, more):
    limits = [limit_of(tier, wish=wish, odds=odds, repaid=count) for count in (repaid, repaid + more)]
    assert limits[0] <= limits[1]


@given(TIERS, SHARES, st.floats(-50, 50), st.floats(0, 50), st.integers(0, 40))
def test_who_scores_worse_has_no_higher_limit(tier, wish, odds, worse, repaid):
    limits = [limit_of(tier, wish=wish, odds=each, repaid=repaid) for each in (odds, odds + worse)]
    assert limits[0] >= limits[1]


def test_a_history_raises_what_the_form_and_the_score_gave():
    limits = [limit_of(World().tiers[1], wish=0.5, odds=0.0, repaid=count) for count in (0, 1, 5, 12)]
    assert limits == [12_500, 13_300, 15_600, 17_900]


@given(st.lists(st.booleans(), max_size=60), st.integers(LOW // HUNDREDS, HIGH // HUNDREDS))
def test_repayments_keep_a_limit_in_its_bounds_and_move_it_their_way_until_it_is_there(history, hundreds):
    limit = hundreds * HUNDREDS
    for in_time in history:
        before, limit = limit, after_repayment(limit, low=LOW, high=HIGH, in_time=in_time)
        assert LOW <= limit <= HIGH
        assert limit % HUNDREDS == 0
        assert (limit > before or limit == HIGH) if in_time else (limit < before or limit == LOW)


AMOUNTS = st.integers(0, 10**9)


def cut(share):
    return Faults([Fault(kind=FaultKind.LIMIT_CUT, starts_at=0, ends_at=4e9, strength=share)]).at({})


@given(AMOUNTS, AMOUNTS, st.floats(0, 3), st.floats(0, 3))
def test_a_deeper_cut_leaves_less_and_never_less_than_nothing(limit, drawn, share, more):
    credit = Credit(limit, drawn)
    shallow, deep = (credit.cut(cut(each), NOON).available for each in (share, share + more))
    assert 0 <= deep <= shallow <= credit.available <= limit


def answer(cents, credit, trouble=None):
    """The code by which an amount is refused, None where it is not."""
    try:
        check_limit(cents, credit, trouble, NOON)
    except Refused as refused:
        return refused.code
    return None


@given(AMOUNTS, AMOUNTS, st.integers(1, 10**9), st.floats(0, 1))
def test_an_amount_is_refused_above_what_is_shown_or_above_what_counts(limit, drawn, cents, share):
    credit = Credit(limit, drawn)
    real = credit.cut(cut(share), NOON).available
    expected = Code.LIMIT_EXCEEDED if cents > credit.available else Code.LIMIT_REDUCED if cents > real else None
    assert answer(cents, credit, cut(share)) is expected


def test_a_cut_counts_on_the_whole_limit_so_that_who_has_drawn_much_is_left_with_nothing():
    assert Credit(1000, 400).cut(cut(0.5), NOON).available == 100
    assert Credit(1000, 600).cut(cut(0.5), NOON).available == 0


def test_new_and_returning_borrowers_have_their_shares_and_the_returning_ones_higher_limits():
    people = [one for one in Applicants(World()).block(13_900_000_000, 20_000) if one.tier == "B"]
    new, known = [one for one in people if not one.repaid], [one for one in people if one.repaid]
    assert len(new) / len(people) == pytest.approx(0.4, abs=0.02)
    means = [sum(one.limit for one in some) / len(some) / 100 for some in (new, known)]
    assert means[1] - means[0] == pytest.approx(1600, rel=0.2)
    assert max(one.repaid for one in people) == 12


STRANGER = "13900000004"


class Accounts(RuleBasedStateMachine):
    """One borrower who draws, pays back and reverses, some of it late."""

    def __init__(self):
        super().__init__()
        self.lender = Lender(World(due=60.0), seed=3)
        self.who = next(
            one
            for one in self.lender.applicants.block(13_900_000_000, 500)
            if one.tier == "B" and one.margin > 1 and one.devices == 1 and not one.id_expired
        )
        self.card = self.lender.applicants.card("6222-icbc-9")
        self.tier = next(tier for tier in self.lender.world.tiers if tier.name == self.who.tier)
        self.now, self.keys, self.loans = NOON, [], []
        self.limit = self.who.limit

    def available(self):
        return self.lender.quota(self.who, self.now).content

    @rule(seconds=st.floats(5, 400))
    def wait(self, seconds):
        self.now += seconds

    @rule(share=st.floats(0.01, 1.5))
    def draw(self, share):
        self.now += 5
        cents, before = max(100, round(self.available() * share)), self.available()
        quote = self.lender.quote(self.who, self.now, cents=cents, card=self.card).content
        key = f"key-{len(self.keys)}"
        said = self.lender.submit(self.who, self.now, key=key, quote=quote)
        self.keys.append(key)
        if cents > before:
            assert said.code in {Code.LIMIT_EXCEEDED, Code.INTERNAL_ERROR}
        if said.code is None:
            self.loans.append(said.content.loan)
            assert self.available() == before - cents
        self.now += 5

    @precondition(lambda self: self.loans)
    @rule(number=st.integers(0, 99))
    def repay(self, number):
        loan, before = self.loans[number % len(self.loans)], self.available()
        said = self.lender.repay(self.who, self.now, loan=loan)
        if said.code is not None:
            assert said.code is Code.NOTHING_OWED
            assert self.available() == before
            return
        again = self.lender.repay(self.who, self.now + 1, loan=loan)
        assert (again.content.in_time, again.content.limit) == (said.content.in_time, said.content.limit)
        if said.content.limit != self.limit:
            assert (said.content.limit > self.limit) is said.content.in_time
        self.limit = said.content.limit
        self.now += 2

    @precondition(lambda self: self.keys)
    @rule(number=st.integers(0, 99))
    def reverse(self, number):
        before = self.available()
        self.lender.reverse(self.who, self.now, key=self.keys[number % len(self.keys)])
        self.now += 1
        assert self.available() >= before

    @invariant()
    def what_is_available_is_the_limit_less_what_is_owed_and_never_below_nothing(self):
        owed = sum(loan.cents for loan in self.lender.outstanding(self.now, phone=self.who.phone))
        assert self.available() == max(0, self.limit - owed)
        assert 100 * self.tier.lowest_limit <= self.limit <= 100 * self.tier.highest_limit


Accounts.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestAccounts = Accounts.TestCase
