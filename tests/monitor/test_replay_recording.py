"""Counts played to rules."""

import asyncio

import pytest
from replay_recordings import HOURLY, ask, columns, hour, read, written

from alerts.promql import evaluate, parse
from collector.store import Store
from drawdown.clock import run_virtually
from drawdown.errors import InvalidInput
from monitor.replay.player import play
from monitor.replay.recording import CountsRecording

HEADER = "hour,kind,tries,wins\n"
RULES = """
groups:
  - name: kinds
    interval: 1h
    rules:
      - record: kind:tries:1h
        expr: sum by (kind) (increase(tries_total[1h]))
      - alert: ManyTries
        expr: kind:tries:1h > 50
        labels: {severity: page}
        annotations: {summary: '{{ $value }} tries of {{ $labels.kind }}'}
"""


def seen(recording, text):
    """What an expression says each time that rules look."""
    store = Store(retention=1e9, step=recording.tempo.step)
    return [
        dict(zip(map(repr, vector.labels), vector.values.tolist(), strict=True))
        for at in recording.play(store)
        for vector in [evaluate(parse(text), store, at)]
    ]


def recording(folder, amounts, *, interval=3600.0, header=HEADER):
    lines = "".join(f"{hour(number)},a,{tries},0\n" for number, tries in amounts.items())
    counts, _ = read(folder, header + lines)
    return CountsRecording(counts, zone=columns().time.zone, interval=interval)


def test_an_increase_over_one_step_is_what_the_line_says(tmp_path):
    tries = seen(recording(tmp_path, {0: 7, 1: 1, 2: 333, 3: 0, 4: 10**9}), "increase(tries_total[1h])")
    assert [row.get('{kind="a"}') for row in tries] == [None, 7, 1, 333, 0, 10**9]


def test_a_step_without_a_line_counts_nothing(tmp_path):
    tries = seen(recording(tmp_path, {0: 7, 3: 5}), "increase(tries_total[1h])")
    assert [row.get('{kind="a"}') for row in tries] == [None, 7, 0, 0, 5]


def test_a_kind_that_comes_later_was_at_nought_before(tmp_path):
    counts, _ = read(tmp_path, f"{HEADER}{hour(0)},a,1,0\n{hour(1)},b,9,0\n")
    tries = seen(CountsRecording(counts, zone=columns().time.zone, interval=3600.0), "increase(tries_total[1h])")
    assert [row.get('{kind="b"}') for row in tries] == [None, 0, 9]


@pytest.mark.parametrize(("interval", "looks"), [(float("inf"), 2), (3600, 2), (1800, 4), (1000, 8), (0.001, 512)])
def test_rules_that_look_more_often_find_samples_as_often(tmp_path, interval, looks):
    played = recording(tmp_path, {0: 100, 1: 200}, interval=interval)
    tries = [sum(row.values()) for row in seen(played, "tries_total")]
    assert len(tries) == 1 + looks
    assert tries[0] == 0
    assert tries[-1] == 300
    assert tries == sorted(tries)


def test_the_incident_that_would_have_been_opens_with_the_step_that_shows_it(tmp_path):
    amounts = dict.fromkeys(range(10), 20) | {4: 80, 5: 90}
    lines = "".join(f"{hour(number)},a,{tries},0\n" for number, tries in amounts.items())
    rules = written(tmp_path, RULES, "rules.yaml")
    report = ask([rules], written(tmp_path, HEADER + lines), columns=columns())
    [incident] = report.as_json()["incidents"]
    assert incident["opened_at"] == "2025-03-01T05:00:00+00:00"
    assert incident["opened_in"] == ["2025-03-01T04:00:00+00:00", "2025-03-01T05:00:00+00:00"]
    assert incident["resolved_at"] == "2025-03-01T07:00:00+00:00"
    assert [(alert["name"], alert["labels"]) for alert in incident["alerts"]] == [
        ("ManyTries", {"kind": "a", "severity": "page"})
    ]
    opened, resolved = incident["notices"]
    assert (opened["change"], opened["at"]) == ("opened", "2025-03-01T05:00:00+00:00")
    assert opened["text"].endswith("Seen by: 80 tries of a")
    assert resolved["change"] == "resolved"
    assert (report.lines, report.refusals.count, report.notes) == (10, 0, ())


def test_what_still_fires_at_the_end_stays_open(tmp_path):
    rules = written(tmp_path, RULES, "rules.yaml")
    report = ask([rules], written(tmp_path, f"{HEADER}{hour(0)},a,5,0\n{hour(1)},a,60,0\n"), columns=columns())
    [incident] = report.as_json()["incidents"]
    assert (incident["opened_at"], incident["resolved_at"]) == ("2025-03-01T02:00:00+00:00", None)


def test_more_incidents_than_a_page_shows_are_all_told(tmp_path):
    amounts = {number: 80 if number % 3 == 0 else 20 for number in range(300)}
    lines = "".join(f"{hour(number)},a,{tries},0\n" for number, tries in amounts.items())
    report = ask([written(tmp_path, RULES, "rules.yaml")], written(tmp_path, HEADER + lines), columns=columns())
    assert len(report.replay.incidents) == 100
    assert len(report.replay.notices) == 200


def test_it_stops_when_it_is_cancelled(tmp_path):
    played, told = recording(tmp_path, dict.fromkeys(range(9), 1)), []

    async def cancelled():
        def report(at):
            told.append(at)
            asyncio.current_task().cancel()

        with pytest.raises(asyncio.CancelledError):
            await play(played, (), report=report)

    run_virtually(cancelled())
    assert told == [played.tempo.start]


def test_rules_that_can_see_nothing_are_told(tmp_path):
    text = RULES.replace("[1h]", "[20s]").replace("tries_total", "trys_total")
    report = ask(
        [written(tmp_path, text, "rules.yaml")], written(tmp_path, f"{HEADER}{hour(0)},a,1,0\n"), columns=columns()
    )
    assert report.notes == (
        "the rule kind:tries:1h reads trys_total, which is neither a counter of the file nor recorded by a rule",
        "the rule kind:tries:1h looks at 20s, and samples are 30m apart: it needs two of them",
    )


def test_a_rule_that_fails_is_told_with_its_reason(tmp_path):
    text = RULES.replace("kind:tries:1h > 50", "tries_total + on () wins_total")
    lines = f"{HEADER}{hour(0)},a,1,0\n{hour(0)},b,1,0\n"
    report = ask([written(tmp_path, text, "rules.yaml")], written(tmp_path, lines), columns=columns())
    assert list(report.replay.failures) == ["ManyTries"]
    assert report.replay.failures["ManyTries"]


def test_all_that_is_wrong_with_the_rules_is_told_at_once(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        ask([tmp_path / "gone.yaml", tmp_path / "gone too.yaml"], tmp_path / "x.csv", columns=columns(HOURLY))
    assert len(caught.value.problems) == 2
