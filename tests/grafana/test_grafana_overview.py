"""The dashboard asks only for what exists, says what it shows, and lies flat."""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from alerts.promql import grouping_labels, metric_names, parse, selectors
from drawdown.catalogue import METRICS, SERIES_LABELS
from drawdown.series import NAME
from grafana.overview import OVERVIEW

ROOM = Path(__file__).parents[2] / "grafana"
PAGE = json.loads((ROOM / "dashboards" / "overview.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in PAGE["panels"] if panel["type"] != "row"]
ALERTS = {"ALERTS": frozenset({"alertname", "alertstate", "reason"})}
KNOWN = {**SERIES_LABELS, **ALERTS}
QUERIES = [query for row in OVERVIEW.rows for panel in row.panels for query in panel.queries]


def parsed(text):
    return parse(text.replace("$__rate_interval", "1m"))


def by_title(panel):
    return panel["title"]


def test_the_committed_dashboard_is_what_the_code_builds():
    build = pytest.importorskip("grafana.build", reason="the Grafana Foundation SDK is not installed")
    committed = {path.name: path.read_text(encoding="utf-8") for path in build.FOLDER.glob("*.json")}
    assert committed == build.texts(), "run `python -m grafana.build`"


@pytest.mark.parametrize("query", [*QUERIES, OVERVIEW.marks], ids=lambda query: query.expression[:60])
def test_a_query_parses_and_names_only_metrics_and_labels_of_the_catalogue(query):
    expression = parsed(query.expression)
    assert metric_names(expression) <= set(KNOWN)
    labels = frozenset().union(*(KNOWN[selector.name] for selector in selectors(expression)))
    for selector in selectors(expression):
        assert {matcher.name for matcher in selector.matchers} - {NAME} <= KNOWN[selector.name]
    assert grouping_labels(expression) <= labels
    shown = {part.split("}}")[0] for part in query.legend.split("{{")[1:]}
    assert shown <= labels


def test_every_query_of_the_code_is_on_the_page():
    assert [target["expr"] for panel in PANELS for target in panel["targets"]] == [q.expression for q in QUERIES]
    assert PAGE["annotations"]["list"][0]["expr"] == OVERVIEW.marks.expression


def test_every_metric_that_tells_of_borrowers_or_of_the_monitor_is_on_the_page():
    names = {name for query in QUERIES for name in metric_names(parsed(query.expression))}
    unseen = {metric.name for metric in METRICS if not names & set(metric.series_names)}
    assert unseen == {
        "drawdown_attempt_duration_seconds",  # the steps' latency says more
        "drawdown_last_attempt_timestamp_seconds",  # for rules
        "drawdown_labels_folded_total",  # for whoever edits the configuration
        "drawdown_probe_start_lag_seconds",  # missed runs say it
    }


def test_variables_list_labels_that_their_metric_has():
    variables = {each["name"]: each for each in PAGE["templating"]["list"]}
    assert set(variables) == {"datasource", "origin", "journey", "channel"}
    for variable in OVERVIEW.variables:
        assert variable.name in SERIES_LABELS[variable.metric]
        assert variables[variable.name]["query"] == f"label_values({variable.metric}, {variable.name})"


@pytest.mark.parametrize("panel", PANELS, ids=by_title)
def test_a_panel_says_what_it_shows_in_which_unit(panel):
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"


def test_titles_and_ids_are_unique():
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len({panel["id"] for panel in PAGE["panels"]}) == len(PAGE["panels"])


def test_panels_do_not_overlap_and_fit_the_grid():
    for panel in PAGE["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
    for one, two in combinations((panel["gridPos"] for panel in PAGE["panels"]), 2):
        beside = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        above = one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]
        assert beside or above


def test_every_row_of_panels_is_filled():
    lines = {}
    for panel in PAGE["panels"]:
        lines.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"]["w"])
    assert {sum(widths) for widths in lines.values()} == {24}


def test_the_provisioning_files_are_what_grafana_reads():
    source = yaml.safe_load((ROOM / "provisioning" / "datasources" / "drawdown.yaml").read_text(encoding="utf-8"))
    pages = yaml.safe_load((ROOM / "provisioning" / "dashboards" / "drawdown.yaml").read_text(encoding="utf-8"))
    assert (source["apiVersion"], source["datasources"][0]["type"]) == (1, "prometheus")
    assert (pages["apiVersion"], pages["providers"][0]["type"]) == (1, "file")


def test_the_dashboard_can_be_read_without_the_sdk():
    """The SDK is there for development alone."""
    script = (
        "import sys; sys.modules['grafana_foundation_sdk'] = None\n"
        "from grafana.overview import OVERVIEW; print(OVERVIEW.uid)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "drawdown-overview\n"
