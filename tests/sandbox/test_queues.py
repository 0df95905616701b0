"""Servers, channels and behaviour rules: what happens when demand exceeds capacity."""

import pytest

from drawdown.reasons import Reason
from sandbox.answers import TurnedAway
from sandbox.applicants import Applicant
from sandbox.behaviour import Behaviour
from sandbox.channels import Lane
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.funder import Funder
from sandbox.memory import Memory
from sandbox.scheme import Code
from sandbox.servers import Servers
from sandbox.wire import Refused
from sandbox.workers import Workers
from sandbox.world import Channel, Rules, ServerPool, World

ALPHA = {"channel": "alpha", "bank": "icbc", "tier": "A"}


def pool(seed=1, faults=(), **more):
    return Servers(ServerPool(**more), Faults(faults), seed=seed)


def served(servers, endpoint, now):
    """Seconds until the answer leaves, None where the request is turned away."""
    try:
        return servers.serve(endpoint, now)
    except TurnedAway:
        return None


def serve(servers, *, rate, seconds, start=0.0):
    return [served(servers, "submit", start + number / rate) for number in range(int(rate * seconds))]


def test_a_job_waits_for_whoever_is_free_first():
    workers = Workers(2)
    workers.occupy(10.0)
    assert workers.wait(0.0) == 0.0
    workers.occupy(4.0)
    assert workers.wait(1.0) == 3.0


def test_servers_below_capacity_answer_in_their_usual_time():
    after = sorted(serve(pool(), rate=100, seconds=10))
    assert after[500] == pytest.approx(0.12, rel=0.1)
    assert after[-1] < 0.5


def test_waiting_grows_with_load_until_load_is_shed():
    services = serve(pool(workers=4), rate=80, seconds=10)
    waits = [after for after in services if after is not None]
    assert waits[100] > waits[0] + 0.5
    assert max(waits) < ServerPool().patience + 1.0
    assert services.count(None) > 200


def test_the_queue_of_an_overload_is_gone_a_few_seconds_later():
    servers = pool(workers=4)
    serve(servers, rate=80, seconds=10)
    later = serve(servers, rate=10, seconds=10, start=13.0)
    assert max(later) < 0.5


def test_a_slowdown_applies_to_what_starts_during_it_alone():
    fault = Fault(kind=FaultKind.SLOW_SERVERS, starts_at=10, ends_at=20, strength=10)
    servers = pool(faults=(fault,))
    before, during, after = (servers.serve("quota", now) for now in (9.9, 15.0, 20.0))
    assert max(before, after) < 0.2 < during


def who(phone, tier="A", **more):
    return Applicant(phone=phone, alias=1, tier=tier, limit=100_000, **more)


def pay(lane, *, rate, seconds, faults=()):
    trouble = Faults(faults).at(ALPHA)
    return [(now, lane.pay("icbc", now, trouble)) for now in (number / rate for number in range(int(rate * seconds)))]


def failures(payouts):
    return [payout.failure for _, payout in payouts]


def test_a_channel_below_capacity_rarely_fails():
    payouts = failures(pay(Lane(Channel(name="alpha"), seed=1), rate=8, seconds=600))
    assert payouts.count(None) / len(payouts) > 0.99
    assert set(payouts) <= {None, Code.CHANNEL_TIMEOUT}


def test_more_payouts_than_a_channel_can_hold_congest_it():
    payouts = failures(pay(Lane(Channel(name="alpha", connections=3), seed=1), rate=8, seconds=120))
    assert payouts.count(Code.CHANNEL_BUSY) / len(payouts) > 0.2
    assert payouts.count(None) / len(payouts) > 0.3


def test_a_slow_channel_is_given_up_at_the_timeout_and_not_before():
    fault = Fault(kind=FaultKind.CHANNEL_TIMEOUT, starts_at=0, ends_at=1000)
    payouts = pay(Lane(Channel(name="alpha"), seed=1), rate=8, seconds=60, faults=(fault,))
    assert set(failures(payouts)) == {Code.CHANNEL_TIMEOUT}
    assert {round(payout.ends_at - at, 6) for at, payout in payouts} == {3.0}


