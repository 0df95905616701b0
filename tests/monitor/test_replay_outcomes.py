"""Recorded outcomes played to the shipped rules."""

import random
import re

import pytest
from replay_recordings import EPOCH, SHIPPED, ask, outcome, written

from drawdown.errors import InvalidInput
from drawdown.outcome import Origin
from monitor.replay.outcomes import survey

FAILED = {"outcome": "failed", "reason": "gateway_timeout", "step": "payout", "channel": "alpha", "explained": False}


def lines(seconds, *, rate=5, bad=range(0)):
    """Some attempts a second; those of channel alpha fail in the seconds of `bad`."""
    for number in range(seconds * rate):
        at = number / rate
        hit = int(at) in bad and number % 3
        yield outcome(number, EPOCH + at, **(FAILED if hit else {}))


def recorded(folder, text_lines, name="outcomes.ndjson"):
    return written(folder, "".join(f"{line}\n" for line in text_lines), name)


@pytest.mark.parametrize("name", ["outcomes.ndjson", "outcomes.ndjson.gz"])
def test_the_shipped_rules_would_have_told_of_a_channel_that_failed(tmp_path, name):
    report = ask([SHIPPED], recorded(tmp_path, lines(120, bad=range(40, 70)), name))
    [incident] = report.as_json()["incidents"]
    assert (incident["reason"], incident["journey"], incident["severity"]) == ("gateway_timeout", "app", "page")
    opened = report.replay.incidents[0].opened_at - EPOCH
    assert 40 < opened < 50
    assert 70 < report.replay.incidents[0].resolved_at - EPOCH < 100
    assert "channel alpha" in incident["notices"][0]["text"]
    assert incident["opened_in"] is None
    assert (report.lines, report.duplicates, report.refusals.count) == (600, 0, 0)


def test_the_version_that_alone_failed_is_named_where_lines_tell_it(tmp_path):
    versions = ({"app_version": "5.2"}, {"app_version": "5.1"}, {"app_version": "4.9", **FAILED, "channel": "beta"})
    healthy = [outcome(n, EPOCH + n / 5, **versions[n % 2]) for n in range(200)]
    broken = [outcome(n, EPOCH + n / 5, **versions[n % 3]) for n in range(200, 400)]
    report = ask([SHIPPED], recorded(tmp_path, [*healthy, *broken]))
    text = report.as_json()["incidents"][0]["notices"][-1]["text"]
    assert re.search(r"app version 4\.9 \((\d+) of \1 attempts\), other app versions normal", text)


def test_a_replay_is_the_same_however_the_lines_are_shuffled(tmp_path):
    ordered = list(lines(100, bad=range(30, 60)))
    shuffled = random.Random(1).sample(ordered, len(ordered))
    straight = ask([SHIPPED], recorded(tmp_path, ordered, "a.ndjson"))
    mixed = ask([SHIPPED], recorded(tmp_path, shuffled, "b.ndjson"))
    assert [one.opened_at for one in straight.replay.incidents] == [one.opened_at for one in mixed.replay.incidents]
    assert straight.replay.incidents
    assert (mixed.lines, mixed.refusals.count) == (500, 0)


def test_rules_may_look_less_often(tmp_path):
    report = ask([SHIPPED], recorded(tmp_path, lines(100)), interval=5.0)
    assert report.replay.tempo.step == 5
    assert report.replay.incidents == ()
    assert report.lines == 500


def test_bad_lines_are_told_with_their_number_and_good_ones_are_kept(tmp_path):
    good = list(lines(20))
    bad = [
        "{",
        '{"id": "x"}',
        outcome(901, EPOCH + 3, outcome="lost"),
        outcome(902, EPOCH + 3, colour="red"),
        outcome(903, EPOCH + 400 * 86_400),
        outcome(904, "2025-11-24T16:00:00"),
        good[3],
    ]
    report = ask([SHIPPED], recorded(tmp_path, [*good, *bad, "", *bad[:1]]))
    assert (report.lines, report.duplicates, report.refusals.count) == (100, 1, 7)
    told = sorted((problem.place.line, problem.message.split(":")[0]) for problem in report.refusals.problems)
    assert told == [
        (101, "body"),
        (102, "journey"),
        (103, "outcome"),
        (104, "colour"),
        (105, "lies more than a month from the other lines; is its time right?"),
        (106, "started_at"),
        (109, "body"),
    ]


def test_a_line_that_goes_back_further_than_the_collector_takes_is_refused(tmp_path):
    many = [outcome(number, EPOCH + 5000) for number in range(1, 10_010)]
    text = [outcome(0, EPOCH), *many, outcome(20_000, EPOCH + 1), outcome(20_001, EPOCH + 4000)]
    report = ask([SHIPPED], recorded(tmp_path, text), interval=600.0)
    [problem] = report.refusals.problems
    assert (problem.place.line, problem.message) == (10_011, "started_at: lies 1h 29m back; at most 1h is taken")
    assert report.lines == 10_011


@pytest.mark.parametrize("text", ["", "\n\n", "[1, 2]\n", "id,journey\n"])
def test_a_file_without_an_outcome_is_refused(tmp_path, text):
    with pytest.raises(InvalidInput, match="holds no outcome"):
        ask([SHIPPED], written(tmp_path, text, "outcomes.ndjson"))


def test_the_words_are_those_that_are_used(tmp_path):
    steps = [{"name": name, "duration": 0.1} for name in ("login", "pay")]
    path = recorded(tmp_path, [outcome(1, EPOCH, steps=steps), outcome(2, EPOCH + 9, journey="web", tier="B")])
    found = survey(path)
    assert (found.first, found.last) == (EPOCH + 0.5, EPOCH + 9.5)
    app = found.vocabulary.words(Origin.BORROWER, "app")
    assert app.steps == ("login", "pay")
    assert {name: set(values) for name, values in app.slices.items()} == {
        "channel": {"alpha"},
        "bank": {"icbc"},
        "tier": {"A", "B"},
    }
    assert found.vocabulary.names(Origin.BORROWER) == ("app", "web")


def test_a_flood_of_words_makes_no_flood_of_series(tmp_path):
    path = recorded(tmp_path, [outcome(n, EPOCH + n, bank=f"bank-{n}", channel=f"way-{n % 50}") for n in range(500)])
    words = survey(path).vocabulary.words(Origin.BORROWER, "app")
    assert len(list(words.combinations())) <= 200
    assert len(words.slices["channel"]) > 5


def test_what_looks_personal_is_no_word(tmp_path):
    path = recorded(tmp_path, [outcome(n, EPOCH + n, channel="13800138000", tier="a@example.com") for n in range(9)])
    words = survey(path).vocabulary.words(Origin.BORROWER, "app")
    assert words.slices == {"channel": (), "bank": ("icbc",), "tier": ()}
