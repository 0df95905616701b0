"""The result of an exam, for a person at a terminal and for a machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from drawdown.durations import humanize_duration
from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.scenario import Expected, Family, Scenario
from monitor.scenarios.score import MARKS, Finding, Total

COLUMNS = ("detected", "to page", "reason", "blame", "slice", "resolved", "false pages", "false tickets")


def show(result: Result, console: Console) -> None:
    """Print the table of scenarios, that of families, and how long it took."""
    console.print(_scenarios(result))
    console.print(_families(result))
    for line in notes(result):
        console.print(line, highlight=False, markup=False)


def rows(result: Result) -> Iterator[tuple[Scenario, tuple[str, ...]]]:
    """By scenario, what stands in its columns: how many of the seeds were right, and the median time to a page."""
    for scenario in result.scenarios:
        yield scenario, cells(result.of(scenario))


def cells(papers: Sequence[Paper]) -> tuple[str, ...]:
    """The columns of the runs of one scenario."""
    findings = [finding for paper in papers for finding in paper.grade.findings]
    pages = sum(len(paper.grade.false_pages) for paper in papers)
    tickets = sum(len(paper.grade.false_tickets) for paper in papers)
    return (
        _share(finding.detected for finding in findings),
        _time([finding.told_after for finding in findings if finding.told_after is not None]),
        *(_share(getattr(finding, mark) for finding in findings) for mark in ("reason", "blame", "slice", "resolved")),
        str(pages) if pages else "–",
        str(tickets) if tickets else "–",
    )


def family_cells(total: Total) -> tuple[str, ...]:
    """The columns of a family: runs, those without a fault, expected and detected, marks, calm, false ones, score."""
    return (
        str(total.runs),
        f"{total.right}/{total.runs}",
        f"{total.detected}/{total.expected}" if total.expected else "–",
        "–" if total.found is None else f"{total.found:.0%}",
        f"{total.calm:.0%}",
        str(total.false_pages),
        str(total.false_tickets),
        f"{total.score:.3f}",
    )


FAMILY_COLUMNS = ("runs", "all right", "detected", "marks", "calm", "false pages", "false tickets", "score")


def notes(result: Result) -> Iterator[str]:
    """What failed on the way, and how fast it went."""
    for rule, error in sorted({pair for paper in result.papers for pair in paper.failures.items()}):
        yield f"the rule {rule} could not always be evaluated: {error}"
    virtual = sum(scenario.seconds for scenario in result.scenarios for _ in result.of(scenario))
    yield f"{len(result.papers)} runs, {humanize_duration(virtual)} of scenarios in {humanize_duration(result.took)}"
    heaviest = max(result.papers, key=lambda paper: paper.took.all, default=None)
    if heaviest:
        yield _heaviest(heaviest)


def as_json(result: Result) -> dict[str, Any]:
    """In plain values; seconds count from the start of the scenario's truth and from its end."""
    return {
        "score": round(result.total.score, 4),
        "families": {family: _total(each) for family, each in result.families.items()},
        "total": _total(result.total),
        "took": round(result.took, 3),
        "runs": [_paper(paper) for paper in result.papers],
    }


def _scenarios(result: Result) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("told", overflow="fold")
    family: Family | None = None
    for scenario, row in sorted(rows(result), key=lambda pair: list(Family).index(pair[0].family)):
        if scenario.family is not family:
            family = scenario.family
            table.add_row(f"[bold]{family}[/bold]")
        table.add_row(f"  {scenario.name}", *row, told(result.of(scenario)))
    return table


def told(papers: Iterable[Paper]) -> str:
    """What was told wrongly, in words; nothing where all is right."""
    wrong: dict[str, int] = {}
    for paper in papers:
        words = [
            f"{each.told} for {each.expected.reason}" for each in paper.grade.findings if each.told and not each.reason
        ]
        words += [f"page {reason}" for reason in paper.grade.false_pages]
        words += [f"ticket {reason}" for reason in paper.grade.false_tickets]
        for word in words:
            wrong[word] = wrong.get(word, 0) + 1
    return ", ".join(word if count == 1 else f"{word} ×{count}" for word, count in sorted(wrong.items()))


def _families(result: Result) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("family", no_wrap=True)
    for name in FAMILY_COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for family, each in result.families.items():
        table.add_row(str(family), *family_cells(each))
    table.add_row("all", *family_cells(result.total))
    return table


def _share(right: Iterable[bool]) -> str:
    every = list(right)
    if not every:
        return "–"
    return "yes" if all(every) else "no" if not any(every) else f"{sum(every)}/{len(every)}"


def _time(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.0f} s" if seconds else "–"


def _heaviest(paper: Paper) -> str:
    took = paper.took
    parts = (
        f"{took.living:.1f} s lender and borrowers, {took.counting:.1f} s counting, {took.foreseeing:.1f} s rules ahead"
    )
    return (
        f"the heaviest run, {paper.grade.name} with {paper.attempts} attempts, took {took.all:.1f} s of one core: "
        f"{parts}, {took.looking:.1f} s rules, incidents and notices"
    )


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
