"""The credit bureau: whom the lender asks about, what it does without an answer, and what a slow one leads to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawdown.reasons import Reason
from sandbox import Fault, FaultKind, Lender, World
from sandbox.applicants import Applicant
from sandbox.bureau import Bureau
from sandbox.faults import Faults
from sandbox.scheme import Code
from sandbox.world import CreditBureau

NOW = 1_700_000_000.0


def bureau(**more):
    return Bureau(CreditBureau(**more), World().tiers, seed=1)


def who(phone="13900000001", tier="B", **more):
    return Applicant(phone=phone, alias=1, tier=tier, limit=100_000, **more)


def trouble(kind, **more):
    return Faults([Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)]).at({})


def look_ups(asked, *, rate, seconds, fault=None):
    """What comes of a look-up for each of many borrowers, and the seconds that it takes."""
    times = [NOW + number / rate for number in range(int(rate * seconds))]
    found = [(now, asked.look_up(who(str(number)), fault, now)) for number, now in enumerate(times)]
    return [(each.ends_at - now, each.failure) for now, each in found]


def test_a_file_comes_in_the_bureau_s_usual_time():
    seconds, failures = zip(*look_ups(bureau(), rate=20, seconds=100), strict=True)
    assert set(failures) == {None}
    assert sorted(seconds)[1000] == pytest.approx(0.15, rel=0.1)
    assert max(seconds) < 1.0


def test_of_a_high_tier_the_lender_knows_enough_and_waits_for_nobody():
    asked = bureau()
    for fault in (None, trouble("bureau_down"), trouble("bureau_slow")):
        assert asked.look_up(who(tier="A"), fault, NOW).ends_at == NOW
        assert asked.look_up(who(tier="A"), fault, NOW).failure is None


def test_a_refused_look_up_ends_at_once_for_the_share_that_is_refused():
    asked, half = bureau(), trouble("bureau_down", strength=0.5)
    refused, found = (asked.look_up(who(str(place), place=place), half, NOW) for place in (0.2, 0.7))
    assert (refused.failure, found.failure) == (Code.BUREAU_DOWN, None)
    assert refused.ends_at < NOW + 0.1


def test_a_file_that_came_lately_is_not_asked_for_again():
    asked, down = bureau(fresh=100.0), trouble("bureau_down")
    came_at = asked.look_up(who(), None, NOW).ends_at
    assert asked.look_up(who(), down, NOW + 50).ends_at == NOW + 50
    assert asked.look_up(who(), down, NOW + 50).failure is None
    assert asked.look_up(who(), down, came_at + 100).failure is Code.BUREAU_DOWN


def test_who_asks_twice_at_once_gets_the_file_when_it_comes():
    asked = bureau()
    first, second = (asked.look_up(who(), None, at) for at in (NOW, NOW + 0.001))
    assert first.ends_at == second.ends_at


def test_a_file_that_did_not_come_is_asked_for_again():
    asked = bureau()
    assert asked.look_up(who(), trouble("bureau_slow", strength=100), NOW).failure is Code.BUREAU_TIMEOUT
    assert asked.look_up(who(), None, NOW + 5).ends_at > NOW + 5


def test_a_slow_bureau_is_given_up_at_the_time_out():
    found = look_ups(bureau(connections=1000), rate=5, seconds=60, fault=trouble("bureau_slow", strength=200))
    assert {failure for _, failure in found} == {Code.BUREAU_TIMEOUT}
    assert {round(seconds, 3) for seconds, _ in found} == {2.0}


def test_one_that_is_a_little_slow_fails_when_all_its_connections_are_held():
    slow = trouble("bureau_slow", strength=5)
    calm, busy = (look_ups(bureau(), rate=rate, seconds=60, fault=slow) for rate in (5, 80))
    shares = [sum(failure is not None for _, failure in found) / len(found) for found in (calm, busy)]
    assert shares[0] < 0.05
    assert shares[1] > 0.3


def test_a_few_seconds_after_a_slow_time_files_come_as_before():
    asked = bureau()
    look_ups(asked, rate=80, seconds=30, fault=trouble("bureau_slow"))
    late = [asked.look_up(who(f"late-{number}"), None, NOW + 33 + number / 20) for number in range(100)]
    assert {each.failure for each in late} == {None}


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 5), st.floats(0, 60)), max_size=60),
    st.integers(1, 3),
)
def test_no_look_up_takes_longer_than_the_lender_waits(asks, connections):
    asked, now = bureau(connections=connections, fresh=20.0), NOW
    for gap, phone, strength in asks:
        now += gap
        found = asked.look_up(who(str(phone)), trouble("bureau_slow", strength=strength), now)
        assert 0 <= found.ends_at - now <= 2.0
        assert found.failure in {None, Code.BUREAU_TIMEOUT}


def submitted(kind, tier, **more):
    """What the lender says to the first borrower of a tier, whose score is good."""
    lender = Lender(seed=1, faults=(Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more),))
    people = lender.applicants.block(13_900_000_000, 1000)
    who = next(one for one in people if one.tier == tier and one.margin > 0 and not one.id_expired)
    quote = lender.quote(who, NOW, cents=10_000, card=lender.applicants.card("6222-icbc-1")).content
    return lender.submit(who, NOW + 1, key="", quote=quote)


def test_the_answer_to_a_submit_waits_for_the_bureau_and_says_that_it_failed():
    slow = submitted("bureau_slow", "C", strength=100)
    down, high = (submitted("bureau_down", tier) for tier in "CA")
    assert (slow.code, down.code, high.code) == (Code.BUREAU_TIMEOUT, Code.BUREAU_DOWN, None)
    assert slow.code.reason is down.code.reason is Reason.DEPENDENCY_DOWN
    assert down.after < 0.5
    assert 2.0 < slow.after < 2.5


def test_a_key_runs_until_the_bureau_has_answered(phone_of):
    tiers = tuple(replace(tier, looked_up=True) for tier in World().tiers)
    slow = Fault(kind=FaultKind.BUREAU_SLOW, starts_at=0, ends_at=4e9, strength=10.0)
    phone = phone_of(Lender(World(tiers=tiers), seed=1, faults=(slow,)))
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    first = phone.submit(quote)
    assert first["code"] == "0"
    assert phone.answer.after > 1.4
    phone.now -= 0.5
    assert phone.submit(quote)["code"] == "KEY_RUNNING"
    phone.now += 1
    assert phone.submit(quote) == first
