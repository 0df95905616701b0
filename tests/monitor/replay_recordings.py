"""Recordings made for the tests, and ways to ask for them."""

import gzip
import json
from pathlib import Path

from rich.console import Console

from drawdown.clock import SystemClock
from drawdown.document import load_document
from monitor.replay.columns import Columns
from monitor.replay.command import Question, replay
from monitor.replay.counts import read_counts
from monitor.replay.lines import Refusals

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "alerts" / "rules" / "drawdown.yaml"
EPOCH = 1_764_000_000.0
HOURLY = """
time: {column: hour, format: "%Y-%m-%d %H"}
step: 1h
labels: {kind: kind}
counters: {tries_total: tries, wins_total: wins}
"""


def columns(text=HOURLY):
    return load_document(text, source="columns.yaml").bind(Columns)


def written(folder, text, name="counts.csv"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def read(folder, text, described=HOURLY, name="counts.csv"):
    """The counts in a CSV text, and what was refused of it."""
    path = written(folder, text, name)
    refusals = Refusals(source=name)
    return read_counts(path, columns(described), refusals), refusals


def ask(rules, recorded, **more):
    """The answer of a replay, without a word on the terminal."""
    question = Question(rules=rules, recorded=recorded, **more)
    return replay(question, clock=SystemClock(), terminal=Console(quiet=True))


def hour(number):
    """As the file of counts writes it."""
    return f"2025-03-{1 + number // 24:02d} {number % 24:02d}"


def outcome(number, at, **more):
    """One line as the collector takes it."""
    said = {"id": f"a-{number}", "journey": "app", "started_at": at, "duration": 0.5, "outcome": "succeeded"}
    return json.dumps({**said, "channel": "alpha" if number % 3 else "beta", "bank": "icbc", "tier": "A", **more})