def test_a_channel_that_is_down_refuses_at_once():
    fault = Fault(kind=FaultKind.CHANNEL_DOWN, starts_at=0, ends_at=10)
    payout = Lane(Channel(name="alpha"), seed=1).pay("icbc", 5.0, Faults((fault,)).at(ALPHA))
    assert payout.failure is Code.CHANNEL_DOWN
    assert payout.ends_at < 5.1
    assert fault.reason is payout.failure.reason is Reason.GATEWAY_UNAVAILABLE


def test_a_burst_of_one_tier_is_blocked_without_touching_the_others():
    behaviour = Behaviour(Rules(burst=20, burst_window=10), World().tiers)
    for number in range(20):
        behaviour.check_submit(who(f"phone-{number}"), None, 5.0)
    with pytest.raises(Refused, match="BURST_CONTROL"):
        behaviour.check_submit(who("one more"), None, 5.0)
    behaviour.check_submit(who("another tier", tier="B"), None, 5.0)
    behaviour.check_submit(who("later"), None, 16.0)


def test_the_same_device_again_is_not_a_second_device():
    behaviour, borrower = Behaviour(Rules(devices=1), World().tiers), who("phone", tier="B")
    for now in range(5):
        behaviour.logged_in("phone", "device", now)
    behaviour.check_submit(borrower, None, 5.0)
    behaviour.logged_in("phone", "another", 6.0)
    with pytest.raises(Refused, match="MULTI_DEVICE"):
        behaviour.check_submit(borrower, None, 7.0)


def test_a_device_rule_that_is_too_sharp_catches_who_has_a_second_device_and_a_high_tier_less():
    behaviour = Behaviour(Rules(), World().tiers)
    sharp = Faults([Fault(kind=FaultKind.DEVICE_RULE, starts_at=0, ends_at=10)]).at({})
    behaviour.check_submit(who("one", tier="B"), sharp, 5.0)
    behaviour.check_submit(who("two", tier="B", devices=2), None, 5.0)
    behaviour.check_submit(who("three", tier="A", devices=2), sharp, 5.0)
    with pytest.raises(Refused, match="MULTI_DEVICE"):
        behaviour.check_submit(who("four", tier="B", devices=2), sharp, 5.0)


def test_a_burst_rule_that_is_too_sharp_catches_who_comes_when_others_do():
    behaviour = Behaviour(Rules(burst=100), World().tiers)
    sharp = Faults([Fault(kind=FaultKind.BURST_RULE, starts_at=0, ends_at=100)]).at({})
    for number in range(3):
        behaviour.check_submit(who(f"phone-{number}"), sharp, 5.0 + number)
    with pytest.raises(Refused, match="BURST_CONTROL"):
        behaviour.check_submit(who("one more"), sharp, 8.0)
    behaviour.check_submit(who("at a calm time"), sharp, 30.0)


def test_a_funder_gives_no_more_than_his_quota_of_a_day():
    funder = Funder(1000)
    funder.give(600, None, 5.0)
    with pytest.raises(Refused, match="FUNDER_QUOTA"):
        funder.give(500, None, 6.0)
    funder.give(400, None, 7.0)
    funder.give(1000, None, 86_405.0)


def test_a_quota_that_is_cut_counts_what_was_given_before():
    funder = Funder(1000)
    cut = Faults([Fault(kind=FaultKind.FUNDER_CUT, starts_at=0, ends_at=10, strength=0.5)]).at({})
    funder.give(450, None, 1.0)
    funder.give(50, cut, 5.0)
    with pytest.raises(Refused, match="FUNDER_QUOTA"):
        funder.give(1, cut, 6.0)


def test_memory_forgets_what_is_old_and_keeps_what_was_renewed():
    memory: Memory[str, int] = Memory(10)
    memory.put("old", 1, 0)
    memory.put("renewed", 2, 1)
    memory.put("renewed", 3, 9)
    memory.put("new", 4, 12)
    assert (memory.get("old"), memory.get("renewed"), memory.get("new")) == (None, 3, 4)
    assert list(memory) == [3, 4]
    assert len(memory) == 2


def test_memory_of_no_time_remembers_nothing():
    memory: Memory[str, int] = Memory(0)
    memory.put("now", 1, 5)
    assert memory.get("now") is None
