"""Rules are evaluated over a real Prometheus, and find the same incident as over the monitor's own series."""

import asyncio
from pathlib import Path

import pytest
from remote_story import LASTS, TOKEN, tell

from bench.differential.apart import compare_there

EXPRESSIONS = 80
pytestmark = pytest.mark.xdist_group("reference-remote")  # one run of the story serves them all


@pytest.fixture(scope="module")
def story(prometheus, tmp_path_factory):
    return asyncio.run(tell(tmp_path_factory.mktemp("remote"), prometheus))


def test_the_same_incident_opens_with_the_same_labels_give_or_take_a_scrape(story):
    (theirs,) = story.before.open
    (alert,) = theirs["alerts"]
    (ours,) = story.first.alerts
    assert {"alertname": alert["name"], **alert["labels"]} == dict(ours.labels)
    assert (ours.labels["alertname"], ours.labels["channel"]) == ("ChannelFailing", "alpha")
    assert theirs["opened_at"] == pytest.approx(story.first.opened_at, abs=2.5)


def test_every_rule_can_be_evaluated_over_a_real_prometheus(story):
    assert {rule["health"] for rule in story.before.rules} == {"ok"}
    assert {"ChannelFailing", "StepSlow", "NoBorrowerOutcomes", "SourceSilent"} <= {
        rule["name"] for rule in story.before.rules
    }


def test_what_rules_record_is_kept_here(story):
    (sample,) = story.recorded
    assert sample["metric"] == {
        "__name__": "drawdown:attempts:increase5s",
        "journey": "app",
        "channel": "alpha",
        "reason": "gateway_unavailable",
    }


def test_killed_and_started_again_it_holds_the_incident_open_and_tells_it_once(story):
    (before,), (after,) = story.before.open, story.after.open
    assert (after["line"]["id"], after["opened_at"]) == (before["line"]["id"], before["opened_at"])
    assert story.said.count("PAGE: ") == 1


def test_the_incident_resolves_when_the_fault_is_over(story):
    (resolved,) = story.end.recent
    assert story.end.open == ()
    assert resolved["id"] == story.before.open[0]["line"]["id"]
    assert LASTS - 3 < resolved["resolved_at"] - story.first.opened_at < LASTS + 10
    assert story.said.count("Resolved: ") == 1


def test_expressions_whose_parts_a_real_prometheus_answers_give_what_they_give_over_our_own_series(
    prometheus, tmp_path
):
    tally = asyncio.run(compare_there(EXPRESSIONS, tmp_path, seed=2, program=Path(prometheus)))
    assert "\n\n".join(tally.differences) == ""
    assert tally.filled > EXPRESSIONS * 0.4


def test_nothing_untidy_and_no_secret_is_said(story):
    assert TOKEN not in story.said
    assert not [word for word in ("Traceback", "Warning", "Unclosed", "never awaited", "error") if word in story.said]
