"""The command `drawdown-monitor rules replay`: its arguments, and what it prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from drawdown.clock import SystemClock
from drawdown.durations import parse_duration
from drawdown.reasons import Language
from monitor.terminal import answering, paper, print_json, tell

_SHOWN = 20


def _duration(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if seconds <= 0:
        raise typer.BadParameter("must be more than 0")
    return seconds


def replay(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    rules: Annotated[list[Path], typer.Argument(metavar="RULES", help="Rule files.")],
    *,
    recorded: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="Outcomes (NDJSON) or counts (CSV), also as .gz.")
    ],
    columns: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of counts: how their columns are read (YAML).")
    ] = None,
    time: Annotated[str, typer.Option(metavar="COLUMN", help="Of counts: where the time stands.")] = "",
    time_format: Annotated[str, typer.Option(help="iso, epoch, epoch_ms or a pattern such as '%Y-%m-%d %H'.")] = "",
    step: Annotated[str, typer.Option(metavar="DURATION", help="Of counts: how long a line counts.")] = "",
    label: Annotated[list[str] | None, typer.Option(metavar="LABEL=COLUMN", help="Of counts; many.")] = None,
    counter: Annotated[list[str] | None, typer.Option(metavar="SERIES=COLUMN", help="Of counts; many.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="CONFIG", help="Of outcomes: whose journeys, codes and zone are used.")
    ] = None,
    interval: Annotated[str, typer.Option(metavar="DURATION", help="Of outcomes: how often rules look.")] = "1s",
    language: Annotated[Language, typer.Option(help="Of the notices.")] = "en",
    notices: Annotated[bool, typer.Option("--notices", help="Print the notices too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Evaluate rules over what was recorded, in virtual time: the incidents that would have been."""
    from monitor.config import load_config
    from monitor.replay.command import Question, written_columns
    from monitor.replay.command import replay as answer

    given = _given(time, time_format, step=step, label=label, counter=counter)
    counts = bool(columns or given or _named_csv(recorded))
    with answering(shown=_SHOWN):
        question = Question(
            rules=rules,
            recorded=recorded,
            columns=written_columns(columns, given) if counts else None,
            config=load_config(config, environment=context.find_root().obj or {}) if config else None,
            interval=_duration(interval),
            language=language,
        )
        report = answer(question, clock=SystemClock(), terminal=Console(stderr=True, quiet=as_json))
    if as_json:
        print_json(report.as_json())
    else:
        tell(report.refusals.problems, report.refusals.count, shown=_SHOWN)
        report.show(paper(soft_wrap=True), notices=notices)


def _given(
    time: str, time_format: str, *, step: str, label: Sequence[str] | None, counter: Sequence[str] | None
) -> dict[str, Any]:
    """The columns as the options say them."""
    column = {"column": time, **({"format": time_format} if time_format else {})}
    parts = {"time": column if time else None, "step": step, "labels": _pairs(label), "counters": _pairs(counter)}
    return {name: part for name, part in parts.items() if part}


def _pairs(written: Sequence[str] | None) -> dict[str, str]:
    pairs = dict(one.partition("=")[::2] for one in written or ())
    for name, column in pairs.items():
        if not column:
            raise typer.BadParameter(f"write {name or 'name'}=COLUMN")
    return pairs


def _named_csv(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".csv")
