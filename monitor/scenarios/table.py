"""The result of an exam, for a person at a terminal."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from drawdown.durations import humanize_duration
from monitor.scenarios.cost import costs
from monitor.scenarios.exam import Paper, Result
from monitor.scenarios.scenario import Family, Scenario
from monitor.scenarios.score import MARKS, Total

_Columns = Callable[[Sequence[Paper]], Mapping[str, str]]
"""Names a scenario's columns, with what stands in them."""

_WIDE: Final = 130
"""Characters that all columns need."""
_WORDS: Final = frozenset({"told", "wrong"})
_LACKS: Final[Mapping[str, str]] = {
    "detected": "not told",
    "in_time": "late",
    "reason": "other reason",
    "blame": "other blame",
    "slice": "other slice",
    "resolved": "not resolved in time",
}
"""What to say where a mark is missing."""

COLUMNS = ("detected", "to page", "reason", "blame", "slice", "resolved", "false pages", "false tickets")


def show(result: Result, console: Console) -> None:
    """Print the table of scenarios, that of families, and how long it took."""
    console.print(_scenarios(result, _every if console.width >= _WIDE else _few))
    console.print(_families(result))
    for line in notes(result):
        console.print(line, highlight=False, markup=False)


def rows(result: Result) -> Iterator[tuple[Scenario, tuple[str, ...]]]:
    """By scenario, what stands in its columns: how many of the seeds were right, and the median time to a page."""
    for scenario in result.by_family:
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
    yield from costs(result)


def _scenarios(result: Result, columns: _Columns) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario", no_wrap=True)
    for name in columns(()):
        table.add_column(name, justify="left" if name in _WORDS else "right", no_wrap=name not in _WORDS)
    family: Family | None = None
    for scenario in result.by_family:
        if scenario.family is not family:
            family = scenario.family
            table.add_row(f"[bold]{family}[/bold]")
        table.add_row(f"  {scenario.name}", *columns(result.of(scenario)).values())
    return table


def _every(papers: Sequence[Paper]) -> dict[str, str]:
    """All columns, for who has room for them."""
    return {**dict(zip(COLUMNS, cells(papers), strict=True)), "told": told(papers)}


def _few(papers: Sequence[Paper]) -> dict[str, str]:
    """The same in a few columns: only what was wrong is said, in words."""
    after = dict(zip(COLUMNS, cells(papers), strict=True))["to page"]
    return {"to page": after, "wrong": "; ".join(filter(None, (missed(papers), told(papers))))}


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
    return ", ".join(_times(word, count) for word, count in sorted(wrong.items()))


def missed(papers: Iterable[Paper]) -> str:
    """What was not right about what is expected, in words; nothing where all is."""
    findings = [finding for paper in papers for finding in paper.grade.findings]
    wrong = [_LACKS[mark] for finding in findings for mark in MARKS if finding.lacks(mark)]
    return ", ".join(_times(word, wrong.count(word)) for word in dict.fromkeys(wrong))


def _times(word: str, count: int) -> str:
    return word if count == 1 else f"{word} ×{count}"


def _families(result: Result) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("family", no_wrap=True)
    for name in FAMILY_COLUMNS:
        table.add_column(name, justify="right")
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
