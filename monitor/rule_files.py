"""The commands `drawdown-monitor rules check` and `rules test`: what they take, and what they print.

Exit codes: 0 all is well; 1 a test failed; 2 a file cannot be used.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from alerts.remote.plan import unreadable
from alerts.rule import load_rule_files
from alerts.rule_checks import doubts
from alerts.rule_shape import Names
from alerts.ruletest import Failure, Verdict
from drawdown.catalogue import SERIES_LABELS
from drawdown.document import Document, read_document
from drawdown.errors import InvalidInput, Problem
from monitor.lots import Choice, run_files
from monitor.terminal import refuse

RuleFiles = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Rule files.")]
TestFiles = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Test files, in promtool's format.")]
Catalogued = Annotated[
    bool, typer.Option("--catalogue", help="Be as strict as the monitor: metrics, labels and words must be ours.")
]
Elsewhere = Annotated[
    bool,
    typer.Option("--elsewhere", help="The rules run over another Prometheus (alerts.source): can they be taken apart?"),
]
NamesOption = Annotated[Names, typer.Option("--names", help="What series and labels may be named.")]


def check_rules(
    files: RuleFiles,
    *,
    catalogue: Catalogued = False,
    elsewhere: Elsewhere = False,
    names: NamesOption = Names.UTF8,
) -> None:
    """Validate rule files, and print every error with file, line and column."""
    documents, problems = _read(files)
    known, unfit = SERIES_LABELS if catalogue else None, unreadable if elsewhere else None
    try:
        groups = load_rule_files(documents, catalogue=known, names=names, elsewhere=unfit)
    except InvalidInput as error:
        problems.extend(error.problems)
    if problems:
        refuse(problems)
    for document in documents:
        for doubt in doubts(document.as_written()):
            typer.echo(f"{doubt.place}: warning: {doubt.message}", err=True)
        own = [group for group in groups if group.source == document.source]
        rules = sum(len(group.rules) for group in own)
        typer.echo(f"{document.source}: valid, {_count(len(own), 'group')}, {_count(rules, 'rule')}")


def try_rules(
    files: TestFiles,
    *,
    run: Annotated[str, typer.Option(metavar="REGEX", help="Only tests whose name it finds.")] = "",
    catalogue: Catalogued = False,
    names: NamesOption = Names.UTF8,
    jobs: Annotated[int, typer.Option(min=0, help="Processes at once; 0 is one for each processor.")] = 0,
) -> None:
    """Run the tests of rules, and print what was expected and got side by side."""
    choice = Choice(catalogue=catalogue, names=names, only=_pattern(run) if run else None)
    worst = 0
    for verdict in run_files(list(dict.fromkeys(files)), choice, jobs=jobs or os.cpu_count() or 1):
        _tell(verdict)
        worst = max(worst, 2 if verdict.problems else not verdict.ok)
    raise typer.Exit(worst)


def _read(files: Sequence[Path]) -> tuple[list[Document], list[Problem]]:
    documents: list[Document] = []
    problems: list[Problem] = []
    for file in dict.fromkeys(files):
        try:
            documents.append(read_document(file))
        except InvalidInput as error:
            problems.extend(error.problems)
    return documents, problems


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise typer.BadParameter(f"{text!r} is no regular expression: {error}", param_hint="--run") from None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _tell(verdict: Verdict) -> None:
    for problem in verdict.problems:
        typer.echo(str(problem), err=True)
    if verdict.problems:
        typer.echo(f"{verdict.source}: cannot be run, {_count(len(verdict.problems), 'problem')}", err=True)
        return
    result = "passed" if verdict.ok else _count(len(verdict.failures), "failure")
    typer.echo(f"{verdict.source}: {_count(verdict.tests, 'test')}, {result}")
    for failure in verdict.failures:
        _show(failure)


def _show(failure: Failure) -> None:
    from monitor.side_by_side import side_by_side

    test = f"{failure.test}: " if failure.test else ""
    typer.echo(f"\n{failure.place}: {test}{failure.subject}")
    side_by_side(failure.expected, failure.got)
