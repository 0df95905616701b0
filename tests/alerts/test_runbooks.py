"""The runbooks: one for each alert, with all that is looked for at night, and nothing in them that is not there."""

import re
from pathlib import Path

import pytest

from alerts.promql import parse, selectors
from alerts.rule import AlertRule, load_rule_files
from alerts.thresholds import places, thresholds
from drawdown.catalogue import SERIES_LABELS
from drawdown.document import read_document
from drawdown.reasons import Reason

ROOM = Path(__file__).parents[2] / "alerts" / "rules"
PAGES = {path.stem: path for path in sorted((ROOM / "runbooks").glob("*.md"))}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
WATCH = ROOM.parent / "remote" / "watch.yaml"
"""What is added where rules are evaluated over another Prometheus."""
GROUPS = load_rule_files([read_document(path) for path in (*sorted(ROOM.glob("*.yaml")), WATCH)])
RULES = {rule.name: rule for group in GROUPS for rule in group.rules}
ALERTS = {name: rule for name, rule in RULES.items() if isinstance(rule, AlertRule)}

HEADINGS = [
    "## What it means",
    "## Who is hit",
    "## How it is decided",
    "## First steps",
    "## Is it a false alarm",
    "## How it ends",
    "## Whom to call",
    "## Related",
    "## 中文",
    "### 含义",
    "### 影响",
    "### 判定",
    "### 处置步骤",
    "### 是否误报",
    "### 恢复",
    "### 联系",
]
KNOWN = {*SERIES_LABELS, *RULES, "ALERTS", "up", ""}


def test_every_alert_has_its_page_and_every_page_its_alert():
    assert set(TEXTS) == set(ALERTS)


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_has_all_headings_in_their_order(name):
    lines = TEXTS[name].splitlines()
    assert lines[0].startswith(f"# {name} · ")
    assert [line for line in lines if line.startswith("##")] == HEADINGS


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_names_thresholds_as_they_are(name):
    named = {each: float(value) for each, value in re.findall(r"`(\w+)` = ([\d.]+\d|\d)", TEXTS[name])}
    assert named == {each: thresholds()[each].value for each in named}


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_names_every_threshold_of_its_alert(name):
    used = {threshold for threshold, _ in places(ALERTS[name].expression.text)}
    assert used <= set(re.findall(r"`(\w+)` = ", TEXTS[name]))


@pytest.mark.parametrize("name", TEXTS)
def test_the_queries_of_a_page_can_be_asked(name):
    blocks = re.findall(r"```promql\n(.*?)```", TEXTS[name], re.DOTALL)
    queries = [line for block in blocks for line in block.splitlines()]
    assert queries
    for query in queries:
        for selector in selectors(parse(query)):
            assert (selector.name or "") in KNOWN, query
            strange = {matcher.name for matcher in selector.matchers} - {"__name__"}
            assert strange <= SERIES_LABELS.get(selector.name or "", strange), query


@pytest.mark.parametrize("name", TEXTS)
def test_the_links_of_a_page_lead_somewhere(name):
    for link in re.findall(r"\]\(([^)]+)\)", TEXTS[name]):
        path, _, anchor = link.partition("#")
        assert not path or (PAGES[name].parent / path).resolve().is_file(), link
        assert not path.endswith("reasons.md") or anchor in set(Reason), link
