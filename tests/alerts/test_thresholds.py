"""The named numbers of rules: what can be set, where it goes, and that every place of the shipped files has one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rule import load_rules
from alerts.settings import AlertSettings
from alerts.thresholds import Unit, checked, number, places, set_thresholds, thresholds, with_thresholds
from drawdown.document import load_document, read_document
from drawdown.series import Labels

ROOM = Path(__file__).parents[2] / "alerts" / "rules"
FILES = sorted(ROOM.glob("*.yaml"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}
PLACES = [place for text in TEXTS.values() for place in places(text)]

RULES = """
groups:
  - name: some
    rules:
      - record: bad:share
        expr: |
          bad / (
            all
            >= 10 # threshold quick_attempts
          )
      - alert: Bad
        expr: |
          bad:share > 0.1 # threshold channel_failing_share
        annotations:
          summary: >-
            in the last 20 s more than
            {{ 0.1 | humanizePercentage }}{{/* threshold channel_failing_share */}},
            of {{ 10 }}{{/* threshold quick_attempts */}}
"""


def test_every_number_in_a_shipped_file_is_the_one_that_its_name_stands_for():
    assert [(name, thresholds()[name].value) for name, _ in PLACES] == PLACES


def test_every_threshold_is_used():
    assert {name for name, _ in PLACES} == set(thresholds())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_comparison_with_a_number_other_than_nothing_has_a_name(text):
    document = load_document(text, source="rules.yaml")
    expressions = [rule["expr"] for group in document.value["groups"] for rule in group["rules"]]
    bare = [line for expr in expressions for line in expr.splitlines() if _compares(line) and "# threshold" not in line]
    assert [line for line in bare if "> 0" not in line and "== 0" not in line and "count_over_time" not in line] == []


def _compares(line):
    return any(f"{sign} {digit}" in line for sign in (">", ">=", "<", "==") for digit in range(10))


def test_a_threshold_is_set_in_expressions_and_in_texts_alike():
    document = with_thresholds(
        load_document(RULES, source="rules.yaml"), {"channel_failing_share": 0.25, "quick_attempts": 30}
    )
    (group,) = load_rules(document, catalogue=None)
    recorded, alert = group.rules
    assert ">= 30 # threshold quick_attempts" in recorded.expression.text
    assert alert.expression.text == "bad:share > 0.25 # threshold channel_failing_share\n"
    said = alert.annotations["summary"].render(Labels(), 0.5)
    assert said == "in the last 20 s more than 25%, of 30"


@given(st.dictionaries(st.sampled_from(sorted(thresholds())), st.floats(1e-6, 1.0), max_size=5))
def test_what_is_set_is_found_again_and_all_else_is_as_it_was(values):
    text = TEXTS["slow.yaml"]
    changed = set_thresholds(text, values)
    assert list(places(changed)) == [(name, values.get(name, value)) for name, value in places(text)]
    assert set_thresholds(changed, {name: thresholds()[name].value for name in values}) == text


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (14.4, "14.4"), (3.0, "3"), (10_000.0, "10000")])
def test_a_number_is_written_as_in_the_rules(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"channel_failing_shares": 0.1}, "there is no threshold channel_failing_shares; did you mean"),
        ({"zzz": 0.1}, "there is no threshold zzz"),
        ({"channel_failing_share": 10}, "channel_failing_share cannot be 10; it is a share above 0 and up to 1"),
        ({"channel_failing_count": 0}, "channel_failing_count cannot be 0; it is a number above 0"),
        ({"burn_fast": float("nan")}, "burn_fast cannot be nan"),
        ({"burn_fast": float("inf")}, "burn_fast cannot be inf"),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_name(values, message):
    with pytest.raises(ValueError, match=message):
        checked(values)


def test_the_settings_refuse_what_is_no_threshold():
    with pytest.raises(ValueError, match="did you mean lender_failing_share"):
        AlertSettings(thresholds={"lender_failing_shar": 0.1})


def test_every_threshold_says_what_it_is_and_when_to_change_it():
    assert all(each.meaning and each.change.endswith(".") for each in thresholds().values())
    assert all(0 < each.value <= 1 for each in thresholds().values() if each.unit is Unit.SHARE)


def test_a_file_without_thresholds_is_left_as_it_is(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("groups: [{name: own, rules: [{record: a, expr: b > 1}]}]", encoding="utf-8")
    assert with_thresholds(read_document(path), {"burn_fast": 2.0}).value["groups"][0]["rules"][0]["expr"] == "b > 1"
