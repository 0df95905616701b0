"""The command `drawdown-monitor rules set`: rule files with other numbers, for a Prometheus that loads them."""

from pathlib import Path
from typing import Annotated

import typer

from alerts.thresholds import checked, places, set_thresholds
from monitor.config import SHIPPED_RULES

_Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="Rule files; the shipped ones if none.")]
_Numbers = Annotated[list[str], typer.Option("--threshold", metavar="NAME=NUMBER", help="As often as one likes.")]
_Folder = Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where the files are written.")]


def set_numbers(files: _Files = None, *, threshold: _Numbers, into: _Folder) -> None:
    """Write rule files with other thresholds; docs/thresholds.md names them."""
    try:
        values = checked(dict(map(_pair, threshold)))
        for file in files or sorted(SHIPPED_RULES.glob("*.yaml")):
            _write(file, values, into)
    except ValueError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}")


def _pair(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise ValueError(f"{text!r} is no threshold; write NAME=NUMBER") from None


def _write(file: Path, values: dict[str, float], into: Path) -> None:
    text = file.read_text(encoding="utf-8")
    target = into / file.name
    if target.resolve() == file.resolve():
        raise ValueError(f"{file} would be written over itself; name another folder")
    into.mkdir(parents=True, exist_ok=True)
    target.write_text(set_thresholds(text, values), encoding="utf-8")
    changed = sum(name in values for name, _ in places(text))
    typer.echo(f"{target}: {changed} {'place' if changed == 1 else 'places'} set")


def _refuse(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(2)
