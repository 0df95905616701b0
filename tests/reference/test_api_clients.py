"""Those who ask a Prometheus ask the monitor, and know no difference."""

import asyncio
import re

import pytest
from reference_clients import visit

from drawdown.series import Labels

pytestmark = pytest.mark.xdist_group("reference-clients")  # one visit serves them all


@pytest.fixture(scope="module")
def visited(promtool, vmalert, tmp_path_factory):
    return asyncio.run(visit(tmp_path_factory.mktemp("clients"), promtool=promtool, program=vmalert))


def lines(visited, name):
    code, output, errors = visited.told[name]
    assert (code, errors) == (0, "")
    return output.splitlines()


def test_promtool_reads_an_instant_vector(visited):
    found = [re.fullmatch(r'\{channel="(\w+)"\} => (\d+) @\[[\d.]+\]', line) for line in lines(visited, "instant")]
    assert [match[1] for match in found] == ["alpha", "beta", "gamma"]
    assert all(int(match[2]) > 0 for match in found)


def test_promtool_reads_a_range_that_counts_up(visited):
    head, *points = lines(visited, "range")
    counts = [int(re.fullmatch(r"(\d+) @\[\d+\]", point)[1]) for point in points]
    assert head == "{} =>"
    assert len(counts) == 5
    assert counts == sorted(counts)


def test_promtool_reads_series_and_labels(visited):
    assert lines(visited, "series") == [
        '{__name__="drawdown_notices_total", channel="terminal", result="failed"}',
        '{__name__="drawdown_notices_total", channel="terminal", result="sent"}',
    ]
    assert lines(visited, "labels") == ["alpha", "beta", "gamma", "other", "terminal"]


def test_promtool_sees_the_alert_as_a_series(visited):
    assert any('alertname="ChannelFailing"' in line and line.endswith("]") for line in lines(visited, "firing"))


def test_promtool_tells_what_is_wrong(visited):
    code, output, errors = visited.told["wrong"]
    assert (code, output) == (1, "")
    assert errors.startswith('query error: bad_data: invalid parameter "query": 1:4: parse error: ')


def test_vmalert_evaluates_every_shipped_rule_over_the_api(visited):
    assert {rule["health"] for rule in visited.rules} == {"ok"}
    assert {rule["lastError"] for rule in visited.rules} == {""}
    assert len(visited.rules) > 5


def test_vmalert_fires_the_same_alerts_with_the_same_labels_and_words(visited):
    ours, theirs = visited.firing
    assert ours == theirs
    assert (
        Labels(
            alertname="ChannelFailing",
            severity="page",
            origin="borrower",
            blame="channel",
            journey="app",
            channel="alpha",
            reason="gateway_timeout",
        )
        in ours
    )
