"""PromQL with the semantics of Prometheus 3, for floats, over any source of series.

    expression = parse('sum by (job) (rate(requests_total[5m])) > 1')
    vector = evaluate(expression, source, at=now)

or, for expressions that are evaluated at each tick, which is much cheaper from the second time on

    memo = Memo()
    prepared = prepare(expression, memo)
    vector = prepared.evaluate(source, at=now)

where the source may be a `Sharing` that lives for one tick, so that several of them read what they have in common once.

Ranges are open on the left, an instant selector looks back five minutes, staleness markers end a series. Not
supported, and refused with a PromQLError that says so: native histograms and what Prometheus calls experimental.
"""

from alerts.promql.engine import (
    Matrix,
    Prepared,
    Vector,
    evaluate,
    evaluate_range,
    evaluate_window,
    prepare,
    string_value,
)
from alerts.promql.errors import PromQLError
from alerts.promql.memo import Memo
from alerts.promql.parser import parse
from alerts.promql.sharing import Sharing
from alerts.promql.syntax import Expression, Selector, grouping_labels, metric_names, selectors

__all__ = [
    "Expression",
    "Matrix",
    "Memo",
    "Prepared",
    "PromQLError",
    "Selector",
    "Sharing",
    "Vector",
    "evaluate",
    "evaluate_range",
    "evaluate_window",
    "grouping_labels",
    "metric_names",
    "parse",
    "prepare",
    "selectors",
    "string_value",
]
