"""What a person writes: the scenarios that are shipped, and what is wrong in others, each with its place."""

import pytest
from scenario_texts import SHORT, scenario

from drawdown.errors import InvalidInput
from drawdown.reasons import Blame, Reason
from monitor.scenarios.reading import SHIPPED, load_scenarios
from monitor.scenarios.scenario import Family, OwnKind

SHIPPED_SCENARIOS = load_scenarios()


def problems(text):
    with pytest.raises(InvalidInput) as error:
        scenario(text)
    return [str(problem) for problem in error.value.problems]


def test_all_shipped_scenarios_can_be_read_and_are_many():
    assert [each.name for each in SHIPPED_SCENARIOS] == sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    quiet = [each for each in SHIPPED_SCENARIOS if each.family is Family.QUIET]
    assert len(quiet) >= 10
    assert len(SHIPPED_SCENARIOS) - len(quiet) >= 30
    assert all(bool(each.expected) is (each.family is not Family.QUIET) for each in SHIPPED_SCENARIOS)


def test_every_shipped_truth_can_still_be_seen_to_resolve():
    late = [
        each.name
        for each in SHIPPED_SCENARIOS
        for expected in each.expected
        if expected.ends_at + expected.resolves_within > each.start + each.seconds
    ]
    assert late == []


def test_a_truth_lasts_as_long_as_the_faults_and_blames_whom_the_reason_does():
    (expected,) = scenario().expected
    assert (expected.reason, expected.blame, expected.where) == (
        Reason.GATEWAY_UNAVAILABLE,
        Blame.CHANNEL,
        {"channel": ("alpha",)},
    )
    assert (expected.ends_at - expected.starts_at, expected.within) == (120.0, 30.0)


def test_the_world_and_the_crowd_are_changed_by_name():
    text = SHORT + "world:\n  channels: {alpha: {connections: 7}}\n  servers: {seconds: {login: 0.2}, patience: 2s}\n"
    found = scenario(text)
    assert [channel.connections for channel in found.world.channels] == [7, 48, 36]
    assert (found.world.servers.seconds["login"], found.world.servers.seconds["quota"]) == (0.2, 0.05)
    assert (found.world.servers.patience, found.demand.rate) == (2.0, 8.0)


