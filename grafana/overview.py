"""The overview: is money reaching the borrowers, if not why, and is the monitor itself well."""

from drawdown.catalogue import (
    APP_ATTEMPTS,
    ATTEMPTS,
    CALLBACK_LAG,
    CREDIT_TO_CASH,
    GATEWAY_TIMEOUTS,
    INCIDENTS_OPEN,
    LAST_SUCCESS,
    PROBE_RUNS,
    REGION_ATTEMPTS,
    REPEATS,
    REVIEWS,
    STEP_DURATION,
    UNEXPLAINED,
    Decision,
    Metric,
    Result,
)
from drawdown.reasons import POLICY, TECHNICAL, Blame, Reason
from grafana.drawing import graph, number, rate
from grafana.own_row import MONITOR
from grafana.panel import Dashboard, Panel, Query, Row, Shape, Unit, Variable

_WHO = 'origin=~"$origin", journey=~"$journey"'
_WHERE = f'{_WHO}, channel=~"$channel"'


def _blamed_on(blames: frozenset[Blame]) -> str:
    return f'reason=~"{"|".join(reason for reason in Reason if reason.blame in blames)}"'


def _share(result: Result) -> str:
    part = rate(CREDIT_TO_CASH.name, _WHERE, f'result="{result}"')
    return f"{part} / {rate(CREDIT_TO_CASH.name, _WHERE)}"


def _quantile(quantile: float) -> str:
    return f"histogram_quantile({quantile}, {rate(f'{STEP_DURATION.name}_bucket', _WHO, by='le, step')})"


_REFUSED_RATE = rate(ATTEMPTS.name, _WHO, 'outcome=~"failed|blocked"')
_UNEXPLAINED_SHARE = f"{rate(UNEXPLAINED.name, _WHO)} / {_REFUSED_RATE}"
_SINCE_SUCCESS = f"time() - ({LAST_SUCCESS.name}{{{_WHO}}} > 0)"
_JOURNEY = 'journey=~"$journey"'
_OVERTURNED = rate(REVIEWS.name, _JOURNEY, f'decision="{Decision.OVERTURNED}"', by="reason")


def _unpaid_by(attempts: Metric, trait: str) -> str:
    part = rate(attempts.name, _JOURNEY, _blamed_on(TECHNICAL | POLICY), by=trait)
    return f"{part} / {rate(attempts.name, _JOURNEY, by=trait)}"


_LAG = f"histogram_quantile(0.95, {rate(f'{CALLBACK_LAG.name}_bucket', _JOURNEY, by='le, channel')})"
_BAD_SHARE = ((0.02, "orange"), (0.1, "red"))


