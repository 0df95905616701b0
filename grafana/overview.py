"""The overview: is money reaching the borrowers, if not why, and is the monitor itself well."""

from collections.abc import Mapping
from typing import Any

from drawdown.catalogue import (
    APP_ATTEMPTS,
    ATTEMPTS,
    CALLBACK_LAG,
    CREDIT_TO_CASH,
    DUPLICATES,
    EVALUATION_FAILURES,
    EVALUATION_SECONDS,
    GATEWAY_TIMEOUTS,
    INCIDENTS_OPEN,
    LAST_SUCCESS,
    LATE_SAMPLES,
    MISSED_EVALUATIONS,
    MISSED_RUNS,
    NOTICES,
    OWED,
    OWED_AGE,
    PROBE_RUNS,
    REFUSED,
    REFUSED_SERIES,
    REGION_ATTEMPTS,
    REPAIRS,
    REPEATS,
    REVIEWS,
    SERIES,
    SOURCE_QUERIES,
    SOURCE_SILENCE,
    STEP_DURATION,
    UNEXPLAINED,
    WRITE_FAILURES,
    Decision,
    Metric,
    Result,
)
from drawdown.reasons import POLICY, TECHNICAL, Blame, Reason
from grafana.panel import Dashboard, Panel, Query, Row, Shape, Unit, Variable

_WINDOW = "$__rate_interval"
_WHO = 'origin=~"$origin", journey=~"$journey"'
_WHERE = f'{_WHO}, channel=~"$channel"'


def _rate(name: str, *matchers: str, by: str = "") -> str:
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({name}{{{', '.join(matchers)}}}[{_WINDOW}]))"


def _blamed_on(blames: frozenset[Blame]) -> str:
    return f'reason=~"{"|".join(reason for reason in Reason if reason.blame in blames)}"'


def _share(result: Result) -> str:
    part = _rate(CREDIT_TO_CASH.name, _WHERE, f'result="{result}"')
    return f"{part} / {_rate(CREDIT_TO_CASH.name, _WHERE)}"


def _quantile(quantile: float) -> str:
    return f"histogram_quantile({quantile}, {_rate(f'{STEP_DURATION.name}_bucket', _WHO, by='le, step')})"


_REFUSED_RATE = _rate(ATTEMPTS.name, _WHO, 'outcome=~"failed|blocked"')
_UNEXPLAINED_SHARE = f"{_rate(UNEXPLAINED.name, _WHO)} / {_REFUSED_RATE}"
_SINCE_SUCCESS = f"time() - ({LAST_SUCCESS.name}{{{_WHO}}} > 0)"
_JOURNEY = 'journey=~"$journey"'
_OVERTURNED = _rate(REVIEWS.name, _JOURNEY, f'decision="{Decision.OVERTURNED}"', by="reason")


def _unpaid_by(attempts: Metric, trait: str) -> str:
    part = _rate(attempts.name, _JOURNEY, _blamed_on(TECHNICAL | POLICY), by=trait)
    return f"{part} / {_rate(attempts.name, _JOURNEY, by=trait)}"


_LAG = f"histogram_quantile(0.95, {_rate(f'{CALLBACK_LAG.name}_bucket', _JOURNEY, by='le, channel')})"
_BAD_SHARE = ((0.02, "orange"), (0.1, "red"))


def _number(title: str, description: str, expression: str, **more: Any) -> Panel:
    """`more` are fields of a Panel; a share unless it says otherwise."""
    queries = (Query(expression=expression, legend=title),)
    fields = {"unit": Unit.SHARE, **more}
    return Panel(title=title, description=description, shape=Shape.NUMBER, queries=queries, width=4, height=4, **fields)


def _graph(
    title: str, description: str, *, draw: tuple[Shape, Unit], queries: Mapping[str, str], width: int = 12
) -> Panel:
    """`queries` by the name of their series."""
    return Panel(
        title=title,
        description=description,
        shape=draw[0],
        unit=draw[1],
        queries=tuple(Query(expression=expression, legend=legend) for legend, expression in queries.items()),
        width=width,
    )


