"""`drawdown-monitor rules replay`: what the command does, from files to a report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from alerts.promql import metric_names
from alerts.promql.syntax import Window, nodes
from alerts.rule import Group, RecordingRule, load_rule_files
from collector.settings import CollectorSettings
from collector.vocabulary import Vocabulary
from drawdown.clock import Clock, run_virtually
from drawdown.document import Document, read_document
from drawdown.durations import format_duration
from drawdown.errors import InvalidInput
from drawdown.outcome import Origin
from drawdown.reasons import Language
from drawdown.series import NAME
from monitor.config import Config, built_in_codes
from monitor.replay.columns import Columns
from monitor.replay.counts import Counts, read_counts
from monitor.replay.lines import Refusals
from monitor.replay.outcomes import OutcomesRecording, Survey, survey
from monitor.replay.player import Replay, play
from monitor.replay.recording import CountsRecording, Recording
from monitor.replay.report import Report

_ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be replayed, and how. `columns` says that `recorded` holds counts; otherwise it holds outcomes, which
    `config` explains where it is given.
    """

    rules: Sequence[Path]
    recorded: Path
    columns: Columns | None = None
    config: Config | None = None
    interval: float = 1.0
    language: Language = "en"


def written_columns(path: Path | None, given: dict[str, Any]) -> Columns:
    """The columns that a file describes, with what was `given` on top.

    Raises:
        InvalidInput: they are not described well.
    """
    document = read_document(path) if path else Document({}, {}, "the options")
    written = document.value
    if isinstance(written, dict):
        written = {**written, **given}
    columns: Columns = document.with_value(written).bind(Columns)
    return columns


def replay(question: Question, *, clock: Clock, terminal: Console) -> Report:
    """The answer; a progress bar stands on `terminal` meanwhile.

    Raises:
        InvalidInput: the rules or what was recorded cannot be used.
    """
    if question.columns is None:
        return _replay_outcomes(question, clock=clock, terminal=terminal)
    return _replay_counts(question, question.columns, clock=clock, terminal=terminal)


def _replay_counts(question: Question, columns: Columns, *, clock: Clock, terminal: Console) -> Report:
    started = clock.monotonic()
    groups = _rules(question, catalogue=False)
    refusals = Refusals(source=str(question.recorded))
    with terminal.status("reading"):
        counts = read_counts(question.recorded, columns, refusals)
    recording = CountsRecording(counts, zone=columns.time.zone, interval=_shortest(groups))
    found = _play(recording, groups, question, terminal)
    return Report(
        replay=found,
        zone=recording.zone,
        lines=len(counts.at),
        refusals=refusals,
        notes=(*_unread(groups, counts), *_blind(groups, found), *_cut(found)),
        took=clock.monotonic() - started,
    )


def _replay_outcomes(question: Question, *, clock: Clock, terminal: Console) -> Report:
    started = clock.monotonic()
    groups = _rules(question, catalogue=True)
    with terminal.status("reading"):
        found = survey(question.recorded)
    recording = _outcomes(question, found)
    replayed = _play(recording, groups, question, terminal)
    return Report(
        replay=replayed,
        zone=recording.zone,
        lines=recording.accepted,
        duplicates=recording.duplicates,
        refusals=recording.refusals,
        notes=(*_blind(groups, replayed), *_cut(replayed)),
        took=clock.monotonic() - started,
    )


def _outcomes(question: Question, found: Survey) -> OutcomesRecording:
    config = question.config
    vocabulary = _borrowers(config.vocabulary) if config else found.vocabulary
    settings = config.settings.collector if config else CollectorSettings()
    zone = config.settings.alerts.zone if config else None
    return OutcomesRecording(
        question.recorded,
        Survey(first=found.first, last=found.last, vocabulary=vocabulary),
        codes=config.codes if config else built_in_codes(),
        settings=settings,
        step=question.interval,
        zone=zone or ZoneInfo("UTC"),
        refusals=Refusals(source=str(question.recorded)),
    )


def _borrowers(vocabulary: Vocabulary) -> Vocabulary:
    """Without the probes: of them nothing was recorded."""
    return Vocabulary(journeys=tuple(words for words in vocabulary.journeys if words.origin is Origin.BORROWER))


def _rules(question: Question, *, catalogue: bool) -> tuple[Group, ...]:
    problems: list[InvalidInput] = []
    documents = []
    for path in question.rules:
        try:
            documents.append(read_document(path))
        except InvalidInput as error:
            problems.append(error)
    if problems:
        raise InvalidInput(problem for error in problems for problem in error.problems)
    return load_rule_files(documents) if catalogue else load_rule_files(documents, catalogue=None)


def _shortest(groups: Sequence[Group]) -> float:
    return min((group.interval for group in groups if group.interval), default=float("inf"))


def _play(recording: Recording, groups: Sequence[Group], question: Question, terminal: Console) -> Replay:
    with _bar(recording, terminal) as report:
        return run_virtually(play(recording, groups, language=question.language, report=report))


@contextmanager
def _bar(recording: Recording, terminal: Console) -> Iterator[Callable[[float], None]]:
    tempo = recording.tempo
    columns = (TextColumn("replaying"), BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task("", total=tempo.end - tempo.start)
        yield lambda at: progress.update(task, completed=at - tempo.start)


def _unread(groups: Sequence[Group], counts: Counts) -> Iterator[str]:
    """What rules ask for and nobody recorded: a word that is misspelt looks like peace."""
    rules = [rule for group in groups for rule in group.rules]
    known = {labels[NAME] for labels in counts.series()} | _ALERT_SERIES
    known |= {rule.name for rule in rules if isinstance(rule, RecordingRule)}
    for rule in rules:
        for name in sorted(metric_names(rule.expression) - known):
            yield f"the rule {rule.name} reads {name}, which is neither a counter of the file nor recorded by a rule"


def _blind(groups: Sequence[Group], found: Replay) -> Iterator[str]:
    """Windows in which there are never two samples: they see nothing either."""
    step = found.tempo.step
    for rule in (rule for group in groups for rule in group.rules):
        for length in sorted({node.range for node in nodes(rule.expression) if isinstance(node, Window)}):
            if length < 2 * step:
                window, apart = format_duration(length), format_duration(step)
                yield f"the rule {rule.name} looks at {window}, and samples are {apart} apart: it needs two of them"


def _cut(found: Replay) -> Iterator[str]:
    if found.kept < found.wanted:
        kept, wanted = format_duration(found.kept), format_duration(found.wanted)
        yield f"rules look back {wanted}, and there was room for {kept} of all series: what is older was missing"
