"""The command `drawdown-monitor scenarios`: its arguments, and what it prints."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drawdown.clock import SystemClock
from monitor.terminal import answering, paper, print_json


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
    if html:
        _write(html, "", mode="a")  # an exam takes minutes: better know before it
    with answering():
        result = answer(question, clock=SystemClock(), terminal=Console(stderr=True, quiet=as_json))
    if html:
        _write(html, page(result))
    if as_json:
        print_json(plain(result))
    else:
        show(result, paper())
    raise typer.Exit(0 if require is None or result.total.score >= require else 1)


def _write(path: Path, text: str, *, mode: str = "w") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
