"""The result of an exam in plain values, for a machine."""

from collections.abc import Mapping
from typing import Any

from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.scenario import Expected
from monitor.scenarios.score import MARKS, Finding, Total


def as_json(result: Result) -> dict[str, Any]:
    """In plain values; seconds count from the start of the scenario's truth and from its end."""
    return {
        "score": round(result.total.score, 4),
        "families": {family: _total(each) for family, each in result.families.items()},
        "total": _total(result.total),
        "took": round(result.took, 3),
        "runs": [_paper(paper) for paper in result.papers],
    }


def _total(total: Total) -> Mapping[str, Any]:
    return {
        "runs": total.runs,
        "right": total.right,
        "expected": total.expected,
        "detected": total.detected,
        "found": total.found,
        "calm": total.calm,
        "false_pages": total.false_pages,
        "false_tickets": total.false_tickets,
        "score": round(total.score, 4),
    }


def _paper(paper: Paper) -> Mapping[str, Any]:
    grade = paper.grade
    return {
        "name": grade.name,
        "family": grade.family,
        "seed": grade.seed,
        "right": grade.right,
        "findings": [_finding(finding) for finding in grade.findings],
        "false_pages": list(grade.false_pages),
        "false_tickets": list(grade.false_tickets),
        "attempts": paper.attempts,
        "failures": dict(paper.failures),
        "took": round(paper.took.all, 3),
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "expected": _expected(finding.expected),
        "told": finding.told,
        "told_after": finding.told_after,
        "resolved_after": finding.resolved_after,
        **{mark: bool(getattr(finding, mark)) for mark in MARKS},
    }


def _expected(expected: Expected) -> Mapping[str, Any]:
    return {
        "reason": expected.reason,
        "blame": expected.blame,
        "slice": {name: list(values) for name, values in expected.where.items()},
    }
