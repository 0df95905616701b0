"""`drawdown-monitor rules …`: what can be asked of rule files without a monitor that runs."""

import typer

from monitor.replay.cli import replay
from monitor.rule_files import check_rules, try_rules

app = typer.Typer(name="rules", help="Check, test and try rule files.", no_args_is_help=True)
app.command("check")(check_rules)
app.command("test")(try_rules)
app.command()(replay)
