"""One pass over the steps of a journey or of its reversal."""

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from drawdown.clock import Clock
from drawdown.codes import Codes
from drawdown.durations import humanize_duration
from drawdown.outcome import Phases, StepResult
from probes.exchange import Exchange, ExchangeError, Reply, Request, TimedOut
from probes.journey import Answer, Step
from probes.pulse import Pulse
from probes.redaction import Exchanged
from probes.settlement import Debts
from probes.template import TemplateFault
from probes.verdict import (
    ACCEPTED,
    Seen,
    Verdict,
    fault,
    judge_answer,
    judge_content,
    judge_error,
    late,
    look,
    stuck,
)

GRACE = 1.0
"""Seconds beyond its deadline after which a step is ended from outside: an exchange did not keep its promise."""


Variables = Mapping[str, str | SecretStr]
"""Values that the configuration gives, by name; a `SecretStr` is hidden wherever it turns up."""

_TICK = 0.02  # seconds; timers of an event loop may ring a little before the clock is there


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where runs take place."""

    exchange: Exchange
    clock: Clock
    codes: Codes
    settlement: Debts
    variables: Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a walk ended, and in which step; an empty step when all were taken."""

    verdict: Verdict = ACCEPTED
    step: str = ""


@dataclass(slots=True, kw_only=True)
class _Visit:
    """One step while it is being taken. `started` and `deadline` are monotonic seconds."""

    step: Step
    started_at: float
    started: float
    deadline: float
    exchanges: int = 0
    pending: bool = False
    status: int | None = None
    phases: Phases = Phases()


