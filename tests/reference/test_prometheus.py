"""A real Prometheus scrapes the monitor, loads its rule file unchanged, and says of the same faults the same."""

import asyncio
import subprocess

import pytest
from reference_story import END, LASTS, RULES, tell

from drawdown.series import NAME

pytestmark = pytest.mark.xdist_group("reference")  # one run of the story serves them all

SCRAPED = ("instance", "job")


@pytest.fixture(scope="module")
def story(prometheus, tmp_path_factory):
    return asyncio.run(tell(tmp_path_factory.mktemp("reference"), prometheus))


def test_a_silent_channel_fires_the_same_alert_with_the_same_labels_and_words(story):
    ours, theirs = story.ours.firing[0], story.theirs.firing[0]
    assert ours == theirs
    (labels,) = ours
    assert dict(labels) == {
        "alertname": "ChannelFailing",
        "severity": "page",
        "origin": "borrower",
        "blame": "channel",
        "journey": "app",
        "channel": "alpha",
        "reason": "gateway_timeout",
    }


def test_a_new_identity_step_fires_the_same_alert_with_the_same_labels_and_words(story):
    ours, theirs = story.ours.firing[1], story.theirs.firing[1]
    assert ours == theirs
    assert ("PolicyBlocking", "identity_required", "risk") in {
        (labels["alertname"], labels["reason"], labels["blame"]) for labels in ours
    }


def test_nothing_else_ever_fires_in_either_of_the_two(story):
    assert story.ours.spans.keys() == story.theirs.spans.keys()
    assert {(labels["alertname"], labels["reason"]) for labels in story.ours.spans} == {
        ("ChannelFailing", "gateway_timeout"),
        ("PolicyBlocking", "identity_required"),
    }


def test_alerts_start_and_end_in_both_at_the_same_time_give_or_take_an_evaluation(story):
    for alert, span in story.ours.spans.items():
        assert span == pytest.approx(story.theirs.spans[alert], abs=2.5)


def test_an_alert_outlasts_its_fault_and_ends(story):
    ends = {labels["reason"]: end - start for labels, (start, end) in story.theirs.spans.items()}
    assert LASTS < ends["gateway_timeout"] < END - 1


def test_every_series_of_the_store_is_scraped_or_recorded_under_the_same_labels(story):
    scraped = {series.without(*SCRAPED) for series in story.theirs.series if ":" not in series[NAME]}
    recorded = {series for series in story.theirs.series if ":" in series[NAME]}
    assert len(story.ours.series) > 500
    assert scraped | recorded == story.ours.series


def test_the_headline_indicator_is_the_same_in_promql_in_our_engine_and_on_the_console(story):
    second = 1 / 30  # what the attempts of one second weigh: the two do not sample at the same moment
    assert 0.2 < story.ours.share < 0.9
    assert story.theirs.share == pytest.approx(story.ours.share, abs=1.5 * second)
    assert story.theirs.share_since_start == pytest.approx(story.ours.share_since_start, abs=second)
    assert story.console_share == pytest.approx(story.theirs.share_since_start, abs=second)


def test_promtool_finds_nothing_wrong_with_the_rules_and_the_live_metrics(story, promtool):
    rules = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    metrics = subprocess.run([promtool, "check", "metrics"], input=story.page, capture_output=True, check=False)
    assert (rules.returncode, rules.stderr) == (0, "")
    assert (metrics.returncode, metrics.stdout, metrics.stderr) == (0, b"", b"")
