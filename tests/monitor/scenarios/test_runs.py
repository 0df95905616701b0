"""Scenarios run: what is counted and evaluated ahead is what the real monitor makes of the same reports."""

import io
import math
import re
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import msgspec
import numpy as np
import pytest
from monitor_house import JOURNEY, TEXT, House
from rich.console import Console
from scenario_texts import RULES, SHORT, monitoring, scenario

from drawdown.clock import LoopClock, run_virtually
from drawdown.reasons import Blame, Reason
from monitor.app import running
from monitor.config import built_in_codes
from monitor.scenarios.beats import OwnTrouble
from monitor.scenarios.exam import Paper, Result, examine, reporting_seeds, sit, tuning_seeds
from monitor.scenarios.living import Lived, OwnClock, OwnNetwork, live, simulated, starving
from monitor.scenarios.page import page
from monitor.scenarios.plain import as_json
from monitor.scenarios.run import run
from monitor.scenarios.scenario import Family
from monitor.scenarios.score import MARKS, grade, total
from monitor.scenarios.sketch import sketch
from monitor.scenarios.table import show
from sandbox.report import Report

EARLY = 0.01
"""Seconds before a look, so that nobody argues which comes first."""
CONFIG = f"""
{TEXT.partition("journeys:")[0]}
journeys: [probe.yaml]
borrowers:
  journeys:
    app: {{steps: [login, quota, quote, submit, identity, payout]}}
  slices: {{channel: [alpha, beta, gamma], bank: [icbc, ccb, cmb, boc], tier: [A, B, C, D]}}
alerts: {{rules: [{RULES}]}}
"""
TWO = """
title: one channel is down, then a step-up, while the monitor starves and loses its network
family: two
lasts: 5m
crowd: {rate: 10}
probe: {every: 5s}
faults:
  - {kind: channel_down, where: {channel: alpha}, from: 1m, to: 2m}
  - {kind: step_up, where: {tier: B}, from: 2m30s, to: 3m30s}
monitor:
  - {what: starved, from: 1m40s600ms, to: 1m55s300ms}
  - {what: network_gone, from: 4m10s, to: 4m40s300ms}
truth: []
"""


def lived(found, seed):
    """What happens, each report a hair before its time."""
    all_of_it = live(found, seed, built_in_codes())
    told = [(at - EARLY, event) for at, event in all_of_it.told if isinstance(event, Report)]
    return replace(all_of_it, told=told)


def told(incidents):
    """What one would notice of incidents."""
    return [
        (each.reason, each.journey, each.severity, each.started_at, each.opened_at, each.resolved_at, each.impact,
         sorted(repr(alert.labels) for alert in (*each.alerts, *each.past)))
        for each in sorted(incidents, key=lambda each: each.id)
    ]  # fmt: skip


async def watched(found, told, folder):
    """The incidents of the whole monitor, wired as in life, that is sent these reports and runs a probe of its own."""
    trouble, clock = OwnTrouble(found.own), LoopClock(found.start)
    network = OwnNetwork(simulated(found, 1), clock, trouble)
    house = House(folder=folder, text=CONFIG, rate=0.0, clock=OwnClock(found.start, trouble), exchange=network.opened)
    probe = JOURNEY.read_text(encoding="utf-8").replace("every: 2s", f"every: {found.probe.every:.0f}s")
    (folder / "probe.yaml").write_text(probe, encoding="utf-8")
    async with house.open(), house.watched() as parts, running(starving(clock, trouble)):
        heard = trouble.heard(np.array([at for at, _ in told]))
        for at, batch in groupby(zip(heard.tolist(), (event for _, event in told), strict=True), key=itemgetter(0)):
            await house.until(at - found.start)
            body = msgspec.json.encode([event for _, event in batch])
            receipt = parts.ingest.take(body, "application/json", now=house.clock.now())
            assert receipt.refused == ()
        await house.until(math.ceil(found.seconds) + 0.5)
        return parts.pager.incidents()