_HEADLINE = Row(
    title="Credit to cash",
    panels=(
        _number(
            "Credit-to-cash success",
            "Of the attempts whose borrower had enough credit, the share that was paid out.",
            _share(Result.PAID),
        ),
        _number(
            "Technical failures",
            "Share lost to payment channels and the lender's own systems.",
            _share(Result.TECHNICAL),
            thresholds=_BAD_SHARE,
        ),
        _number(
            "Policy blocks",
            "Share lost to risk, behaviour and limit rules.",
            _share(Result.POLICY),
            thresholds=((0.05, "orange"), (0.15, "red")),
        ),
        _number(
            "Unexplained",
            "Of the failed and blocked attempts, the share whose borrower was shown no reason to act on.",
            _UNEXPLAINED_SHARE,
            thresholds=((0.2, "orange"), (0.5, "red")),
        ),
        _number(
            "Since the last payout",
            "Time since an attempt was last paid out.",
            f"min({_SINCE_SUCCESS})",
            unit=Unit.SECONDS,
            thresholds=((60.0, "orange"), (300.0, "red")),
        ),
        _number(
            "Open incidents",
            "Incidents that are open now.",
            f"sum({INCIDENTS_OPEN.name})",
            unit=Unit.COUNT,
            thresholds=((1.0, "red"),),
        ),
        _graph(
            "Credit to cash and its halves",
            "Paid out, technical failures and policy blocks as shares of all attempts with enough credit.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={str(result): _share(result) for result in (Result.PAID, Result.TECHNICAL, Result.POLICY)},
            width=16,
        ),
        _graph(
            "Open incidents by reason",
            "What is broken now; empty when nothing is.",
            draw=(Shape.BARS, Unit.COUNT),
            queries={"{{reason}}": f"sum by (reason) ({INCIDENTS_OPEN.name}) > 0"},
            width=8,
        ),
    ),
)

_CAUSES = Row(
    title="Why attempts end badly",
    panels=(
        _graph(
            "Attempts by outcome",
            "How attempts end, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{outcome}}": _rate(ATTEMPTS.name, _WHERE, by="outcome")},
        ),
        _graph(
            "Unexplained share",
            "Share of failed and blocked attempts without a reason shown to the borrower.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"unexplained": _UNEXPLAINED_SHARE},
        ),
        _graph(
            "Technical failures by reason",
            "Failures that payment channels or the lender's systems are to blame for, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": _rate(ATTEMPTS.name, _WHERE, _blamed_on(TECHNICAL), by="reason")},
        ),
        _graph(
            "Technical failures by channel",
            "The same by payment channel: one channel alone points at the channel.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{channel}}": _rate(ATTEMPTS.name, _WHERE, _blamed_on(TECHNICAL), by="channel")},
        ),
        _graph(
            "Blocks by reason",
            "Attempts that risk, behaviour or limit rules stopped, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": _rate(ATTEMPTS.name, _WHERE, _blamed_on(POLICY), by="reason")},
        ),
        _graph(
            "Gateway timeouts by channel",
            "Attempts that a payment channel left without an answer, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{channel}}": _rate(GATEWAY_TIMEOUTS.name, _WHERE, by="channel")},
        ),
        _graph(
            "Callback lag by channel",
            "The 95th percentile of the time until callbacks of a channel were taken; what never comes is not in it.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{channel}}": _LAG},
            width=6,
        ),
        _graph(
            "False blocks by reason",
            "Of the blocked attempts that people reviewed, the share that they overturned.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{reason}}": f"{_OVERTURNED} / {_rate(REVIEWS.name, _JOURNEY, by='reason')}"},
            width=6,
        ),
        _graph(
            "Not paid by app version",
            "Of the attempts with each version of the app, the share that failed technically or that a policy stopped.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{app}}": _unpaid_by(APP_ATTEMPTS, "app")},
        ),
        _graph(
            "Not paid by region",
            "The same by region.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{region}}": _unpaid_by(REGION_ATTEMPTS, "region")},
        ),
        _graph(
            "Reviews by decision",
            "Blocked attempts that people reviewed, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{decision}}": _rate(REVIEWS.name, _JOURNEY, by="decision")},
            width=6,
        ),
        _graph(
            "Repeats by reason",
            "Refusals of borrowers who had been refused for the same reason within ten minutes, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": _rate(REPEATS.name, _JOURNEY, 'channel=~"$channel"', by="reason")},
            width=6,
        ),
    ),
)


def _latency(name: str, quantile: float) -> Panel:
    return _graph(
        f"Step latency, {name}",
        f"The {name} of each step's duration; steps that failed or timed out count with the time that passed.",
        draw=(Shape.LINES, Unit.SECONDS),
        queries={"{{step}}": _quantile(quantile)},
        width=8,
    )


