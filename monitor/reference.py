"""The reference pages that are made from the code: `docs/reasons.md` and `docs/metrics.md`.

python -m monitor.reference        # writes them anew; a test fails when they are stale
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

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


def pages() -> Mapping[Path, str]:
    """Each page's path and text."""
    return {DOCS / "reasons.md": "\n".join(_reasons()), DOCS / "metrics.md": "\n".join(_metrics())}


def _reasons() -> Iterator[str]:
    yield "# Reasons: what each means and what to do"
    yield ""
    yield "The closed set of reasons for which an attempt ends. The word is the label `reason` of metrics, the name in notices"
    yield "and journeys, and the anchor on this page. Made from `drawdown/reasons.py` and `drawdown/reasons.yaml`."
    yield ""
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
    yield "# Metrics"
    yield ""
    yield "All that `/metrics` exports. Made from `drawdown/catalogue.py`; the recorder writes nothing else, and rules and"
    yield "dashboards are checked against it. Every series that can exist for a known reason starts at 0."
    yield ""
    yield "| metric | type | labels | meaning |"
    yield "|---|---|---|---|"
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |"
    yield ""
    yield "The headline indicator, credit-to-cash success, over five minutes:"
    yield ""
    yield "```promql"
    yield 'sum(increase(drawdown_credit_to_cash_total{origin="borrower", result="paid"}[5m]))'
    yield '/ sum(increase(drawdown_credit_to_cash_total{origin="borrower"}[5m]))'
    yield "```"
    yield ""


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
