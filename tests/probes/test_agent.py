import asyncio
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from lenders import CODES, Bank, Line, Meters, loan, numbered, shipped, yes
from structlog.testing import capture_logs
from test_runner import VARIABLES

from drawdown.catalogue import MISSED_RUNS, OWED, RUN_LAG
from drawdown.clock import LoopClock, run_virtually
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from probes.agent import Agent
from probes.exchange import NotConnected
from probes.settlement import Debt, Settlement

DEBT = Debt(run="old", journey="drawdown", since=1_699_999_000.0, values={"idempotency_key": "old"})


class Scene:
    """An agent with all around it; `outcomes` is what it reported."""

    def __init__(self, settlement, *journeys, bank=None):
        self.clock = LoopClock()
        self.bank = bank or Bank(self.clock)
        self.meters = Meters()
        self.outcomes = []
        self.settlement = settlement
        self.agent = Agent(
            journeys or [shipped()],
            report=self.outcomes.append,
            exchange=self.bank.opened,
            clock=self.clock,
            settlement=settlement,
            variables=VARIABLES,
            codes=CODES,
            instruments=self.meters,
            new_id=numbered(),
        )

    async def play(self, seconds):
        task = asyncio.create_task(self.agent.run())
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def metric(self, metric, journey="drawdown"):
        return self.meters.values.get((metric.name, journey))


def play(settlement, seconds, *journeys, prepare=None):
    async def main():
        scene = Scene(settlement, *journeys)
        if prepare:
            prepare(scene)
        await scene.play(seconds)
        return scene

    return run_virtually(main())


def test_a_journey_runs_on_its_slots_and_reports_each_outcome(settlement):
    scene = play(settlement, 60, replace(shipped(), every=5.0))
    starts = [outcome.attempt.started_at for outcome in scene.outcomes]
    assert len(starts) == 12
    assert [round(after - before, 6) for before, after in pairwise(starts)] == [5.0] * 11
    assert {outcome.kind for outcome in scene.outcomes} == {Kind.SUCCEEDED}
    assert {outcome.attempt.origin for outcome in scene.outcomes} == {Origin.PROBE}


def test_a_run_that_overlaps_its_next_slots_costs_them_and_they_are_counted(settlement):
    def slow(scene):
        scene.bank._paths["drawdowns_one"] = loan("AUDITING")

    scene = play(settlement, 100, replace(shipped(), every=2.0), prepare=slow)
    assert len(scene.outcomes) == 6
    assert scene.metric(MISSED_RUNS) == 6 * 7
    intervals = {outcome.reason for outcome in scene.outcomes}
    assert intervals == {Reason.SETTLEMENT_STUCK}


def test_a_run_that_ends_within_its_slot_misses_none(settlement):
    assert play(settlement, 30, replace(shipped(), every=5.0)).metric(MISSED_RUNS) == 0


def test_the_lag_of_a_start_is_exported(settlement):
    assert play(settlement, 30).metric(RUN_LAG) == pytest.approx(0.0, abs=1e-6)


def test_journeys_run_beside_each_other(settlement):
    names = ("a", "b", "c")
    scene = play(settlement, 20, *(replace(shipped(), name=name, every=5.0) for name in names))
    assert {outcome.attempt.journey for outcome in scene.outcomes} == set(names)
    starts = {outcome.attempt.started_at % 5 for outcome in scene.outcomes}
    assert len({round(start, 3) for start in starts}) == 3


def test_a_lender_that_is_gone_ends_no_agent(settlement):
    def gone(scene):
        scene.bank._paths["login"] = Line(NotConnected("connection refused"), after=0)

    scene = play(settlement, 20, prepare=gone)
    assert {outcome.reason for outcome in scene.outcomes} == {Reason.DEPENDENCY_DOWN}
    assert len(scene.outcomes) == 10


@pytest.mark.parametrize("seconds", [0.4, 0.6, 1.0, 1.7, 2.1, 2.3, 3.0])
def test_an_agent_that_stops_gives_back_what_it_drew(settlement, seconds):
    scene = play(settlement, seconds)
    assert scene.bank.drawn == set()
    assert settlement.owed() == ()


def test_what_an_earlier_agent_left_owed_is_given_back_at_the_start(settlement):
    settlement.owe(DEBT)
    settlement.leave("old")

    def owed(scene):
        scene.bank.drawn.add("old")

    with capture_logs() as logs:
        scene = play(settlement, 0.25, prepare=owed)
    assert scene.bank.drawn == set()
    assert settlement.owed() == ()
    assert "debt_given_back" in {log["event"] for log in logs}


def test_a_reversal_that_fails_is_tried_again(settlement):
    settlement.owe(DEBT)
    settlement.leave("old")

    def failing_once(scene):
        scene.bank.drawn.add("old")
        scene.bank._paths["reversals"] = [yes(status_text="?"), loan("REVERSED")]

    with capture_logs() as logs:
        scene = play(settlement, 61.0, replace(shipped(), every=1000.0), prepare=failing_once)
    assert settlement.owed() == ()
    assert [log["event"] for log in logs] == ["reversal_failed", "debt_given_back"]
    assert scene.metric(OWED) == 0


def test_the_debts_of_a_journey_that_is_gone_are_told_and_kept(settlement):
    settlement.owe(DEBT)
    settlement.leave("old")
    with capture_logs() as logs:
        scene = play(settlement, 1.0, replace(shipped(), name="other", every=1000.0))
    assert [log["event"] for log in logs] == ["debt_without_journey"]
    assert scene.metric(OWED) == 1
    assert settlement.owed() == (DEBT,)


def test_a_debt_of_a_run_under_way_is_left_to_the_run(settlement):
    def slow(scene):
        scene.bank._paths["drawdowns_one"] = loan("AUDITING")
        scene.agent._replay_every = 0.5

    scene = play(settlement, 10, replace(shipped(), every=1000.0), prepare=slow)
    assert len(scene.bank.asked("reversals")) <= 1


def test_a_run_that_a_person_asks_for_is_manual_and_reported(settlement):
    async def main():
        scene = Scene(settlement)
        done = await scene.agent.run_now("drawdown")
        return scene, done

    scene, done = run_virtually(main())
    assert scene.outcomes == [done.outcome]
    assert done.outcome.attempt.origin is Origin.MANUAL


def test_the_same_seedless_hour_is_the_same_hour(tmp_path):
    def hour(name):
        with Settlement(tmp_path / name) as settlement:
            return play(settlement, 600).outcomes

    assert hour("a") == hour("b")
