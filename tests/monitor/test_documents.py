"""What the documents show is tried."""

import re
from pathlib import Path

import msgspec
import pytest

from alerts.remote.settings import PrometheusSettings
from alerts.ruletest import Library, run_file
from alerts.template import NOWHERE
from drawdown.codes import merged
from drawdown.document import load_document
from drawdown.reasons import Reason
from monitor.config import built_in_codes, load_config
from probes.journey import load_journey

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ENVIRONMENT = {
    "LENDER_PASSWORD": "pass-word",
    "OUTCOMES_TOKEN": "a-long-token",
    "ONCALL_WEBHOOK": "https://example.com/hook",
    "WATCHDOG_URL": "https://snitch.example/token",
}


def block(page, language):
    return re.search(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)[1]


def test_the_configuration_on_its_page_is_valid(tmp_path):
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "drawdown.yaml").write_text(block("journeys.md", "yaml"), encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("groups: []\n", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "device").write_text("device-1\n", encoding="utf-8")
    path = tmp_path / "monitor.yaml"
    path.write_text(block("configuration.md", "yaml"), encoding="utf-8")
    config = load_config(path, environment=ENVIRONMENT)
    assert [journey.name for journey in config.journeys] == ["drawdown"]
    assert config.secrets == {*ENVIRONMENT.values(), "device-1"}


def test_the_source_of_rules_on_its_page_is_valid(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("groups: []\n", encoding="utf-8")
    path = tmp_path / "monitor.yaml"
    path.write_text(block("prometheus-source.md", "yaml"), encoding="utf-8")
    config = load_config(path, environment={"PROMETHEUS_TOKEN": "a-long-token"})
    source = config.settings.alerts.source.prometheus
    defaults = PrometheusSettings(url="https://prometheus.example")
    shown = {"url", "auth", "headers", "tls"}
    assert source.model_dump(exclude=shown) == defaults.model_dump(exclude=shown)
    assert source.model_fields_set == set(PrometheusSettings.model_fields)
    assert (source.auth.bearer.get_secret_value(), source.host) == ("a-long-token", "prometheus.example")


def test_the_journey_on_its_page_is_valid():
    document = load_document(block("journeys.md", "yaml"), source="docs/journeys.md")
    codes = merged(built_in_codes(), {"mylender": {"E1": Reason.OVERDUE}})
    journey = load_journey(document, variables=frozenset({"base_url", "phone", "password"}), codes=codes)
    assert journey.step_names == ("login", "submit", "payout", "reverse")


def test_the_outcome_on_its_page_is_json():
    assert msgspec.json.decode(block("outcomes.md", "json"))["journey"] == "app"


@pytest.mark.parametrize("page", [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "bench" / "README.md"], ids=str)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_rule_test_on_its_page_runs(tmp_path):
    rule = "{alert: Down, expr: up == 0, labels: {severity: page}, annotations: {summary: '{{ $labels.job }} is down'}}"
    (tmp_path / "rules.yaml").write_text(f"groups: [{{name: g, rules: [{rule}]}}]", encoding="utf-8")
    path = tmp_path / "down_test.yaml"
    text = block("rule-tests.md", "yaml").replace("group_eval_order: [first, second]", "group_eval_order: [g]")
    path.write_text(text, encoding="utf-8")
    verdict = run_file(path, Library())
    assert (verdict.problems, verdict.failures) == ((), ())


def test_every_function_of_templates_is_on_its_page():
    page = (DOCS / "templates.md").read_text(encoding="utf-8")
    missing = [name for name in NOWHERE.functions if f"`{name}" not in page]
    assert missing == []
