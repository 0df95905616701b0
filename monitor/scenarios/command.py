"""`drawdown-monitor scenarios`: what the command does, from names to a result."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from alerts.rule import Group, load_rule_files
from drawdown.clock import Clock
from drawdown.document import Document, read_document
from drawdown.errors import InvalidInput, Problem
from monitor.config import SHIPPED_RULES, built_in_codes
from monitor.scenarios.exam import Paper, Result, examine, reporting_seeds, tuning_seeds
from monitor.scenarios.reading import load_scenarios
from monitor.scenarios.run import Monitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be examined: which scenarios, under how many seeds of which half, with which rules."""

    names: Sequence[str] = ()
    seeds: int = 1
    tune: bool = False
    rules: Sequence[Path] = ()


def answer(question: Question, *, clock: Clock, terminal: Console) -> Result:
    """The result; a progress bar stands on `terminal` meanwhile.

    Raises:
        InvalidInput: a scenario or a rule file cannot be used.
    """
    scenarios = load_scenarios(question.names)
    monitoring = Monitoring(groups=_groups(question.rules), codes=built_in_codes())
    seeds = (tuning_seeds if question.tune else reporting_seeds)(question.seeds)
    with _bar(len(scenarios) * len(seeds), terminal) as progress:
        return examine(scenarios, seeds, monitoring, clock=clock, report=progress)


def _groups(paths: Sequence[Path]) -> tuple[Group, ...]:
    problems: list[Problem] = []
    documents: list[Document] = []
    for path in paths or sorted(SHIPPED_RULES.glob("*.yaml")):
        try:
            documents.append(read_document(path))
        except InvalidInput as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidInput(problems)
    return load_rule_files(documents)


class _Progress:
    """Moves a bar on, and names what was done last."""

    def __init__(self, progress: Progress, count: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=count, last="")

    def __call__(self, paper: Paper) -> None:
        self._progress.update(self._task, advance=1, last=paper.grade.name)


@contextmanager
def _bar(count: int, terminal: Console) -> Iterator[_Progress]:
    columns = (
        TextColumn("scenarios"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        yield _Progress(progress, count)
