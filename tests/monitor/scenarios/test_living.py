"""The monitor's own probe in a scenario: it sees what its slice suffers, and its own troubles as its own."""

from collections import Counter

import numpy as np
import pytest
from scenario_texts import scenario

from drawdown.catalogue import MISSED_RUNS, OWED
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from drawdown.series import NAME, Labels
from monitor.config import built_in_codes
from monitor.scenarios.living import live
from monitor.scenarios.readings import Readings
from sandbox.report import Report

PEACE = "title: x\nfamily: quiet\nlasts: 3m\ncrowd: {rate: 2}\nprobe: {every: 5s}\n"


def lived(text=PEACE):
    found = scenario(text)
    return found, live(found, 1, built_in_codes())


def reasons(found, runs, since, until):
    """Of the runs that began in between."""
    begun = [each for _, each in runs if since <= each.attempt.started_at - found.start < until]
    return Counter(each.reason for each in begun)


def said(known, metric):
    """The last value of a series of the probe's journey."""
    return known.readings.latest(Labels({"journey": "drawdown"}, **{NAME: metric.name}))


def test_in_peace_every_run_succeeds_and_what_it_drew_is_given_back():
    _, known = lived()
    assert [run.kind for _, run in known.runs] == [Kind.SUCCEEDED] * 36
    assert {(run.attempt.origin, run.attempt.journey) for _, run in known.runs} == {(Origin.PROBE, "drawdown")}
    assert (said(known, OWED), said(known, MISSED_RUNS)) == (0.0, 0.0)


def test_without_a_probe_nothing_runs_and_borrowers_do_the_same():
    _, watched = lived()
    _, alone = lived(PEACE.replace("{every: 5s}", "false"))
    assert alone.runs == ()
    told = [[event.id for _, event in known.told if isinstance(event, Report)] for known in (watched, alone)]
    assert sorted(told[0]) == sorted(told[1])


@pytest.mark.parametrize(("channel", "reason"), [("alpha", Reason.GATEWAY_UNAVAILABLE), ("gamma", Reason.NONE)])
def test_a_fault_of_its_own_slice_hits_it_and_another_does_not(channel, reason):
    fault = f"faults:\n  - {{kind: channel_down, where: {{channel: {channel}}}, from: 1m, to: 2m}}\n"
    found, known = lived(PEACE + fault)
    assert reasons(found, known.runs, 60, 115) == {reason: 11}
    assert reasons(found, known.runs, 120, 180) == {Reason.NONE: 12}


def test_without_a_network_it_blames_nobody_but_the_monitor():
    found, known = lived(PEACE + "monitor:\n  - {what: network_gone, from: 1m, to: 2m}\n")
    assert reasons(found, known.runs, 60, 120) == {Reason.MONITOR_FAULT: 12}
    assert reasons(found, known.runs, 120, 180) == {Reason.NONE: 12}
    assert said(known, OWED) == 0.0


def test_while_the_loop_starves_runs_are_missed_and_nobody_else_is_blamed():
    found, known = lived(PEACE + "monitor:\n  - {what: starved, from: 1m, to: 1m45s}\n")
    assert reasons(found, known.runs, 0, 180).keys() <= {Reason.NONE, Reason.MONITOR_FAULT}
    assert said(known, MISSED_RUNS) == 9
    assert len(known.runs) == 36 - 9


def test_it_tells_times_by_the_monitor_s_clock():
    found, known = lived(PEACE + "monitor:\n  - {what: clock_step, at: 1m, by: -30}\n")
    late = [at - run.ended_at for at, run in known.runs]
    before = [each for each, (at, _) in zip(late, known.runs, strict=True) if at < found.start + 60]
    assert max(before) < 2.0
    assert all(29.0 < each < 33.0 for each in late[len(before) :])


def test_readings_have_their_past():
    readings, now = Readings(), iter([10.0, 20.0, 30.0])
    spoken = readings.spoken_at(lambda: next(now))
    for amount in (1.0, 0.0, 2.0):
        spoken.add(MISSED_RUNS, amount, journey="j")
    series = Labels({"journey": "j"}, **{NAME: MISSED_RUNS.name})
    times = np.array([9.0, 10.0, 25.0, 30.0])
    assert readings.over(series, times).tolist() == [0.0, 1.0, 1.0, 3.0]
    assert readings.over(Labels({"journey": "k"}, **{NAME: MISSED_RUNS.name}), times) is None