_HEADLINE = Row(
    title="Credit to cash",
    panels=(
        number(
            "Credit-to-cash success",
            "Of the attempts whose borrower had enough credit, the share that was paid out.",
            _share(Result.PAID),
        ),
        number(
            "Technical failures",
            "Share lost to payment channels and the lender's own systems.",
            _share(Result.TECHNICAL),
            thresholds=_BAD_SHARE,
        ),
        number(
            "Policy blocks",
            "Share lost to risk, behaviour and limit rules.",
            _share(Result.POLICY),
            thresholds=((0.05, "orange"), (0.15, "red")),
        ),
        number(
            "Unexplained",
            "Of the failed and blocked attempts, the share whose borrower was shown no reason to act on.",
            _UNEXPLAINED_SHARE,
            thresholds=((0.2, "orange"), (0.5, "red")),
        ),
        number(
            "Since the last payout",
            "Time since an attempt was last paid out.",
            f"min({_SINCE_SUCCESS})",
            unit=Unit.SECONDS,
            thresholds=((60.0, "orange"), (300.0, "red")),
        ),
        number(
            "Open incidents",
            "Incidents that are open now.",
            f"sum({INCIDENTS_OPEN.name})",
            unit=Unit.COUNT,
            thresholds=((1.0, "red"),),
        ),
        graph(
            "Credit to cash and its halves",
            "Paid out, technical failures and policy blocks as shares of all attempts with enough credit.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={str(result): _share(result) for result in (Result.PAID, Result.TECHNICAL, Result.POLICY)},
            width=16,
        ),
        graph(
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
        graph(
            "Attempts by outcome",
            "How attempts end, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{outcome}}": rate(ATTEMPTS.name, _WHERE, by="outcome")},
        ),
        graph(
            "Unexplained share",
            "Share of failed and blocked attempts without a reason shown to the borrower.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"unexplained": _UNEXPLAINED_SHARE},
        ),
        graph(
            "Technical failures by reason",
            "Failures that payment channels or the lender's systems are to blame for, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": rate(ATTEMPTS.name, _WHERE, _blamed_on(TECHNICAL), by="reason")},
        ),
        graph(
            "Technical failures by channel",
            "The same by payment channel: one channel alone points at the channel.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{channel}}": rate(ATTEMPTS.name, _WHERE, _blamed_on(TECHNICAL), by="channel")},
        ),
        graph(
            "Blocks by reason",
            "Attempts that risk, behaviour or limit rules stopped, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": rate(ATTEMPTS.name, _WHERE, _blamed_on(POLICY), by="reason")},
        ),
        graph(
            "Gateway timeouts by channel",
            "Attempts that a payment channel left without an answer, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{channel}}": rate(GATEWAY_TIMEOUTS.name, _WHERE, by="channel")},
        ),
        graph(
            "Callback lag by channel",
            "The 95th percentile of the time until callbacks of a channel were taken; what never comes is not in it.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{channel}}": _LAG},
            width=6,
        ),
        graph(
            "False blocks by reason",
            "Of the blocked attempts that people reviewed, the share that they overturned.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{reason}}": f"{_OVERTURNED} / {rate(REVIEWS.name, _JOURNEY, by='reason')}"},
            width=6,
        ),
        graph(
            "Not paid by app version",
            "Of the attempts with each version of the app, the share that failed technically or that a policy stopped.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{app}}": _unpaid_by(APP_ATTEMPTS, "app")},
        ),
        graph(
            "Not paid by region",
            "The same by region.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={"{{region}}": _unpaid_by(REGION_ATTEMPTS, "region")},
        ),
        graph(
            "Reviews by decision",
            "Blocked attempts that people reviewed, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{decision}}": rate(REVIEWS.name, _JOURNEY, by="decision")},
            width=6,
        ),
        graph(
            "Repeats by reason",
            "Refusals of borrowers who had been refused for the same reason within ten minutes, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{reason}}": rate(REPEATS.name, _JOURNEY, 'channel=~"$channel"', by="reason")},
            width=6,
        ),
    ),
)


def _latency(name: str, quantile: float) -> Panel:
    return graph(
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
        graph(
            "Probe runs by outcome and reason",
            "Runs of synthetic borrowers, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={
                "{{outcome}} {{reason}}": rate(
                    ATTEMPTS.name, 'origin="probe", journey=~"$journey"', by="outcome, reason"
                )
                + " > 0"
            },
            width=8,
        ),
        graph(
            "Probe runs that fail, by location",
            "Share of a location's runs that did not succeed: one location alone points at the way from there.",
            draw=(Shape.LINES, Unit.SHARE),
            queries={
                "{{location}}": "1 - "
                + rate(PROBE_RUNS.name, _JOURNEY, 'outcome="succeeded"', by="location")
                + f" / {rate(PROBE_RUNS.name, _JOURNEY, by='location')}"
            },
            width=8,
        ),
        graph(
            "Time since the last success",
            "By journey and by who tried: rising lines mean that nobody gets money.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{origin}} {{journey}}": f"max by (origin, journey) ({_SINCE_SUCCESS})"},
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
    rows=(_HEADLINE, _CAUSES, _JOURNEYS, MONITOR),
    marks=Query(expression='ALERTS{alertstate="firing"}', legend="{{alertname}} {{reason}}"),
)