def test_a_scenario_gives_the_incidents_that_the_whole_monitor_gives(tmp_path):
    found = scenario(TWO)
    known = lived(found, 1)
    ahead = run(found, 1, monitoring(), live=lambda *_: known)
    incidents = run_virtually(watched(found, known.told, tmp_path / "house"))
    by_reason = {each.reason: each for each in incidents}
    assert {Reason.GATEWAY_UNAVAILABLE, Reason.IDENTITY_REQUIRED, Reason.MONITOR_FAULT} <= by_reason.keys()
    assert by_reason[Reason.GATEWAY_UNAVAILABLE].impact.probes.affected > 5
    assert told(ahead.watched.incidents) == told(incidents)
    assert ahead.watched.failures == {}


@pytest.fixture(scope="module")
def known():
    """What happens in the short scenario."""
    return lived(scenario(), 1)


@pytest.fixture(scope="module")
def done(known):
    """The short scenario, run with the quick rules."""
    return run(scenario(), 1, monitoring(), live=lambda *_: known)


def graded(done, text):
    """The run held against another truth."""
    return grade(scenario(text), 1, done.watched.incidents, done.watched.notices)


def test_a_fault_that_is_seen_earns_all_marks(done):
    found = graded(done, SHORT)
    assert [finding.marks for finding in found.findings] == [len(MARKS)]
    assert (found.right, total([found]).score) == (True, 1.0)


def test_a_run_is_drawn_together(done):
    drawn = sketch(done)
    assert [span.reason for span in drawn.incidents] == [Reason.GATEWAY_UNAVAILABLE]
    assert 120 < drawn.incidents[0].opened < 150
    assert sum(drawn.attempts) == done.attempts
    assert drawn.reasons[0][0] is Reason.GATEWAY_UNAVAILABLE
    assert [blame for at, blame in drawn.runs if 122 < at < 240] == [Blame.CHANNEL] * 4
    assert [blame for at, blame in drawn.runs if not 122 < at < 240] == [Blame.NOBODY] * 8


def test_without_rules_nothing_is_earned_in_any_family(known, tmp_path):
    (tmp_path / "none.yaml").write_text("groups: []\n", encoding="utf-8")
    nobody = monitoring(tmp_path / "none.yaml")
    broken = [family for family in Family if family is not Family.QUIET]
    scenarios = [scenario(SHORT.replace("family: slice", f"family: {family}"), name=family) for family in broken]
    peace = scenario(SHORT[: SHORT.index("faults:")].replace("family: slice", "family: quiet"), name="peace")
    papers = [sit(found, 1, nobody, live=lambda *_: known) for found in scenarios]
    papers.append(sit(peace, 1, nobody, live=lambda *_: Lived(told=())))
    result = Result(scenarios=(*scenarios, peace), papers=tuple(papers), took=1.0)
    earned = {family: (each.detected, each.found, each.score) for family, each in result.families.items()}
    assert earned == {**dict.fromkeys(broken, (0, 0.0, 0.0)), Family.QUIET: (0, None, 1.0)}
    assert (result.total.detected, result.total.found, result.total.score) == (0, 0.0, 0.0)


def test_who_always_cries_earns_nothing(known, tmp_path):
    cry = "groups: [{name: g, rules: [{alert: Wolf, expr: vector(1), labels: {severity: page, reason: unmapped}}]}]\n"
    (tmp_path / "cry.yaml").write_text(cry, encoding="utf-8")
    paper = sit(scenario(), 1, monitoring(tmp_path / "cry.yaml"), live=lambda *_: known)
    assert paper.grade.false_pages == (Reason.UNMAPPED,)
    assert total([paper.grade]).score == 0.0


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("reason: gateway_unavailable", "reason: gateway_timeout", ["reason"]),
        ("slice: {channel: alpha}", "slice: {channel: beta}", ["slice"]),
        ("slice: {channel: alpha}", "slice: {}", ["slice"]),
        ("reason: gateway_unavailable", "reason: gateway_unavailable, blame: lender", ["blame"]),
        ("within: 30s", "within: 2s", ["in_time"]),
        ("resolves_within: 2m", "resolves_within: 5s", ["resolved"]),
    ],
)
def test_with_another_truth_the_same_incident_is_wrong(done, old, new, wrong):
    found = graded(done, SHORT.replace(old, new))
    assert [mark for mark in MARKS if not getattr(found.findings[0], mark)] == wrong
    assert not found.right


def test_what_the_truth_does_not_know_is_a_false_page(done):
    quiet = SHORT[: SHORT.index("truth:")]
    found = graded(done, quiet)
    assert (found.findings, found.false_pages, found.right) == ((), (Reason.GATEWAY_UNAVAILABLE,), False)
    beside = graded(done, f"{quiet}beside: [gateway_unavailable]\n")
    assert (beside.false_pages, beside.right) == ((), True)


