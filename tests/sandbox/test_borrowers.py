"""Twenty borrowers a second in virtual time: what the whole looks like in peace and under each fault."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import cache

import msgspec
import pytest

from drawdown.clock import LoopClock, run_virtually
from drawdown.reasons import POLICY, TECHNICAL, Kind, Reason
from sandbox import Fault, FaultKind, Lender, World, codes
from sandbox.demand import Demand, Forgetting, Insistent, Promotion
from sandbox.live import Outbox, borrowing
from sandbox.report import STEPS, Report
from sandbox.simulation import simulate
from sandbox.world import ServerPool

EPOCH = 1_700_000_000.0
STARTS, ENDS, END = EPOCH + 10, EPOCH + 35, EPOCH + 60
SEEDS = (1, 2, 3)
CODES = codes()["sandbox"]
PATH = tuple(step for step in STEPS if step != "identity")


def run_crowd(seed, seconds, *, faults=(), **demand):
    """All reports of a crowd that came for some seconds."""
    events = simulate(World(), faults, Demand(**demand), start=EPOCH, seconds=seconds, seed=seed)
    return tuple(msgspec.to_builtins(event) for _, event in events if isinstance(event, Report))


def live(seed, seconds, send):
    """The same crowd on a clock; `send` takes what it reports."""

    async def main():
        clock = LoopClock(EPOCH)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await borrowing(Lender(seed=seed), clock, send, seed=seed)

    run_virtually(main())


def fault(kind, **where):
    return Fault(kind=FaultKind(kind), starts_at=STARTS, ends_at=ENDS, where=where)


@cache
def broken(kind, seed):
    """A run with a fault of 25 s."""
    where = {"channel": "alpha"} if kind == "channel_timeout" else {}
    return run_crowd(seed, END - EPOCH, faults=(fault(kind, **where),))


def reason(report):
    return CODES[report["code"]] if "code" in report else Reason(report.get("reason", "none"))


def started(reports, since, until):
    return [report for report in reports if since <= report["started_at"] < until]


def shares(reports):
    counts = Counter(map(reason, reports))
    return {name: count / len(reports) for name, count in counts.items()}


def technical(reports):
    return sum(reason(report).blame in TECHNICAL for report in reports) / len(reports)


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


@pytest.mark.parametrize(("seed", "seconds"), [(1, 600), (2, 120), (3, 120)])
def test_in_peace_nearly_everybody_is_paid_out(seed, seconds):
    reports = run_crowd(seed, seconds)
    seen = shares(reports)
    assert len(reports) / seconds == pytest.approx(20, rel=0.1)
    assert seen[Reason.NONE] > 0.94
    assert technical(reports) < 0.01
    assert Reason.SLOW_RESPONSE not in seen
    assert 1.5 < percentile([report["duration"] for report in reports], 0.95) < 4.0
    assert seen.keys() & {Reason.MULTI_DEVICE, Reason.BURST_CONTROL, Reason.IDENTITY_REQUIRED} == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_channel_that_times_out_fails_its_own_payouts_alone(seed):
    during = started(broken("channel_timeout", seed), STARTS, ENDS)
    alpha = [report for report in during if report.get("channel") == "alpha"]
    others = [report for report in during if report.get("channel") != "alpha"]
    assert shares(alpha)[Reason.GATEWAY_TIMEOUT] > 0.8
    assert shares(others)[Reason.NONE] > 0.9
    assert shares(others).get(Reason.GATEWAY_TIMEOUT, 0) < 0.02


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("kind", "expected", "least"),
    [
        ("step_up", Reason.IDENTITY_REQUIRED, 0.5),
        ("limit_cut", Reason.LIMIT_REDUCED, 0.6),
        ("slow_servers", Reason.SLOW_RESPONSE, 0.5),
        ("servers_down", Reason.DEPENDENCY_DOWN, 0.99),
    ],
)
def test_a_fault_leads_to_its_reason_and_raises_no_other(seed, kind, expected, least):
    seen = shares(started(broken(kind, seed), STARTS, ENDS))
    assert seen[expected] > least
    others = {name: share for name, share in seen.items() if name not in {expected, Reason.NONE}}
    assert max(others.values(), default=0) < 0.035


@pytest.mark.parametrize(
    ("kind", "where", "expected", "least"),
    [
        ("channel_squeezed", {"channel": "alpha"}, Reason.GATEWAY_CONGESTED, 0.3),
        ("channel_down", {"bank": "boc"}, Reason.GATEWAY_UNAVAILABLE, 0.9),
        ("channel_rejects", {"channel": "gamma"}, Reason.GATEWAY_REJECTED, 0.9),
        ("payouts_stuck", {"channel": "beta"}, Reason.SETTLEMENT_STUCK, 0.9),
        ("internal_errors", {"tier": "A"}, Reason.INTERNAL_ERROR, 0.35),
        ("slow_servers", {"tier": "C"}, Reason.SLOW_RESPONSE, 0.5),
        ("servers_down", {"tier": "B"}, Reason.DEPENDENCY_DOWN, 0.99),
        ("bureau_down", {"tier": "B"}, Reason.DEPENDENCY_DOWN, 0.9),
        ("bureau_slow", {"tier": "B"}, Reason.DEPENDENCY_DOWN, 0.7),
        ("identity_fails", {"tier": "C"}, Reason.IDENTITY_FAILED, 0.35),
        ("score_cut", {"tier": "C"}, Reason.RISK_DECLINED, 0.2),
        ("review_hold", {"channel": "gamma"}, Reason.UNDER_REVIEW, 0.9),
        ("device_rule", {"tier": "B"}, Reason.MULTI_DEVICE, 0.06),
        ("burst_rule", {"tier": "B"}, Reason.BURST_CONTROL, 0.6),
        ("funder_cut", {"tier": "A"}, Reason.FUNDER_QUOTA, 0.9),
        ("step_up", {"channel": "beta"}, Reason.IDENTITY_REQUIRED, 0.5),
        ("limit_cut", {"tier": "A"}, Reason.LIMIT_REDUCED, 0.6),
    ],
)
def test_a_fault_leads_to_its_reason_in_its_slice_and_spares_the_rest(kind, where, expected, least):
    reports = started(run_crowd(1, ENDS + 15 - EPOCH, faults=(fault(kind, **where),)), STARTS, ENDS)
    inside = [report for report in reports if where.items() <= report.items()]
    outside = [report for report in reports if report not in inside]
    assert fault(kind).reason is expected
    assert shares(inside)[expected] > least
    assert shares(outside)[Reason.NONE] > 0.9


def test_lost_servers_make_answers_slow_for_all():
    reports = started(run_crowd(1, ENDS - EPOCH, faults=(fault("servers_lost"),)), STARTS, ENDS)
    assert shares(reports)[Reason.SLOW_RESPONSE] > 0.1


def test_a_maintenance_window_hits_those_alone_for_whom_there_is_no_way_around():
    where = [fault("maintenance", channel=channel) for channel in ("alpha", "gamma")]
    reports = started(run_crowd(1, ENDS - EPOCH, faults=tuple(where)), STARTS + 1, ENDS - 5)
    seen = {bank: shares([report for report in reports if report["bank"] == bank]) for bank in ("icbc", "ccb", "cmb")}
    assert seen["icbc"][Reason.GATEWAY_UNAVAILABLE] > 0.99
    assert min(seen["ccb"][Reason.NONE], seen["cmb"][Reason.NONE]) > 0.9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["channel_timeout", "step_up", "limit_cut", "slow_servers", "servers_down"])
def test_five_seconds_after_a_fault_all_is_as_before(seed, kind):
    reports = started(broken(kind, seed), ENDS + 5, END)
    seen = shares(reports)
    assert seen[Reason.NONE] > 0.9
    assert technical(reports) < 0.02
    assert seen.get(fault(kind).reason, 0) < 0.01
    assert percentile([report["duration"] for report in reports], 0.95) < 4.0


def test_one_seed_gives_the_same_reports_and_another_gives_others():
    first, again, other = run_crowd(7, 30), run_crowd(7, 30), run_crowd(8, 30)
    assert first == again
    assert {report["borrower"] for report in first} & {report["borrower"] for report in other} == set()


def again(reports):
    """Those who came more than once, each with his reports in their order."""
    his = {}
    for report in sorted(reports, key=lambda report: report["started_at"]):
        his.setdefault(report["borrower"], []).append(report)
    return [each for each in his.values() if len(each) > 1]


def test_some_come_for_another_loan_within_the_hour_and_find_less_available():
    reports = run_crowd(1, 3600, rate=3.0, returning=0.1)
    returned = again(reports)
    assert len(returned) / len({report["borrower"] for report in reports}) == pytest.approx(0.05, abs=0.015)
    for first, second in returned:
        assert reason(first) is Reason.NONE
        assert 180 <= second["started_at"] - first["started_at"] - first["duration"] <= 3300
        assert second["available"] == first["available"] - first["amount"]
    assert max(second["available"] for _, second in returned) > 0


def test_who_sees_that_nothing_is_left_goes_away():
    returned = again(run_crowd(2, 3600, rate=2.0, returning=0.4))
    nothing_left = [second for _, second in returned if second["available"] == 0]
    assert len(nothing_left) > 10
    assert {(reason(second), second["step"]) for second in nothing_left} == {(Reason.CANCELLED, "quota")}


def test_no_attempt_and_no_borrower_comes_twice():
    reports = run_crowd(1, 60)
    for name in ("id", "borrower"):
        assert len({report[name] for report in reports}) == len(reports)


def test_a_report_says_who_where_how_long_and_why():
    for report in broken("channel_timeout", 1) + broken("slow_servers", 1):
        assert report["journey"] == "app"
        assert report["step"] in STEPS
        assert [step["name"] for step in report["steps"]] == [*PATH[: len(report["steps"])]]
        assert sum(step["duration"] for step in report["steps"]) == pytest.approx(report["duration"])
        assert Kind(report.get("outcome", reason(report).kind)) in reason(report).facts.kinds
        assert "code" not in report or report["scheme"] == "sandbox"


def test_a_fault_takes_the_explanation_away_and_refuses_nobody_itself():
    silent = fault("unexplained", tier="B")
    reports = [report for report in run_crowd(1, 60, faults=(silent, fault("step_up"))) if "explained" in report]
    refused = started(reports, STARTS + 1, ENDS - 1)
    assert {report["explained"] for report in refused if report["tier"] == "B"} == {False}
    assert {report["explained"] for report in refused if report["tier"] != "B"} == {True}
    alone = run_crowd(1, 60, faults=(silent,))
    assert shares(alone)[Reason.NONE] == shares(run_crowd(1, 60))[Reason.NONE]


def test_a_payout_that_fails_unexplained_says_so():
    faults = (fault("unexplained"), fault("channel_rejects"))
    reports = started(run_crowd(1, ENDS - EPOCH, faults=faults), STARTS + 1, ENDS - 4)
    rejected = [report for report in reports if reason(report) is Reason.GATEWAY_REJECTED]
    assert len(rejected) > 100
    assert not any(report["explained"] for report in rejected)


def test_what_the_lender_explained_is_reported_as_explained():
    reports = broken("step_up", 1)
    blocked = [report for report in reports if reason(report).blame in POLICY]
    assert len(blocked) > 100
    assert all(report["explained"] for report in blocked)
    assert not any(report["explained"] for report in broken("servers_down", 1) if report.get("outcome") == "failed")


def test_almost_everybody_asks_for_no_more_than_is_shown():
    asked = [report for report in run_crowd(1, 60) if "amount" in report]
    above = [report for report in asked if float(report["amount"]) > float(report["available"])]
    assert 0 < len(above) / len(asked) < 0.03
    assert {reason(report) for report in above} <= {
        Reason.LIMIT_EXCEEDED,
        Reason.CANCELLED,
        Reason.RISK_DECLINED,
        Reason.ID_EXPIRED,
    }


def test_what_is_simulated_comes_in_the_order_of_its_arrival_after_it_happened():
    events = list(simulate(World(), (), Demand(), start=EPOCH, seconds=30, seed=1))
    arrivals = [at for at, _ in events]
    assert arrivals == sorted(arrivals)
    assert EPOCH < arrivals[0] <= arrivals[-1] <= EPOCH + 30.25
    assert all(0 <= at - (event.started_at + event.duration) < 0.25 for at, event in events)


def test_on_a_clock_a_crowd_reports_what_is_simulated():
    sent = []

    async def keep(batch):
        sent.extend(batch)

    live(5, 30, keep)
    events = simulate(World(), (), Demand(), start=EPOCH, seconds=30, seed=5)
    simulated = [event for _, event in events if isinstance(event, Report)]
    assert len(sent) > 500
    assert [report.id for report in sent] == [report.id for report in simulated[: len(sent)]]
    assert [report.code for report in sent] == [report.code for report in simulated[: len(sent)]]


def test_nobody_comes_where_the_rate_is_none():
    assert run_crowd(1, 60, rate=0.0) == ()


def test_who_is_turned_away_by_a_fault_tries_again_if_he_is_persistent():
    faults = (fault("servers_down"),)
    once, again = (run_crowd(1, 60, faults=faults, persistence=share) for share in (0.0, 0.6))
    during = [len(started(reports, STARTS, ENDS)) for reports in (once, again)]
    assert during[1] > 1.8 * during[0]
    tries = Counter(report["borrower"] for report in again)
    assert 4 <= max(tries.values()) <= 6
    assert len({report["id"] for report in again}) == len(again)
    assert max(Counter(report["borrower"] for report in once).values()) == 1


def test_retries_make_an_overload_worse_and_longer():
    small = World(servers=ServerPool(workers=10, elastic=None))
    slow = (fault("slow_servers"),)

    def slow_after(persistence):
        demand = Demand(persistence=persistence)
        events = simulate(small, slow, demand, start=EPOCH, seconds=60, seed=1)
        reports = [msgspec.to_builtins(event) for _, event in events if isinstance(event, Report)]
        return sum(reason(report) is Reason.SLOW_RESPONSE for report in started(reports, STARTS, END))

    assert slow_after(0.8) > 2 * slow_after(0.0)


def test_slow_submits_and_those_who_try_again_congest_a_channel_that_would_hold_otherwise():
    narrow = tuple(replace(channel, connections=8) for channel in World().channels)
    world = World(channels=narrow, servers=ServerPool(workers=400))
    slow = Fault(kind=FaultKind.SLOW_SERVERS, starts_at=STARTS, ends_at=END, where={"endpoint": "submit"}, strength=25)

    def congested(persistence, faults=(slow,)):
        events = simulate(world, faults, Demand(persistence=persistence), start=EPOCH, seconds=60, seed=1)
        reports = [msgspec.to_builtins(event) for _, event in events if isinstance(event, Report)]
        return shares(started(reports, STARTS + 20, END - 5)).get(Reason.GATEWAY_CONGESTED, 0.0)

    assert congested(0.8, faults=()) == 0.0
    assert congested(0.0) < 0.02
    assert congested(0.8) > 0.1


def test_one_who_insists_is_declined_each_time():
    reports = run_crowd(1, 700, rate=0.1, insistent=Insistent(after=10, tries=200, every=3))
    (name, tries), *_ = Counter(report["borrower"] for report in reports).most_common()
    his = [report for report in reports if report["borrower"] == name]
    assert tries == 200
    assert shares(his)[Reason.RISK_DECLINED] > 0.97
    assert his[-1]["started_at"] - his[0]["started_at"] == pytest.approx(597)


def test_a_promotion_brings_so_many_times_as_many():
    reports = run_crowd(1, 300, rate=5.0, promotion=Promotion(after=100, lasts=100, times=4))
    parts = [len(started(reports, EPOCH + at, EPOCH + at + 100)) for at in (0, 100, 200)]
    assert parts == [pytest.approx(500, rel=0.15), pytest.approx(2000, rel=0.15), pytest.approx(500, rel=0.15)]


def test_reports_that_could_not_be_sent_are_sent_later_in_their_order():
    sent, refused, calls = [], [], 0

    async def keep(batch):
        refused.extend(batch)

    async def report(batch):
        nonlocal calls
        calls += 1
        if calls <= 40:
            raise ConnectionRefusedError
        sent.extend(batch)

    live(5, 30, keep)
    live(5, 30, report)
    assert [one.id for one in sent] == [one.id for one in refused]


async def test_unsent_reports_do_not_grow_without_end():
    async def refuse(_):
        raise ConnectionRefusedError

    outbox = Outbox(refuse)
    for number in range(20_200):
        outbox.put(0.0, number)
        if not number % 5_000:
            await outbox.empty()
    assert len(outbox) == 20_000
    assert outbox.unsent()[-1] == 20_199


def test_while_everybody_logs_in_anew_some_have_forgotten_their_password_and_blame_nobody_else():
    reports = run_crowd(1, 90, forgetting=Forgetting(after=30, lasts=30, share=0.4))
    shares_of = [
        shares(started(reports, EPOCH + since, EPOCH + since + 30)).get(Reason.CREDENTIAL, 0) for since in (0, 30, 60)
    ]
    assert shares_of == [0, pytest.approx(0.4, abs=0.05), 0]
