"""The command line: the only place for arguments, the environment, signals and exit codes.

Exit codes: 0 done and well; 1 not well (a probe that did not succeed, a demo that was not told right, a port in use);
2 what was written is wrong (configuration, journeys, rules, arguments); 130 stopped before there was an answer. What
runs until it is stopped (`run`, `sandbox`, and `demo` without --seconds) ends with 0 when it is.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from drawdown.clock import LoopClock, SystemClock, run_virtually
from drawdown.errors import DrawdownError, InvalidInput
from drawdown.reasons import Kind, Language
from monitor import logging, rules
from monitor.demo import SHORTEST
from monitor.scenarios.cli import scenarios
from monitor.terminal import print_json, refuse

if TYPE_CHECKING:  # it imports half the house, which `rules` can do without
    from monitor.config import Config

T = TypeVar("T")
UNANSWERED = 130

app = typer.Typer(
    name="drawdown-monitor",
    help="Tells on-call why borrowers with available credit cannot draw it down, within seconds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(rules.app)
app.command()(scenarios)

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The configuration, for example monitor.yaml.")]


def main() -> None:
    """The program `drawdown-monitor`."""
    app()


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> None:
    context.obj = os.environ
    if show_version:
        typer.echo(version("drawdown-monitor"))
        raise typer.Exit


@app.command()
def run(config: ConfigPath) -> None:
    """Run the monitor until it is stopped (Ctrl-C or SIGTERM)."""
    loaded = _load(config)
    _log_as(loaded)
    with _failures():
        _until_stopped(_run(loaded), code=0)


async def _run(config: "Config") -> None:
    import structlog

    from monitor.app import Surroundings, monitor
    from probes.exchange import HttpExchange

    clock = SystemClock()
    around = Surroundings(clock=clock, exchange=partial(HttpExchange, clock), stream=sys.stdout)
    async with monitor(config, around):
        journeys = [journey.name for journey in config.journeys]
        structlog.get_logger().info("running", console=config.public_url, journeys=journeys)
        await asyncio.Event().wait()


@app.command()
def check(config: ConfigPath) -> None:
    """Validate the configuration, its journeys and rules, and print every error with file, line and column."""
    loaded = _load(config)
    rules = sum(len(group.rules) for group in loaded.groups)
    channels = ", ".join(channel.name for channel in loaded.settings.alerts.channels)
    typer.echo(f"{config}: valid")
    typer.echo(f"  journeys  {', '.join(journey.name for journey in loaded.journeys) or 'none'}")
    typer.echo(f"  borrowers {', '.join(loaded.settings.borrowers.journeys) or 'none'}")
    typer.echo(f"  rules     {rules}")
    if source := loaded.settings.alerts.source.prometheus:
        typer.echo(f"  source    {source.host}")
    typer.echo(f"  channels  {channels}")


@app.command()
def probe(
    config: ConfigPath,
    journey: Annotated[str, typer.Argument(help="The name of a journey of the configuration.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the run and its log as JSON.")] = False,
) -> None:
    """Run one journey now, print its steps and timings, its outcome and reason; 0 if it succeeded."""
    from monitor import probe as room

    loaded = _load(config)
    _log_as(loaded)
    found = next((one for one in loaded.journeys if one.name == journey), None)
    if found is None:
        names = ", ".join(one.name for one in loaded.journeys) or "none"
        _refuse(f"{config}: there is no journey {journey!r}; there are: {names}")
    with _failures():
        finished, owed = _until_stopped(room.run_once(loaded, found, clock=SystemClock()))
    if as_json:
        print_json(finished)
    else:
        room.show(finished)
    if owed:
        typer.echo(f"{owed} loan(s) could not be given back yet; run this again, or reverse by hand", err=True)
    raise typer.Exit(0 if finished.outcome.kind is Kind.SUCCEEDED else 1)


@app.command()
def demo(  # noqa: PLR0913 - each is an option of the command
    *,
    seconds: Annotated[
        float | None, typer.Option(min=SHORTEST, help="How long the walk takes; then judge, and exit.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Of the lender and its borrowers.")] = 1,
    listen: Annotated[str, typer.Option(help="Where the console listens.")] = "127.0.0.1:9185",
    language: Annotated[Language, typer.Option(help="Of the notices.")] = "en",
    virtual: Annotated[bool, typer.Option("--virtual", help="Jump through time, without sockets.")] = False,
) -> None:
    """Watch an embedded lender break in four ways and heal; with --seconds, exit 0 only if each was told right."""
    from monitor.demo.play import FIRST_WALK, Play, perform

    logging.set_up(form="console", level="warning")
    with tempfile.TemporaryDirectory(prefix="drawdown-monitor-") as state, _failures():
        play = Play(
            state=Path(state),
            seconds=FIRST_WALK if seconds is None else seconds,
            then_stay=seconds is None and not as_json and not virtual,
            seed=seed,
            listen=listen,
            language=language,
            virtual=virtual,
        )
        clock = LoopClock() if virtual else SystemClock()
        notices = sys.stderr if as_json else sys.stdout
        say = partial(_say, to_stderr=as_json)
        playing = perform(play, clock=clock, stream=notices, say=lambda line: say(clock.now(), line))
        code = 0 if play.then_stay else UNANSWERED
        verdict = run_virtually(playing) if virtual else _until_stopped(playing, code=code)
    if as_json:
        print_json(verdict.as_json())
    else:
        for line in verdict.lines():
            typer.echo(line)
    raise typer.Exit(0 if verdict.ok else 1)


@app.command()
def sandbox(
    *,
    listen: Annotated[str, typer.Option(help="Where the lender and its page listen.")] = "127.0.0.1:9186",
    seed: Annotated[int, typer.Option(help="Of the lender and its borrowers.")] = 1,
    rate: Annotated[float, typer.Option(min=0, max=200, help="Borrowers a second; 0 for none.")] = 5.0,
    report_to: Annotated[str, typer.Option(metavar="URL", help="The monitor that borrowers report to.")] = "",
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Partners, their keys, and what is allowed (YAML).")
    ] = None,
) -> None:
    """Serve the embedded lender alone: its partner API, borrowers, and a page to break and heal it by hand."""
    from monitor.lender.arguments import address, page

    (host, port), monitor = address(listen), page(report_to)
    from monitor.lender.alone import Alone, serve
    from monitor.lender.settings import SandboxSettings, load_settings

    with _told():
        allowed = SandboxSettings() if settings is None else load_settings(settings, environment=os.environ)
    logging.set_up(form="console", level="warning", secrets=allowed.secrets)
    what = Alone(host=host, port=port, seed=seed, rate=rate, report_to=monitor, settings=allowed)
    with _failures():
        _until_stopped(serve(what, clock=SystemClock(), say=typer.echo), code=0)


def _say(now: float, line: str, *, to_stderr: bool) -> None:
    at = datetime.fromtimestamp(now).astimezone()
    typer.secho(f"{at:%H:%M:%S} demo: {line}\n", fg=typer.colors.CYAN, err=to_stderr)


def _load(path: Path) -> "Config":
    from monitor.config import load_config

    with _told():
        return load_config(path, environment=os.environ)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a file is told with its places, and ends with 2."""
    try:
        yield
    except InvalidInput as error:
        refuse(error.problems)


def _log_as(config: "Config") -> None:
    log = config.settings.log
    logging.set_up(form=log.format, level=log.level, secrets=config.secrets)


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


@contextmanager
def _failures() -> Iterator[None]:
    """What goes wrong on the way ends with a sentence and not with a traceback."""
    try:
        yield
    except* (OSError, DrawdownError) as group:
        for error in _leaves(group):
            typer.echo(f"drawdown-monitor: {error}", err=True)
        raise typer.Exit(1) from None


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _until_stopped(main: Coroutine[Any, Any, T], *, code: int = UNANSWERED) -> T:
    """Run `main`; Ctrl-C and SIGTERM cancel it, what it holds is put in order, and the process ends with `code`."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        loop = runner.get_loop()
        task = loop.create_task(main)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            typer.echo("stopped", err=True)
            raise typer.Exit(code) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
