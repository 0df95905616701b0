"""Rules that look at every series: twenty by themselves, or the same over four recorded rates.

Sums of rates, shares of failures, quantiles over five minutes, and burn rates of two windows.
"""

import json
from collections.abc import Callable, Iterator
from itertools import count, cycle, islice
from typing import Any

from drawdown.catalogue import ATTEMPTS, STEP_DURATION

Rate = Callable[..., str]
"""The rate of a metric over a window, of the series that satisfy some matchers."""

_SHORT = {ATTEMPTS.name: "attempts", f"{STEP_DURATION.name}_bucket": "buckets"}
_BUCKETS = f"{STEP_DURATION.name}_bucket"
_GROUPS = ("journey", "channel", "bank", "tier")
_QUANTILES = ((0.5, "journey"), (0.9, "journey"), (0.95, "step"), (0.99, "step"), (0.9, "journey, step"))


def plain(metric: str, window: str, matchers: str = "") -> str:
    return f"rate({metric}{{{matchers}}}[{window}])"


def recorded(metric: str, window: str, matchers: str = "") -> str:
    return f"{_SHORT[metric]}:rate{window}{{{matchers}}}"


def rule_file(rules: int = 20, *, layered: bool = False) -> str:
    """A rule file (JSON, which is YAML too) with one group, `heavy`; layered ones come after the rates they need."""
    rates = list(_recordings()) if layered else []
    heavy = islice(_heavy(recorded if layered else plain), rules)
    return json.dumps({"groups": [{"name": "heavy", "interval": "1s", "rules": [*rates, *heavy]}]})


def _recordings() -> Iterator[dict[str, Any]]:
    for metric, short in _SHORT.items():
        for window in ("1m", "5m"):
            yield {"record": f"{short}:rate{window}", "expr": plain(metric, window)}


def _heavy(rate: Rate) -> Iterator[dict[str, Any]]:
    """Twenty rules and then the same again, for ever; each with a name of its own."""
    for number, rule in zip(count(), cycle(_twenty(rate)), strict=False):
        kind = "alert" if "alert" in rule else "record"
        yield {kind: f"{rule[kind]}{number}", "expr": rule["expr"]}


def _twenty(rate: Rate) -> Iterator[dict[str, Any]]:
    for window, by in (("1m", "journey"), ("1m", "channel"), ("5m", "bank, tier"), ("5m", "journey, reason")):
        yield {"record": "heavy:sum", "expr": f"sum by ({by}) ({rate(ATTEMPTS.name, window)})"}
    for by in _GROUPS:
        yield {"record": "heavy:share", "expr": _share(rate, "5m", by)}
    for quantile, by in (*_QUANTILES, (0.99, "journey, step")):
        buckets = f"sum by ({by}, le) ({rate(_BUCKETS, '5m')})"
        yield {"record": "heavy:quantile", "expr": f"histogram_quantile({quantile}, {buckets})"}
    for by in (*_GROUPS, "journey, channel", "bank, tier"):
        burns = " and ".join(f"{_share(rate, window, by)} > 14.4 * 0.001" for window in ("5m", "1m"))
        yield {"alert": "HeavyBurn", "expr": burns}


def _share(rate: Rate, window: str, by: str) -> str:
    """Of the attempts, those that failed."""
    failed, all_ = rate(ATTEMPTS.name, window, 'outcome="failed"'), rate(ATTEMPTS.name, window)
    return f"sum by ({by}) ({failed}) / sum by ({by}) ({all_})"
