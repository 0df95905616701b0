"""Two directories of 80 rule test files each, run by `drawdown-monitor rules test` and by `promtool test rules`.

`minutes`: files as teams have them, each with its own ten rules and two tests of an hour at one minute. `seconds`: the
shipped rules, in each file one of the tests that ship with them, at one second. Both programs run as processes of
their own, in turn, over all files of a directory at once.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.servers import TOOLS
from drawdown.clock import SystemClock

FILES = 80
ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "alerts" / "rules"
OURS = (str(Path(sys.executable).parent / "drawdown-monitor"), "rules", "test")
THEIRS = (str(TOOLS / "promtool"), "test", "rules")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds, of the clock and of the processor."""

    wall: float
    processor: float


def team_rules(number: int) -> dict[str, Any]:
    """Ten rules over requests, errors, latencies and queues of a service."""
    service = f"svc{number}"
    share = f"{service}:errors:share5m"
    labels = {"team": f"team{number % 7}"}
    record = [
        (f"{service}:requests:rate5m", f"sum by (job, route) (rate({service}_requests_total[5m]))"),
        (f"{service}:errors:rate5m", f'sum by (job, route) (rate({service}_requests_total{{code=~"5.."}}[5m]))'),
        (share, f"{service}:errors:rate5m / {service}:requests:rate5m"),
        (f"{service}:seconds:p99", f"histogram_quantile(0.99, sum by (job, le) (rate({service}_seconds_bucket[5m])))"),
        (f"{service}:queue:max10m", f"max_over_time(sum({service}_queue)[10m:])"),
    ]
    alert = [
        ("Errors", f"{share} > 0.05", "5m"),
        ("ErrorsNow", f"{share} > 0.5", "0s"),
        ("Slow", f"{service}:seconds:p99 > 1", "10m"),
        ("QueueGrows", f"deriv({service}_queue[10m]) > 0.1 and {service}:queue:max10m > 100", "5m"),
        ("Silent", f"absent({service}_requests_total)", "5m"),
    ]
    summary = "{{ $labels.job }} {{ $labels.route }}: {{ $value | humanizePercentage }}"
    rules: list[dict[str, Any]] = [{"record": name, "expr": expression} for name, expression in record]
    rules += [
        {
            "alert": f"{name}{number}",
            "expr": expression,
            "for": held,
            "labels": labels,
            "annotations": {"text": summary},
        }
        for name, expression, held in alert
    ]
    return {"groups": [{"name": service, "rules": rules}]}


def team_tests(number: int, rules: str) -> dict[str, Any]:
    """One test in peace and one with an outage."""
    service, job = f"svc{number}", f'job="api{number}"'
    routes = ("/login", "/quota", "/submit", "/payout")
    calm = {
        **{f'{service}_requests_total{{{job}, route="{route}", code="200"}}': "0+60x60" for route in routes},
        **{f'{service}_seconds_bucket{{{job}, le="{edge}"}}': "0+60x60" for edge in ("0.1", "0.5", "1", "+Inf")},
        f"{service}_queue{{{job}}}": "5x60",
    }
    broken = {**calm, f'{service}_requests_total{{{job}, route="/payout", code="503"}}': "0x20 0+60x39"}
    firing = {
        "exp_labels": {"job": f"api{number}", "route": "/payout", "team": f"team{number % 7}"},
        "exp_annotations": {"text": f"api{number} /payout: 50%"},
    }
    quiet = [
        {"eval_time": "60m", "alertname": f"{name}{number}"} for name in ("Errors", "Slow", "Silent", "QueueGrows")
    ]
    outage = [{"eval_time": "45m", "alertname": f"Errors{number}", "exp_alerts": [firing]}, *quiet[1:]]
    tests = [
        {"name": name, "interval": "1m", "alert_rule_test": asked, "input_series": _written(series)}
        for name, series, asked in (("peace", calm, quiet), ("outage", broken, outage))
    ]
    return {"rule_files": [rules], "evaluation_interval": "1m", "tests": tests}


def _written(series: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in series.items()]


def minutes(folder: Path) -> list[str]:
    for number in range(FILES):
        (folder / f"rules{number:02}.yaml").write_text(yaml.safe_dump(team_rules(number)), encoding="utf-8")
        tests = yaml.safe_dump(team_tests(number, f"rules{number:02}.yaml"))
        (folder / f"rules{number:02}_test.yaml").write_text(tests, encoding="utf-8")
    return sorted(str(path) for path in folder.glob("*_test.yaml"))


def seconds(folder: Path) -> list[str]:
    written = yaml.load((SHIPPED / "tests" / "drawdown_test.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
    for sample in _expected(written["tests"]):
        sample["value"] = float(sample["value"])
    for number in range(FILES):
        one = {
            "rule_files": [str(SHIPPED / "drawdown.yaml")],
            "tests": [written["tests"][number % len(written["tests"])]],
        }
        tests = {**written, **one}
        (folder / f"shipped{number:02}_test.yaml").write_text(
            yaml.safe_dump(tests, allow_unicode=True), encoding="utf-8"
        )
    return sorted(str(path) for path in folder.glob("*_test.yaml"))


def _expected(tests: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The samples that tests of expressions expect."""
    asked = (asked for test in tests for asked in test.get("promql_expr_test", ()))
    return (sample for one in asked for sample in one.get("exp_samples", ()))


def run(command: Sequence[str], files: Sequence[str], clock: SystemClock) -> Took:
    """All `files` in one run of the program, which must find them right."""
    before, started = os.times(), clock.monotonic()
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    after = os.times()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Took(clock.monotonic() - started, spent)


def compare(files: Sequence[str], rounds: int) -> str:
    """A row of the table: medians of both programs, and how many times as long promtool takes."""
    clock = SystemClock()
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run(OURS, files, clock))
        theirs.append(run(THEIRS, files, clock))
    cells = [_medians(ours), _medians(theirs)]
    wall, processor = cells[1].wall / cells[0].wall, cells[1].processor / cells[0].processor
    times = [f"{each.wall:.1f} s ({each.processor:.1f} s)" for each in cells]
    return f"{' | '.join(times)} | {wall:.1f}× ({processor:.1f}×)"


def _medians(took: Sequence[Took]) -> Took:
    return Took(statistics.median(each.wall for each in took), statistics.median(each.processor for each in took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (3)")
    options = parser.parse_args()
    print("| 80 files | ours: clock (processor) | promtool | promtool takes |\n|---|---|---|---|")
    for name, fill in (("minutes", minutes), ("seconds", seconds)):
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {name} | {compare(fill(Path(folder)), options.rounds)} |", flush=True)


if __name__ == "__main__":
    main()
