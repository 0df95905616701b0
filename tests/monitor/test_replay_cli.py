"""`drawdown-monitor rules replay`, as a process of its own."""

import json

from monitor_program import configured, run
from replay_recordings import EPOCH, HOURLY, SHIPPED, hour, outcome, written

RULES = """
groups:
  - name: kinds
    rules:
      - alert: ManyTries
        expr: sum by (kind) (increase(tries_total[1h])) > 50
        labels: {severity: page}
        annotations: {summary: '{{ $value }} tries of {{ $labels.kind }}'}
"""
TEXT = "hour,kind,tries,wins\n" + "".join(f"{hour(n)},a,{80 if n == 4 else 20},0\n" for n in range(10))
OPTIONS = ("--time", "hour", "--time-format", "%Y-%m-%d %H", "--step", "1h", "--label", "kind=kind")


def files(folder, text=TEXT):
    return (
        written(folder, RULES, "rules.yaml"),
        written(folder, text),
        written(folder, HOURLY, "columns.yaml"),
    )


async def test_the_incidents_that_would_have_been_are_printed(tmp_path):
    rules, counts, columns = files(tmp_path)
    ended = await run("rules", "replay", rules, "--from", counts, "--columns", columns, folder=tmp_path)
    assert (ended.code, ended.err, ended.untidy) == (0, "", [])
    header, _, row, *rest = [line for line in ended.out.splitlines() if line.strip()]
    assert header.split() == ["opened", "resolved", "lasted", "severity", "reason", "alerts"]
    assert row.split("  ")[0].strip() == "2025-03-01 05:00:00 (seen in 04:00 to 05:00)"
    assert 'ManyTries{kind="a"}' in row
    assert rest[0] == "2025-03-01 00:00:00 to 2025-03-01 10:00:00 (UTC): 10 lines"
    assert rest[-1].endswith(" times as fast as it was")


async def test_on_demand_the_notices_are_printed_too(tmp_path):
    rules, counts, columns = files(tmp_path)
    ended = await run("rules", "replay", rules, "--from", counts, "--columns", columns, "--notices", folder=tmp_path)
    assert "2025-03-01 05:00:00  PAGE: ManyTries." in ended.out
    assert "Seen by: 80 tries of a" in ended.out
    assert "Resolved: ManyTries." in ended.out
    assert "#incident=" not in ended.out


async def test_columns_may_be_given_as_options_and_the_answer_be_json(tmp_path):
    rules, counts, _ = files(tmp_path)
    more = ("--counter", "tries_total=tries", "--json")
    ended = await run("rules", "replay", rules, "--from", counts, *OPTIONS, *more, folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert [incident["opened_at"] for incident in told["incidents"]] == ["2025-03-01T05:00:00+00:00"]
    assert (told["lines"], told["refused"]) == (10, 0)
    assert told["speed"] > 100


async def test_lines_that_cannot_be_used_are_told_and_the_rest_is_replayed(tmp_path):
    rules, counts, columns = files(tmp_path, f"{TEXT}{hour(3)},a,many,0\n")
    ended = await run("rules", "replay", rules, "--from", counts, "--columns", columns, folder=tmp_path)
    assert (ended.code, ended.err) == (0, f"{counts}:12:1: 'many' is not a number\n")
    assert "10 lines, 1 refused" in ended.out


async def test_whatever_is_wrong_with_the_question_ends_with_2(tmp_path):
    rules, counts, columns = files(tmp_path)
    unmapped = await run("rules", "replay", rules, "--from", counts, folder=tmp_path)
    assert unmapped.code == 2
    assert "the options: counters: is required and missing" in unmapped.err
    assert unmapped.err.endswith("3 problems found\n")
    missing = await run(
        "rules", "replay", rules, "--from", counts, "--columns", columns, "--time", "at", folder=tmp_path
    )
    assert missing.code == 2
    assert "unknown column 'at'; known here: hour, kind, tries, wins" in missing.err
    gone = await run("rules", "replay", "gone.yaml", "--from", counts, "--columns", columns, folder=tmp_path)
    assert (gone.code, gone.err) == (2, "gone.yaml: cannot be read: No such file or directory\n1 problem found\n")
    pairs = await run("rules", "replay", rules, "--from", counts, "--label", "kind", folder=tmp_path)
    assert (pairs.code, "write kind=COLUMN" in pairs.err) == (2, True)


async def test_outcomes_are_read_with_the_words_and_codes_of_a_configuration(tmp_path):
    more = "codes: {lender: {E7: gateway_timeout}}\nalerts: {timezone: Asia/Shanghai}"
    config = configured(tmp_path, more=more)
    lines = [outcome(n, EPOCH + n / 5) for n in range(200)]
    lines += [outcome(n, EPOCH + n / 5, outcome="failed", code="E7") for n in range(200, 300)]
    recorded = written(tmp_path, "\n".join(lines), "outcomes.ndjson")
    options = ("--config", config, "--language", "zh", "--json")
    ended = await run("rules", "replay", SHIPPED, "--from", recorded, *options, folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    [incident] = json.loads(ended.out)["incidents"]
    assert (incident["reason"], incident["resolved_at"]) == ("gateway_timeout", None)
    assert incident["opened_at"].endswith("+08:00")
    assert "支付通道" in incident["notices"][0]["text"]
