"""The lender's servers: capacity that is lost, and capacity that comes late."""

import pytest

from sandbox.answers import TurnedAway
from sandbox.applicants import Applicant
from sandbox.fault import Fault, FaultKind
from sandbox.faults import Faults
from sandbox.scaling import Scaling
from sandbox.servers import Servers
from sandbox.workers import Load, Workers
from sandbox.world import Elastic, ServerPool

ELASTIC = Elastic(most=40, step=16, above=0.8, below=0.3, delay=60.0)
BUSY, IDLE, FAIR = (Load(busy=busy, workers=10, wait=0.0) for busy in (9, 1, 5))


def always(kind, **more):
    return Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)


def shed(servers, *, rate, start, seconds=10):
    """The share of submits that is turned away."""
    gone = 0
    for number in range(int(rate * seconds)):
        try:
            servers.serve("submit", start + number / rate)
        except TurnedAway:
            gone += 1
    return gone / int(rate * seconds)


def servers(*faults, **more):
    return Servers(ServerPool(**more), Faults(faults), seed=1)


def test_servers_come_some_time_after_they_are_needed_and_no_more_than_there_may_be():
    scaling = Scaling(8, ELASTIC)
    seen = [scaling.look(BUSY, now) for now in (0, 59, 60, 61, 121, 122, 182, 300)]
    assert seen == [8, 8, 24, 24, 40, 40, 40, 40]


def test_servers_go_when_they_idle_and_stay_when_they_do_not():
    scaling = Scaling(8, ELASTIC)
    for now in (0, 60, 61, 121):
        scaling.look(BUSY, now)
    assert [scaling.look(load, 200) for load in (FAIR, IDLE, FAIR, IDLE, IDLE)] == [40, 24, 24, 8, 8]


def test_no_servers_are_ordered_while_scaling_is_off_or_where_there_is_none():
    off, none = Scaling(8, ELASTIC), Scaling(8, None)
    assert [off.look(BUSY, now, off=True) for now in (0, 60, 120)] == [8, 8, 8]
    assert [none.look(BUSY, now) for now in (0, 60, 120)] == [8, 8, 8]


def test_an_overload_is_shed_until_capacity_comes_unless_scaling_is_off():
    grown, held = servers(workers=4, elastic=ELASTIC), servers(always("scaling_off"), workers=4, elastic=ELASTIC)
    early = [shed(pool, rate=80, start=5, seconds=60) for pool in (grown, held)]
    late = [shed(pool, rate=80, start=66, seconds=30) for pool in (grown, held)]
    assert min(early) > 0.3
    assert late == [0.0, pytest.approx(0.6, abs=0.3)]


def test_lost_servers_overload_the_others_under_load_alone():
    lost = servers(always("servers_lost", strength=0.9))
    assert shed(lost, rate=5, start=5) == 0
    assert shed(lost, rate=100, start=20) > 0.5


def test_lost_servers_come_back():
    fault = Fault(kind=FaultKind.SERVERS_LOST, starts_at=0, ends_at=20, strength=0.9)
    pool = servers(fault)
    assert shed(pool, rate=100, start=5) > 0.5
    assert shed(pool, rate=100, start=25) == 0


def test_slow_servers_of_one_tier_leave_the_others_quick():
    slow = servers(always("slow_servers", where={"tier": "C"}))
    people = [Applicant("1", 1, tier, 1) for tier in "ABC"]
    after = {who.tier: slow.serve("quota", 5.0, who) for who in people}
    assert max(after["A"], after["B"]) < 0.3 < after["C"]


@pytest.mark.parametrize(("steady", "share"), [(False, 0.001), (True, 0.0)])
def test_workers_die_by_chance_as_rarely_as_the_pool_says_and_never_on_a_steady_job(steady, share):
    pool = servers()
    deaths = sum(pool.crashes(None, 0.0, steady=steady) for _ in range(20_000))
    assert deaths / 20_000 == pytest.approx(share, abs=0.0007)


def test_a_fault_lets_workers_die_on_a_share_of_jobs_of_its_slice():
    faults = Faults([always("internal_errors", strength=0.5, where={"bank": "icbc"})])
    pool = servers()
    deaths = [
        sum(pool.crashes(faults.at({"bank": bank}), 5.0, steady=True) for _ in range(1000)) for bank in ("icbc", "ccb")
    ]
    assert deaths[0] == pytest.approx(500, abs=60)
    assert deaths[1] == 0


def test_a_pool_that_shrinks_keeps_those_who_work():
    pool = Workers(3)
    for until in (5.0, 7.0, 9.0):
        pool.occupy(until)
    pool.resize(1, 0.0)
    assert (len(pool), pool.wait(0.0)) == (1, 9.0)
    pool.resize(2, 4.0)
    assert (len(pool), pool.wait(4.0)) == (2, 0.0)
