"""`drawdown-monitor rules …`: what can be asked of rule files without a monitor that runs."""

import typer

from monitor.replay.cli import replay
from monitor.rule_files import check_rules, try_rules
from monitor.rule_numbers import set_numbers

app = typer.Typer(name="rules", help="Check, test, try and adapt rule files.", no_args_is_help=True)
app.command("check")(check_rules)
app.command("test")(try_rules)
app.command("set")(set_numbers)
app.command()(replay)
