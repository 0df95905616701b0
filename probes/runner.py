"""Run a journey once: walk its steps, give back what it drew, and say how it ended."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr

from drawdown.clock import Clock
from drawdown.codes import Codes
from drawdown.outcome import Attempt, Origin, Outcome, StepResult
from probes.exchange import Exchange
from probes.journey import Journey
from probes.pulse import Pulse, beating
from probes.redaction import Exchanged, Redactor
from probes.settlement import Debt, Debts
from probes.walk import Ending, Variables, Walk, World

T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run; `log` has one line for each exchange. Neither holds a secret."""

    outcome: Outcome
    log: tuple[Exchanged, ...]


def new_run_id() -> str:
    """An id that no other run has. It is also the key under which the run draws: the lender's log leads back."""
    return str(uuid.uuid4())


async def run(  # noqa: PLR0913 - all by keyword: the world in which a journey runs
    journey: Journey,
    *,
    exchange: Exchange,
    clock: Clock,
    settlement: Debts,
    variables: Variables,
    codes: Codes,
    origin: Origin,
    new_id: Callable[[], str] = new_run_id,
) -> Run:
    """Run `journey` now. Whatever happens is an outcome with a reason; nothing is raised for the lender's doing.

    If anything may have been drawn the reversal runs, in its own time, also when a step failed, the deadline passed or
    this task was cancelled; what could not be given back stays in `settlement`.
    """
    world = World(exchange=exchange, clock=clock, settlement=settlement, variables=variables, codes=codes)
    return await run_in(world, journey, run_id=new_id(), origin=origin)


async def run_in(world: World, journey: Journey, *, run_id: str, origin: Origin) -> Run:
    """`run`, its surroundings in one value."""
    started_at = world.clock.now()
    async with beating(world.clock) as pulse:
        walk = _outward(journey, world, pulse, run_id)
        walks = [walk]
        try:
            ending = await walk.through(journey.steps, within=journey.deadline)
            ended_at = world.clock.now()
        finally:
            debt = world.settlement.find(run_id)
            if debt is not None:
                walks.append(await _see_through(_reverse(debt, journey, world, pulse)))
    _report_bug(journey.name, walk)
    attempt = _attempt(journey, walk, origin=origin, started_at=started_at)
    return _told(attempt, ending, walks, ended_at=ended_at)


async def replay(debt: Debt, journey: Journey, world: World) -> bool:
    """Give back what an earlier run left owed; whether that succeeded."""
    async with beating(world.clock) as pulse:
        await _see_through(_reverse(debt, journey, world, pulse))
    return world.settlement.find(debt.run) is None


def _outward(journey: Journey, world: World, pulse: Pulse, run_id: str) -> Walk:
    def owe(values: Mapping[str, str]) -> None:
        debt = Debt(run=run_id, journey=journey.name, since=world.clock.now(), values=dict(values))
        world.settlement.owe(debt)

    walk = _walk(journey, world, pulse, {"run_id": run_id, "idempotency_key": run_id})
    walk.owe = owe
    return walk


def _walk(journey: Journey, world: World, pulse: Pulse, names: Mapping[str, str]) -> Walk:
    secrets = {value.get_secret_value() for value in world.variables.values() if isinstance(value, SecretStr)}
    given = {name: _plain(value) for name, value in world.variables.items()}
    return Walk(
        world=world,
        pulse=pulse,
        answer=journey.answer,
        names={**journey.variables, **given, **names},
        secrets={value for value in secrets if value},
    )


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


async def _see_through(work: Coroutine[Any, Any, T]) -> T:
    """Wait for the end of `work` even if this task is cancelled meanwhile; the cancellation goes on after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait({task})


async def _reverse(debt: Debt, journey: Journey, world: World, pulse: Pulse) -> Walk:
    """Take the reversal's steps and clear `debt` once all of them succeeded; else it waits for the next replay."""
    walk = _walk(journey, world, pulse, {**debt.values, "run_id": debt.run})
    walk.cleanup = True
    world.settlement.hold(debt.run)
    try:
        if journey.reversal is not None:
            ending = await walk.through(journey.reversal.steps, within=journey.reversal.deadline)
            _clear(debt, world.settlement, ending, Redactor(walk.secrets))
    finally:
        world.settlement.leave(debt.run)
    _report_bug(journey.name, walk)
    return walk


def _clear(debt: Debt, settlement: Debts, ending: Ending, redact: Redactor) -> None:
    detail = f"{ending.verdict.reason}: {redact.line(ending.verdict.detail)}"
    if ending.verdict.ok:
        try:
            settlement.settle(debt.run)
        except OSError as error:
            detail = f"given back, but the journal cannot be written: {error}"
        else:
            return
    _log.error("reversal_failed", journey=debt.journey, run=debt.run, step=ending.step, detail=detail)


def _attempt(journey: Journey, walk: Walk, *, origin: Origin, started_at: float) -> Attempt:
    return Attempt(
        id=walk.names["run_id"],
        origin=origin,
        journey=journey.name,
        started_at=started_at,
        slices=journey.slices,
        amount=_amount(walk.names.get("amount")),
        available=_amount(walk.names.get("available")),
    )


def _amount(text: str | None) -> float | None:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() else None


def _told(attempt: Attempt, ending: Ending, walks: Sequence[Walk], *, ended_at: float) -> Run:
    """What is known of a run, without its secrets."""
    redact = Redactor({secret for walk in walks for secret in walk.secrets})
    results = [_redacted(result, redact) for walk in walks for result in walk.results]
    outcome = Outcome(
        attempt=attempt,
        kind=ending.verdict.kind,
        reason=ending.verdict.reason,
        ended_at=ended_at,
        step=ending.step,
        detail=redact.line(ending.verdict.detail),
        code=redact.line(ending.verdict.code),
        explained=ending.verdict.explained,
        steps=tuple(results),
    )
    return Run(outcome=outcome, log=tuple(line.redacted(redact) for walk in walks for line in walk.log))


def _redacted(result: StepResult, redact: Redactor) -> StepResult:
    return replace(result, detail=redact.line(result.detail))


def _report_bug(journey: str, walk: Walk) -> None:
    if walk.broken:
        _log.error("run_broken", journey=journey, traceback=Redactor(walk.secrets)(walk.broken))