class _Ended(Exception):
    """The step is over before its end, with this verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


@dataclass(slots=True, kw_only=True)
class Walk:
    """Takes steps one after the other. `names` are the variables known so far, `secrets` the values to hide; `results`
    and `log` (not yet redacted) are what came of it. `owe` is told the values that a step owes, before its request
    leaves, and may raise OSError to keep it from leaving.
    """

    world: World
    pulse: Pulse
    answer: Answer | None
    names: dict[str, str]
    secrets: set[str]
    owe: Callable[[Mapping[str, str]], None] | None = None
    cleanup: bool = False
    owing: bool = False
    results: list[StepResult] = field(default_factory=list)
    log: list[Exchanged] = field(default_factory=list)
    broken: str = ""
    """The traceback of a bug of ours, not redacted."""

    async def through(self, steps: tuple[Step, ...], *, within: float) -> Ending:
        """Take `steps` until one does not succeed or `within` seconds are over."""
        deadline = self.world.clock.monotonic() + within
        for step in steps:
            if self.world.clock.monotonic() >= deadline:
                verdict = late(f"no time left for {step.name}: {humanize_duration(within)} are over")
            else:
                verdict = await self._take(step, deadline)
            if not verdict.ok:
                return Ending(verdict=verdict.while_owing() if self.owing else verdict, step=step.name)
        return Ending()

    async def _take(self, step: Step, deadline: float) -> Verdict:
        clock = self.world.clock
        visit = _Visit(step=step, started_at=clock.now(), started=clock.monotonic(), deadline=deadline)
        self.pulse.reset()
        try:
            async with asyncio.timeout(deadline - visit.started + GRACE):
                verdict = await self._perform(visit)
        except Exception as error:  # noqa: BLE001 - the edge of a run: a bug of ours must end neither agent nor reversal
            self.broken = traceback.format_exc()
            verdict = fault(f"the monitor failed: {type(error).__name__}: {error}")
        verdict = verdict.after_stall(self.pulse.late)
        self.results.append(self._result(visit, verdict.while_owing() if self.owing else verdict))
        return verdict

    def _result(self, visit: _Visit, verdict: Verdict) -> StepResult:
        return StepResult(
            name=visit.step.name,
            started_at=visit.started_at,
            duration=self.world.clock.monotonic() - visit.started,
            kind=verdict.kind,
            reason=verdict.reason,
            detail=verdict.detail,
            status=visit.status,
            phases=visit.phases,
            exchanges=visit.exchanges,
            cleanup=self.cleanup,
        )

    async def _perform(self, visit: _Visit) -> Verdict:
        try:
            request = self._render(visit)
            self._write_down(visit.step)
            seen = await self._ask(visit, request)
            while visit.step.poll and not visit.step.poll.until.met_by(seen.content, seen.names):
                await self._pause(visit, visit.step.poll.every)
                seen = await self._ask(visit, self._render(visit))
            return self._conclude(visit, seen)
        except _Ended as ended:
            return ended.verdict
        except TemplateFault as error:
            return fault(str(error))
        except ExchangeError as error:
            return self._unanswered(visit, error)

    def _render(self, visit: _Visit) -> Request:
        clock = self.world.clock
        self.names["now"] = str(int(clock.now()))
        timeout = min(visit.step.timeout, visit.deadline - clock.monotonic())
        return visit.step.request.render(self.names, timeout=timeout)

    def _write_down(self, step: Step) -> None:
        if not step.owes or self.owe is None:
            return
        values = {name: self.names[name] for name in step.owes}
        exposed = [name for name, value in values.items() if value in self.secrets]
        if exposed:
            raise _Ended(fault(f"{', '.join(exposed)} is secret and cannot be owed: it would be written to disk"))
        try:
            self.owe(values)
        except OSError as error:
            raise _Ended(fault(f"what is owed cannot be written to disk: {error}")) from None
        self.owing = True

    async def _ask(self, visit: _Visit, request: Request) -> Seen:
        """One exchange whose answer is no refusal.

        Raises:
            _Ended: it is a refusal, or not an answer to work with.
            ExchangeError: there is no answer.
        """
        reply = await self._send(visit, request)
        step, codes = visit.step, self.world.codes
        seen = look(reply, step, names=self.names, answer=self.answer, codes=codes)
        self._hide(seen)
        verdict = judge_answer(seen)
        if not verdict.ok:
            raise _Ended(verdict)
        return seen

    async def _send(self, visit: _Visit, request: Request) -> Reply:
        clock = self.world.clock
        started = clock.monotonic()
        line = _line(visit.step.name, request, at=clock.now())
        self.log.append(line)
        visit.exchanges += 1
        try:
            reply = await self.world.exchange.send(request)
        except ExchangeError as error:
            visit.phases = error.phases
            spent = clock.monotonic() - started
            self.log[-1] = replace(line, duration=spent, phases=error.phases, error=str(error))
            raise
        visit.status, visit.phases = reply.status, reply.phases
        self.log[-1] = replace(_answered(line, reply), duration=clock.monotonic() - started)
        return reply

    def _hide(self, seen: Seen) -> None:
        found = (seen.step.capture[name].text_in(seen.content) for name in seen.step.secret)
        self.secrets |= {value for value in found if value}

    async def _pause(self, visit: _Visit, seconds: float) -> None:
        visit.pending = True
        clock = self.world.clock
        upcoming = clock.monotonic() + seconds
        if upcoming >= visit.deadline:
            await clock.sleep_until(visit.deadline)
            raise _Ended(stuck(self._still_pending(visit)))
        await clock.sleep_until(upcoming)

    def _still_pending(self, visit: _Visit) -> str:
        passed = humanize_duration(self.world.clock.monotonic() - visit.started)
        return f"still pending after {passed} and {visit.exchanges} polls"

    def _unanswered(self, visit: _Visit, error: ExchangeError) -> Verdict:
        over = self.world.clock.monotonic() >= visit.deadline - _TICK
        if isinstance(error, TimedOut) and visit.pending and over:
            return stuck(self._still_pending(visit))
        return judge_error(error)

    def _conclude(self, visit: _Visit, seen: Seen) -> Verdict:
        verdict = judge_content(seen, seconds=self.world.clock.monotonic() - visit.started)
        if verdict.ok:
            for name, path in visit.step.capture.items():
                self.names[name] = path.text_in(seen.content) or ""
        return verdict


def _line(step: str, request: Request, *, at: float) -> Exchanged:
    return Exchanged(
        step=step,
        at=at,
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body.decode("utf-8", "replace"),
        error="given up",
    )


def _answered(line: Exchanged, reply: Reply) -> Exchanged:
    return replace(
        line,
        status=reply.status,
        reply_headers=reply.headers,
        reply_body=reply.text,
        phases=reply.phases,
        error="",
    )
