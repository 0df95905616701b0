"""One run of one journey, for a person at a terminal."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from drawdown.clock import Clock
from drawdown.durations import humanize_duration
from drawdown.outcome import Origin, StepResult
from drawdown.reasons import Kind, Reason
from monitor.config import Config
from probes.exchange import HttpExchange
from probes.journey import Journey
from probes.runner import Run, new_run_id, replay, run_in
from probes.settlement import Settlement
from probes.walk import World

_MARKS = {Kind.SUCCEEDED: "[green]✓[/]", Kind.BLOCKED: "[yellow]■[/]", Kind.FAILED: "[red]✗[/]"}
_UNSURE = "[magenta]?[/]"
_PHASES = ("dns", "connect", "tls", "first_byte", "body")


async def run_once(config: Config, journey: Journey, *, clock: Clock) -> tuple[Run, int]:
    """The run, and how many loans of runs like it are still owed after it.

    The loans of manual runs have a journal of their own, beside that of a monitor that may be running.

    Raises:
        SettlementBusy: another manual run is going on.
        OSError: the state folder cannot be written.
    """
    config.state.mkdir(parents=True, exist_ok=True)
    with Settlement(config.state / "settlement-manual.jsonl") as settlement:
        async with HttpExchange(clock) as exchange:
            world = World(
                exchange=exchange,
                clock=clock,
                settlement=settlement,
                variables=config.settings.variables,
                codes=config.codes,
            )
            for debt in settlement.left():
                if debt.journey == journey.name:
                    await replay(debt, journey, world)
            finished = await run_in(world, journey, run_id=new_run_id(), origin=Origin.MANUAL)
        return finished, len(settlement.owed())


def show(finished: Run, *, console: Console | None = None) -> None:
    """Print a run: a line for each step with its phases, then how it ended and what to do."""
    console = console or Console(soft_wrap=True)
    title = f"{finished.outcome.attempt.journey} · {finished.outcome.attempt.id}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("step", no_wrap=True)
    table.add_column("http", justify="right", no_wrap=True)
    for name in ("dns", "connect", "tls", "1st byte", "body", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("sent", justify="right", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    for step in finished.outcome.steps:
        table.add_row(*_cells(step), style="dim" if step.cleanup else "")
    console.print(table)
    for line in _conclusion(finished):
        console.print(line, highlight=False, markup=False)


def _cells(step: StepResult) -> Iterator[str]:
    yield _MARKS.get(step.kind, _UNSURE)
    yield step.name
    yield "–" if step.status is None else str(step.status)
    for phase in _PHASES:
        yield _seconds(getattr(step.phases, phase))
    yield humanize_duration(step.duration)
    yield f"{step.exchanges}×"
    yield "" if step.reason is Reason.NONE else step.reason.value


def _seconds(value: float | None) -> str:
    return "–" if value is None else humanize_duration(value)


def _conclusion(finished: Run) -> Iterator[str]:
    outcome = finished.outcome
    words = outcome.reason.words()
    after = humanize_duration(outcome.duration)
    if outcome.kind is Kind.SUCCEEDED:
        yield f"outcome: {outcome.kind} after {after} ({words.title})"
        return
    yield f"outcome: {outcome.kind} after {after}, in step {outcome.step or '–'}"
    yield f"reason:  {outcome.reason} — {words.title} (blame: {outcome.reason.blame})"
    if outcome.detail:
        yield f"seen:    {outcome.detail}"
    yield f"do:      {words.action}"