_JOURNEYS = Row(
    title="Journeys",
    panels=(
        _latency("median", 0.5),
        _latency("95th percentile", 0.95),
        _latency("99th percentile", 0.99),
        _graph(
            "Probe runs by outcome and reason",
            "Runs of synthetic borrowers, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={
                "{{outcome}} {{reason}}": _rate(
                    ATTEMPTS.name, 'origin="probe", journey=~"$journey"', by="outcome, reason"
                )
                + " > 0"
            },
            width=8,
        ),
        _graph(
            "Probe runs that fail, by location",
            "Share of a location's runs that did not succeed: one location alone points at the way from there.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={
                "{{location}}": "1 - "
                + _rate(PROBE_RUNS.name, _JOURNEY, 'outcome="succeeded"', by="location")
                + f" / {_rate(PROBE_RUNS.name, _JOURNEY, by='location')}"
            },
            width=8,
        ),
        _graph(
            "Time since the last success",
            "By journey and by who tried: rising lines mean that nobody gets money.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{origin}} {{journey}}": f"max by (origin, journey) ({_SINCE_SUCCESS})"},
            width=8,
        ),
    ),
)

_MONITOR = Row(
    title="The monitor itself",
    panels=(
        _graph(
            "Evaluation of rules",
            "Time to evaluate all rules once; they are due each second.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"duration": f"max({EVALUATION_SECONDS.name})"},
            width=6,
        ),
        _graph(
            "Missed and failed",
            "Evaluations and runs that did not take place, and rules that failed, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={
                "evaluations missed": _rate(MISSED_EVALUATIONS.name),
                "rules failed": _rate(EVALUATION_FAILURES.name),
                "runs missed": _rate(MISSED_RUNS.name),
            },
            width=6,
        ),
        _graph(
            "Series in the store",
            "Size of the embedded store; growth without new journeys means labels out of hand.",
            draw=(Shape.LINES, Unit.COUNT),
            queries={"series": f"max({SERIES.name})"},
            width=6,
        ),
        _graph(
            "Loans owed by probes",
            "Drawn by probes and not yet known to be reversed; must return to zero.",
            draw=(Shape.LINES, Unit.COUNT),
            queries={"{{journey}}": f"sum by (journey) ({OWED.name})"},
            width=6,
        ),
        _graph(
            "Age of the oldest owed loan",
            "How long a probe's loan has been waiting for its reversal.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{journey}}": f"max by (journey) ({OWED_AGE.name})"},
            width=8,
        ),
        _graph(
            "Reports refused and repeated",
            "Outcomes sent to the monitor that it did not count, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={"{{cause}}": _rate(REFUSED.name, by="cause"), "repeated": _rate(DUPLICATES.name)},
            width=8,
        ),
        _graph(
            "Notices by channel and result",
            "Notices handed to channels, per second; a failed one is sent again.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={"{{channel}} {{result}}": _rate(NOTICES.name, by="channel, result")},
            width=8,
        ),
        _graph(
            "What the store could not keep",
            "New series refused, samples too late, failures to write, and files repaired at the start, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={
                "series refused": _rate(REFUSED_SERIES.name),
                "samples too late": _rate(LATE_SAMPLES.name),
                "not written": _rate(WRITE_FAILURES.name),
                "files repaired": _rate(REPAIRS.name),
            },
            width=8,
        ),
        _graph(
            "Silence of the other Prometheus",
            "How long the source of the rules has not answered; empty where rules read the monitor's own series.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"silence": f"max({SOURCE_SILENCE.name})"},
            width=8,
        ),
        _graph(
            "Queries to the other Prometheus",
            "Queries to the source of the rules, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{result}}": _rate(SOURCE_QUERIES.name, by="result")},
            width=8,
        ),
    ),
)

OVERVIEW = Dashboard(
    uid="drawdown-overview",
    title="Drawdown overview",
    description="Whether borrowers with credit get their money, why not, and whose doing it is.",
    variables=(
        Variable(name="origin", metric=ATTEMPTS.name, default="borrower"),
        Variable(name="journey", metric=ATTEMPTS.name),
        Variable(name="channel", metric=ATTEMPTS.name),
    ),
    rows=(_HEADLINE, _CAUSES, _JOURNEYS, _MONITOR),
    marks=Query(expression='ALERTS{alertstate="firing"}', legend="{{alertname}} {{reason}}"),
)
