"""The command `drawdown-monitor scenarios`: its arguments, and what it prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console

from drawdown.clock import SystemClock
from drawdown.errors import InvalidInput, Problem


def scenarios(  # noqa: PLR0913 - each is an option of the command
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…]", help="Shipped scenarios or files; all shipped if none.")
    ] = None,
    *,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How many runs of each.")] = 1,
    tune: Annotated[
        bool, typer.Option("--tune", help="Run the seeds that rules may be tuned on, not those that are reported.")
    ] = False,
    rules: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Rule files; those that are shipped if none. Many.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page with pictures too.")] = None,
    require: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="SCORE", help="Exit with 1 when the score is lower.")
    ] = None,
) -> None:
    """Break a lender in many ways, and in none, and hold what the monitor says against the truth."""
    from monitor.scenarios.command import Question, answer
    from monitor.scenarios.page import page
    from monitor.scenarios.plain import as_json as plain
    from monitor.scenarios.table import show

    question = Question(names=tuple(names or ()), seeds=seeds, tune=tune, rules=tuple(rules or ()))
    try:
        result = answer(question, clock=SystemClock(), terminal=Console(stderr=True, quiet=as_json))
        if html:
            _write(html, page(result))
    except InvalidInput as error:
        _refuse(error.problems)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(130) from None
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(plain(result)), indent=2))
    else:
        show(result, _paper())
    raise typer.Exit(0 if require is None or result.total.score >= require else 1)


def _paper() -> Console:
    """Standard output; where it is no terminal a row is not broken at its eightieth character."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, 160))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None


def _refuse(problems: Sequence[Problem]) -> NoReturn:
    for problem in problems:
        typer.echo(str(problem), err=True)
    typer.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found", err=True)
    raise typer.Exit(2)
