"""Tests of rules, in promtool's format.

    verdict = run_file(Path("rules_test.yaml"), Library())
    verdict.failures        # each with its place, what was expected, and what was got

Rules run in the evaluator that pages people, with the semantics of Prometheus 3, over series in memory and on a clock
that the test moves. A rule that gives the same for all ticks at once is evaluated so (`foresight`).
"""

from alerts.ruletest.file import Library, load_tests, run_file
from alerts.ruletest.verdict import Failure, Verdict

__all__ = ["Failure", "Library", "Verdict", "load_tests", "run_file"]
