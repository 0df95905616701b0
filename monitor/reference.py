"""The reference pages that are made from the code: `docs/reasons.md`, `docs/metrics.md` and `docs/thresholds.md`.

python -m monitor.reference        # writes them anew; a test fails when they are stale
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from alerts.thresholds import Threshold, Unit, number, thresholds
from drawdown.catalogue import METRICS
from drawdown.reasons import Reason, Retry

DOCS = Path(__file__).parent.parent / "docs"

_RETRY = {
    Retry.NO: "no",
    Retry.SAME_KEY: "ask first, then under the same key",
    Retry.OTHER_CHANNEL: "by another channel",
    Retry.BACK_OFF: "after a pause",
    Retry.YES: "yes",
    Retry.AFTER_REMEDY: "after the borrower has put it right",
    Retry.LATER: "later",
}

_REASONS_HEAD = """\
# Reasons: what each means and what to do

The closed set of reasons for which an attempt ends. The word is the label `reason` of metrics, the name in notices and
journeys, and the anchor on this page. Made from `drawdown/reasons.py` and `drawdown/reasons.yaml`.
"""
_METRICS_HEAD = """\
# Metrics

All that `/metrics` exports. Made from `drawdown/catalogue.py`; the recorder writes nothing else, and rules and
dashboards are checked against it. Every series that can exist for a known reason starts at 0; those of a region or an
app version with the first attempt that tells it.

| metric | type | labels | meaning |
|---|---|---|---|"""
_METRICS_TAIL = """
The headline indicator, credit-to-cash success, over five minutes:

```promql
sum(increase(drawdown_credit_to_cash_total{origin="borrower", result="paid"}[5m]))
/ sum(increase(drawdown_credit_to_cash_total{origin="borrower"}[5m]))
```
"""
_THRESHOLDS_HEAD = """\
# Thresholds: the numbers of the shipped rules

Each number of a shipped rule that a site may want otherwise has a name, which stands behind the number in the rule
(`> 0.1 # threshold channel_failing_share`). Made from `alerts/thresholds.yaml`. Set your own in `monitor.yaml`:

```yaml
alerts:
  thresholds: {channel_failing_share: 0.2, availability_objective: 0.999}
```

They take the place of the numbers in every rule file that names them, the shipped ones and your own, and in the texts
of its alerts. (In your own files write expressions with such names as a block, `expr: |`, or in quotes: in a plain YAML
scalar `#` begins a comment.) For a Prometheus, write the files with your numbers:

```sh
drawdown-monitor rules set --threshold channel_failing_share=0.2 --into rules/
```

| threshold | default | what it is | when to change it |
|---|---|---|---|"""


def pages() -> Mapping[Path, str]:
    """Each page's path and text."""
    return {
        DOCS / "reasons.md": reasons_page(),
        DOCS / "metrics.md": "\n".join(_metrics()),
        DOCS / "thresholds.md": "\n".join(_thresholds()),
    }


def reasons_page() -> str:
    """What each reason means and what to do, in Markdown."""
    return "\n".join(_reasons())


def _reasons() -> Iterator[str]:
    yield _REASONS_HEAD
    for reason in Reason:
        yield from _reason(reason)


def _reason(reason: Reason) -> Iterator[str]:
    facts = reason.facts
    english, chinese = reason.words("en"), reason.words("zh")
    yield f"## {reason}"
    yield ""
    yield f"**{english.title}** · {chinese.title}"
    yield ""
    yield f"- ends as: {' or '.join(facts.kinds)}; blame: {facts.blame}"
    yield f"- can a retry help: {_RETRY[facts.retry]}; can the borrower put it right: {'yes' if facts.remedy else 'no'}"
    yield f"- what to do: {english.action}"
    yield f"- 处理:{chinese.action}"
    if english.guidance:
        yield f"- for the borrower: {english.guidance} · {chinese.guidance}"
    yield ""


def _metrics() -> Iterator[str]:
    yield _METRICS_HEAD
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |"
    yield _METRICS_TAIL


def _thresholds() -> Iterator[str]:
    yield _THRESHOLDS_HEAD
    for name, threshold in thresholds().items():
        yield f"| `{name}` | {_default(threshold)} | {threshold.meaning} | {threshold.change} |"
    yield ""


def _default(threshold: Threshold) -> str:
    unit = {Unit.SECONDS: " s", Unit.TIMES: " times"}.get(threshold.unit, "")
    return f"{number(threshold.value)}{unit}"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
