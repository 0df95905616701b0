"""`drawdown-monitor scenarios`, as a process of its own."""

import json

import pytest
from monitor_program import run
from scenario_texts import RULES

TINY = "title: nothing happens\nfamily: quiet\nlasts: 40s\ncrowd: {rate: 2}\n"


async def test_a_scenario_of_ones_own_is_run_told_and_drawn(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    ended = await run(
        "scenarios", "tiny.yaml", "--rules", RULES, "--json", "--html", "tiny.html", "--require", "1", folder=tmp_path
    )
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert (told["score"], [each["name"] for each in told["runs"]], told["runs"][0]["seed"]) == (1.0, ["tiny"], 1)
    assert "nothing happens" in (tmp_path / "tiny.html").read_text(encoding="utf-8")


async def test_a_score_that_is_too_low_ends_with_1(tmp_path):
    loud = "groups: [{name: g, rules: [{alert: Wolf, expr: vector(1), labels: {severity: page, reason: unmapped}}]}]\n"
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "loud.yaml").write_text(loud, encoding="utf-8")
    ended = await run("scenarios", "tiny.yaml", "--rules", "loud.yaml", "--require", "0.5", folder=tmp_path)
    assert ended.code == 1
    assert "page unmapped" in ended.out


async def test_what_is_wrong_in_a_scenario_is_told_with_its_place(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY.replace("title", "titel"), encoding="utf-8")
    ended = await run("scenarios", "tiny.yaml", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[0] == "tiny.yaml:1:1: titel: unknown key; remove it or correct its spelling"


async def test_a_rule_that_fails_is_told_in_the_table_in_json_and_on_the_page(tmp_path):
    both = "drawdown_last_attempt_timestamp_seconds * on () drawdown_last_attempt_timestamp_seconds"
    rule = f"groups: [{{name: g, rules: [{{record: broken, expr: '{both}'}}]}}]\n"
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(rule, encoding="utf-8")
    ended = await run("scenarios", "tiny.yaml", "--rules", "rules.yaml", "--html", "tiny.html", folder=tmp_path)
    line = "the rule broken could not always be evaluated: "
    assert ended.code == 0
    assert line in ended.out
    assert line in (tmp_path / "tiny.html").read_text(encoding="utf-8")
    ended = await run("scenarios", "tiny.yaml", "--rules", "rules.yaml", "--json", folder=tmp_path)
    assert list(json.loads(ended.out)["runs"][0]["failures"]) == ["broken"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowhere.yaml", "nowhere.yaml: cannot be read: No such file or directory"),
        ("folder.yaml", "folder.yaml: cannot be read: Is a directory"),
        ("latin.yaml", "latin.yaml: cannot be read: is not UTF-8 text"),
        ("twice.yaml", "twice.yaml:5:1: 'lasts' stands here twice"),
        ("tines", "tines: unknown scenario 'tines'"),
    ],
)
async def test_what_cannot_be_read_is_told(tmp_path, name, expected):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "latin.yaml").write_bytes("title: Größe\n".encode("latin-1"))
    (tmp_path / "twice.yaml").write_text(TINY + "lasts: 20s\n", encoding="utf-8")
    ended = await run("scenarios", name, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(expected)


async def test_a_page_that_cannot_be_written_is_told_before_anything_is_run(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    ended = await run("scenarios", "tiny.yaml", "--html", "missing/tiny.html", folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "missing/tiny.html: cannot be written: No such file or directory\n"