def test_a_result_is_told_as_a_table_as_json_and_as_a_page(done):
    paper = Paper(grade=graded(done, SHORT), sketch=sketch(done), attempts=9, took=done.took, failures={})
    result = Result(scenarios=(scenario(),), papers=(paper,), took=2.0)
    told_as = io.StringIO()
    show(result, Console(file=told_as, width=160))
    assert re.search(r"short +yes +\d s +yes +yes +yes +yes +– +–", told_as.getvalue())
    assert "1 runs, 6m of scenarios in 2.0s" in told_as.getvalue()
    assert as_json(result)["runs"][0]["findings"][0]["expected"]["slice"] == {"channel": ["alpha"]}
    drawn = page(result)
    assert drawn.count("<svg") == drawn.count("</svg>") == 1
    assert "page: gateway_unavailable" in drawn
    assert not re.search(r"(?i)<script|https?://", drawn)
    assert drawn.count("<rect") == len(done.scenario.expected) + len(done.watched.incidents) + len(sketch(done).runs)
    assert "Truth: a page for gateway_unavailable (channel, channel alpha) from 2m to 4m." in drawn


def test_a_reason_has_the_same_colour_in_every_picture(done):
    drawn = sketch(done)
    papers = []
    for name, reasons in (("one", (Reason.SLOW_RESPONSE, Reason.UNMAPPED)), ("two", (Reason.UNMAPPED,))):
        each = replace(drawn, reasons=tuple((reason, drawn.attempts) for reason in reasons))
        grade = replace(graded(done, SHORT), name=name)
        papers.append(Paper(grade=grade, sketch=each, attempts=9, took=done.took, failures={}))
    scenarios = tuple(replace(scenario(), name=name) for name in ("one", "two"))
    written = page(Result(scenarios=scenarios, papers=tuple(papers), took=2.0))
    keys = re.findall(r'background:(#\w+)"></span>(\w+)', written)
    assert [name for _, name in keys] == ["attempts", "slow_response", "unmapped", "attempts", "unmapped"]
    assert len({colour for colour, name in keys if name == "unmapped"}) == 1
    assert len(set(keys)) == len({colour for colour, _ in keys}) == 3
    assert all(written.count(f'fill="{colour}"') for colour, _ in keys)


def test_in_a_narrow_terminal_only_what_was_wrong_is_told_in_words(done):
    wrong = SHORT.replace("gateway_unavailable, slice: {channel: alpha}", "gateway_timeout, slice: {channel: beta}")
    papers = [
        Paper(grade=graded(done, text), sketch=sketch(done), attempts=9, took=done.took, failures={})
        for text in (SHORT, wrong, wrong)
    ]
    result = Result(scenarios=(scenario(),), papers=tuple(papers), took=2.0)
    told_as = io.StringIO()
    show(result, Console(file=told_as, width=80))
    lines = told_as.getvalue().splitlines()
    assert re.search(r"short +\d s +other reason ×2, other slice ×2; gateway_unavailable for ", " ".join(lines))
    assert max(map(len, lines)) <= 80
    assert "…" not in told_as.getvalue()


def test_half_of_the_seeds_are_for_tuning_and_the_other_half_is_reported():
    assert reporting_seeds(3) == (1, 3, 5)
    assert tuning_seeds(3) == (2, 4, 6)


def test_an_exam_in_several_processes_gives_its_papers_in_order():
    tiny = [scenario("title: x\nfamily: quiet\nlasts: 30s\ncrowd: {rate: 2}\n", name=name) for name in ("one", "two")]
    heard = []
    result = examine(tiny, (1, 3), monitoring(), clock=StandingClock(), report=heard.append)
    assert [(paper.grade.name, paper.grade.seed) for paper in result.papers] == [
        ("one", 1), ("one", 3), ("two", 1), ("two", 3),
    ]  # fmt: skip
    assert len(heard) == 4
    assert (result.total.runs, result.total.calm, result.total.found) == (4, 1.0, None)


class StandingClock:
    def now(self):
        return 0.0

    def monotonic(self):
        return 0.0

    async def sleep_until(self, when):
        """Nobody waits."""
