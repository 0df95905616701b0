"""The row on the monitor itself."""

from drawdown.catalogue import (
    DUPLICATES,
    EVALUATION_FAILURES,
    EVALUATION_SECONDS,
    LATE_SAMPLES,
    MISSED_EVALUATIONS,
    MISSED_RUNS,
    NOTICES,
    OWED,
    OWED_AGE,
    REFUSED,
    REFUSED_SERIES,
    REPAIRS,
    SERIES,
    SOURCE_QUERIES,
    SOURCE_SILENCE,
    WRITE_FAILURES,
)
from grafana.drawing import graph, rate
from grafana.panel import Row, Shape, Unit

MONITOR = Row(
    title="The monitor itself",
    panels=(
        graph(
            "Evaluation of rules",
            "Time to evaluate all rules once; they are due each second.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"duration": f"max({EVALUATION_SECONDS.name})"},
            width=6,
        ),
        graph(
            "Missed and failed",
            "Evaluations and runs that did not take place, and rules that failed, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={
                "evaluations missed": rate(MISSED_EVALUATIONS.name),
                "rules failed": rate(EVALUATION_FAILURES.name),
                "runs missed": rate(MISSED_RUNS.name),
            },
            width=6,
        ),
        graph(
            "Series in the store",
            "Size of the embedded store; growth without new journeys means labels out of hand.",
            draw=(Shape.LINES, Unit.COUNT),
            queries={"series": f"max({SERIES.name})"},
            width=6,
        ),
        graph(
            "Loans owed by probes",
            "Drawn by probes and not yet known to be reversed; must return to zero.",
            draw=(Shape.LINES, Unit.COUNT),
            queries={"{{journey}}": f"sum by (journey) ({OWED.name})"},
            width=6,
        ),
        graph(
            "Age of the oldest owed loan",
            "How long a probe's loan has been waiting for its reversal.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"{{journey}}": f"max by (journey) ({OWED_AGE.name})"},
            width=8,
        ),
        graph(
            "Reports refused and repeated",
            "Outcomes sent to the monitor that it did not count, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={"{{cause}}": rate(REFUSED.name, by="cause"), "repeated": rate(DUPLICATES.name)},
            width=8,
        ),
        graph(
            "Notices by channel and result",
            "Notices handed to channels, per second; a failed one is sent again.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={"{{channel}} {{result}}": rate(NOTICES.name, by="channel, result")},
            width=8,
        ),
        graph(
            "What the store could not keep",
            "New series refused, samples too late, failures to write, and files repaired at the start, per second.",
            draw=(Shape.LINES, Unit.PER_SECOND),
            queries={
                "series refused": rate(REFUSED_SERIES.name),
                "samples too late": rate(LATE_SAMPLES.name),
                "not written": rate(WRITE_FAILURES.name),
                "files repaired": rate(REPAIRS.name),
            },
            width=8,
        ),
        graph(
            "Silence of the other Prometheus",
            "How long the source of the rules has not answered; empty where rules read the monitor's own series.",
            draw=(Shape.LINES, Unit.SECONDS),
            queries={"silence": f"max({SOURCE_SILENCE.name})"},
            width=8,
        ),
        graph(
            "Queries to the other Prometheus",
            "Queries to the source of the rules, per second.",
            draw=(Shape.STACK, Unit.PER_SECOND),
            queries={"{{result}}": rate(SOURCE_QUERIES.name, by="result")},
            width=8,
        ),
    ),
)
