"""`drawdown-monitor rules …`: what can be asked of rule files without a monitor that runs."""

import typer

from monitor.replay.cli import replay

app = typer.Typer(name="rules", help="Try rule files.", no_args_is_help=True)
app.command()(replay)


@app.callback()
def _rules() -> None:
    """Keeps `rules` a group, however few commands it has."""
