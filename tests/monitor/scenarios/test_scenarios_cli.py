"""`drawdown-monitor scenarios`, as a process of its own."""

import json

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
