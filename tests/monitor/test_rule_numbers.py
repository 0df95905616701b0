"""`drawdown-monitor rules set`: rule files with other numbers."""

import pytest
from typer.testing import CliRunner

from alerts.rule import load_rule_files
from alerts.thresholds import places
from drawdown.document import read_document
from monitor.config import SHIPPED_RULES
from monitor.rules import app


def typed(*arguments):
    return CliRunner().invoke(app, ["set", *map(str, arguments)])


def test_the_shipped_files_are_written_with_other_numbers_and_are_valid(tmp_path):
    done = typed(
        "--threshold", "availability_objective=0.999", "--threshold", "step_slow_seconds=4", "--into", tmp_path
    )
    assert done.exit_code == 0, done.output
    written = sorted(tmp_path.glob("*.yaml"))
    assert [path.name for path in written] == sorted(path.name for path in SHIPPED_RULES.glob("*.yaml"))
    assert load_rule_files([read_document(path) for path in written])
    found = dict(places((tmp_path / "slow.yaml").read_text(encoding="utf-8")))
    assert found["availability_objective"] == 0.999
    assert f"{tmp_path / 'drawdown.yaml'}: 3 places set" in done.output.replace("\n", "")


def test_own_files_are_written_too(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text('groups: [{name: a, rules: [{record: a, expr: "b > 1 # threshold burn_fast"}]}]', encoding="utf-8")
    assert typed(own, "--threshold", "burn_fast=2", "--into", tmp_path / "new").exit_code == 0
    assert "b > 2 # threshold burn_fast" in (tmp_path / "new" / "own.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("burn_fasd=2", "there is no threshold burn_fasd; did you mean burn_fast?"),
        ("burn_fast", "'burn_fast' is no threshold; write NAME=NUMBER"),
        ("burn_fast=much", "'burn_fast=much' is no threshold; write NAME=NUMBER"),
        ("channel_failing_share=2", "channel_failing_share cannot be 2"),
    ],
)
def test_what_is_no_threshold_is_refused_and_nothing_is_written(tmp_path, threshold, message):
    done = typed("--threshold", threshold, "--into", tmp_path / "new")
    assert done.exit_code == 2
    assert message in done.output
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_not_there_and_one_that_would_be_lost_are_refused(tmp_path):
    missing = typed(tmp_path / "none.yaml", "--threshold", "burn_fast=2", "--into", tmp_path)
    assert (missing.exit_code, "No such file" in missing.output) == (2, True)
    own = tmp_path / "own.yaml"
    own.write_text("groups: []", encoding="utf-8")
    itself = typed(own, "--threshold", "burn_fast=2", "--into", tmp_path)
    assert (itself.exit_code, "written over itself" in itself.output) == (2, True)