def test_what_befalls_the_monitor_is_read():
    text = SHORT + "monitor:\n  - {what: clock_step, at: 1m, by: -30}\n  - {what: starved, from: 2m, to: 3m}\n"
    found = scenario(text)
    told = [(each.kind, each.starts_at - found.start, each.ends_at - found.start, each.by) for each in found.own]
    assert told == [(OwnKind.CLOCK_STEP, 60.0, 60.0, -30.0), (OwnKind.STARVED, 120.0, 180.0, 0.0)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title:", "titel:", "short.yaml:2:1: titel: unknown key; remove it or correct its spelling"),
        ("rate: 8", "rat: 8", "short.yaml:5:9: crowd.rat: unknown key 'rat'; did you mean rate?"),
        ("rate: 8", "rate: fast", "short.yaml:5:9: crowd.rate: 'fast' is not a duration"),
        (
            "{channel: alpha}, from",
            "{channel: omega}, from",
            "short.yaml:7:26: faults.0.where: matches nobody: there is no channel 'omega', only alpha, beta, gamma",
        ),
        (
            "{channel: alpha}, from",
            "{channel: alpha, bank: boc}, from",
            "short.yaml:7:26: faults.0.where: matches nobody: nobody of bank boc is paid by channel alpha",
        ),
        (
            "slice: {channel: alpha}",
            "slice: {channel: omega}",
            "short.yaml:9:35: truth.0.slice: matches nobody: there is no channel 'omega', only alpha, beta, gamma",
        ),
        (
            "slice: {channel: alpha}",
            "slice: {endpoint: login}",
            "short.yaml:9:35: truth.0.slice: a monitor does not see endpoint, only channel, bank, tier, region, app",
        ),
        (
            "from: 2m, to: 4m",
            "from: 4m, to: 2m",
            "short.yaml:7:61: faults.0.to: ends at 2m, which is not after its start at 4m",
        ),
        ("from: 2m, to: 4m", "from: 7m, to: 8m", "short.yaml:7:51: faults.0.from: the scenario is over by then"),
        ("lasts: 6m", "lasts: 0s", "short.yaml:4:1: lasts: must be more than 0"),
        ("rate: 8", "rate: -8", "short.yaml:5:9: crowd.rate: must be a number of 0 or more"),
        ("rate: 8", "rate: .nan", "short.yaml:5:9: crowd.rate: must be a number of 0 or more"),
        ("rate: 8", "rate: 9999", "short.yaml:5:1: crowd: makes about 3.6e+06 attempts; a run takes at most 2,000,000"),
        (
            "crowd: {rate: 8}",
            "world: {servers: {workers: 0}}",
            "short.yaml:5:9: world.servers: workers must be 1 or more",
        ),
        (
            "crowd: {rate: 8}",
            "world: {channels: {beta: {connections: 0}}}",
            "short.yaml:5:20: world.channels.beta: connections must be 1 or more",
        ),
        ("lasts: 6m", "lasts: 5m", "short.yaml:9:5: truth.0: must be resolved only at 6m, when the scenario is over"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old, new, expected):
    assert problems(SHORT.replace(old, new, 1))[0].startswith(expected)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (
            "{what: clock_step, from: 1m, by: 30}",
            [
                "short.yaml:11:5: monitor.0.at: is required and missing",
                "short.yaml:11:24: monitor.0.from: unknown key; remove it or correct its spelling",
            ],
        ),
        (
            "{what: starved, from: 2m, to: 1m}",
            ["short.yaml:11:31: monitor.0.to: ends at 1m, which is not after its start at 2m"],
        ),
        ("{what: starved, from: 9m, to: 10m}", ["short.yaml:11:5: monitor.0: the scenario is over by then"]),
        (
            "{what: starving, from: 1m, to: 2m}",
            ["short.yaml:11:6: monitor.0.what: unknown word 'starving'; known here: network_gone, starved, clock_step"],
        ),
    ],
)
def test_what_cannot_befall_a_monitor_is_told(own, expected):
    assert problems(f"{SHORT}monitor:\n  - {own}\n") == expected


def test_a_truth_can_name_many_values_of_a_slice():
    (expected,) = scenario(SHORT.replace("slice: {channel: alpha}", "slice: {tier: [B, C]}")).expected
    assert expected.where == {"tier": ("B", "C")}
    strange = SHORT.replace("slice: {channel: alpha}", "slice: {tier: [B, X]}")
    assert problems(strange)[0].startswith("short.yaml:9:35: truth.0.slice: matches nobody: there is no tier 'X'")


def test_a_probe_runs_every_half_minute_unless_another_time_is_written_or_none():
    assert scenario().probe.every == 30.0
    assert scenario(SHORT + "probe: {every: 5s}\n").probe.every == 5.0
    assert scenario(SHORT + "probe: false\n").probe is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{every: 500ms}", "short.yaml:10:9: probe.every: "),
        ("{evry: 5s}", "short.yaml:10:9: probe.evry: unknown key"),
        ("5s", "short.yaml:10:1: probe: "),
    ],
)
def test_what_cannot_be_a_probe_is_told(written, expected):
    assert [each.partition(expected)[1] for each in problems(f"{SHORT}probe: {written}\n")] == [expected]


def test_a_truth_without_faults_must_say_how_long_it_lasts():
    text = "title: x\nfamily: quiet\nlasts: 5m\ntruth:\n  - {reason: monitor_fault}\n"
    assert problems(text) == ["short.yaml:5:5: truth.0: there is no fault to last as long as; write `from` and `to`"]


def test_a_name_that_is_not_known_is_told_with_those_that_are_near():
    with pytest.raises(InvalidInput) as error:
        load_scenarios(["chanels-down"])
    assert str(error.value) == "chanels-down: unknown scenario 'chanels-down'; did you mean channels-down?"
