"""What commands say at a terminal, and how they end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console

from drawdown.errors import InvalidInput, Problem

_WIDTH = 160


@contextmanager
def answering(*, shown: int | None = None) -> Iterator[None]:
    """What is wrong with what was given is told (the first `shown` problems, all when None), and ends with 2; Ctrl-C
    ends with 130.
    """
    try:
        yield
    except InvalidInput as error:
        refuse(error.problems, shown=shown)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(130) from None


def refuse(problems: Sequence[Problem], *, shown: int | None = None) -> NoReturn:
    """Tell all problems, or the first `shown`, and end with 2."""
    tell(problems, len(problems), shown=shown)
    typer.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found", err=True)
    raise typer.Exit(2)


def tell(problems: Sequence[Problem], count: int, *, shown: int | None = None) -> None:
    """Tell the first `shown` of `problems`, all when None, and that there are more where they are `count` in all."""
    told = problems[:shown]
    for problem in told:
        typer.echo(str(problem), err=True)
    if count > len(told):
        typer.echo(f"and {count - len(told)} more", err=True)


def print_json(value: Any) -> None:
    """`value` as JSON that a person can read too."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def paper(*, soft_wrap: bool = False) -> Console:
    """Standard output; where it is no terminal a row is not broken at its eightieth character."""
    console = Console(soft_wrap=soft_wrap)
    return console if console.is_terminal else Console(soft_wrap=soft_wrap, width=max(console.width, _WIDTH))
