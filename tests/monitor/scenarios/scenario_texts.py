"""What the tests of scenarios share: a short scenario, and how it is read."""

from pathlib import Path

from alerts.rule import load_rule_files
from drawdown.document import load_document, read_document
from monitor.config import SHIPPED_RULES, built_in_codes
from monitor.scenarios.reading import load_scenario
from monitor.scenarios.run import Monitoring

SHORT = """
title: one channel is down
family: slice
lasts: 6m
crowd: {rate: 8}
faults:
  - {kind: channel_down, where: {channel: alpha}, from: 2m, to: 4m}
truth:
  - {reason: gateway_unavailable, slice: {channel: alpha}, within: 30s, resolves_within: 2m}
"""
RULES = SHIPPED_RULES / "drawdown.yaml"


def scenario(text=SHORT, name="short"):
    return load_scenario(load_document(text, source=f"{name}.yaml"))


def monitoring(*paths):
    documents = [read_document(Path(path)) for path in paths or (RULES,)]
    return Monitoring(groups=load_rule_files(documents), codes=built_in_codes())
