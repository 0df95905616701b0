"""Rounds of questions: what a group reads on the other side is asked before its turn, all of it at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.promql import Expression, PromQLError, Vector, parse
from alerts.remote.answers import Answers
from alerts.remote.decoding import Unanswered, Unreachable
from alerts.remote.plan import Plan
from alerts.remote.pulse import Pulse, Result
from alerts.remote.rehearsal import Rehearsal
from alerts.remote.split import Part, Split
from alerts.rule import Group
from alerts.template import External
from drawdown.catalogue import MISSED_EVALUATIONS, Instruments
from drawdown.clock import Clock

PATIENCE: Final = 0.5
"""Seconds that an evaluation waits for answers. A group whose answers take longer is evaluated when they are there."""

PULSE: Final = 10.0
"""Seconds after which the other side is asked something, so that its silence is noticed when no group is due."""

_ALIVE: Final = Part("vector(1)")
_TURNS: Final = 4
"""How often a template may ask for something that depends on what it was answered."""

Ask = Callable[[Part, float], Awaitable[Vector]]
"""Asks for a part at a time (Unix seconds); raises Unanswered."""
_Given = Vector | PromQLError


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How rounds are held: the other side is asked for what it had `delay` seconds ago, by so many `connections` at
    once. `interval` is that of groups that name none, `external` what templates can name.
    """

    delay: float = 0.0
    connections: int = 8
    interval: float = 1.0
    external: External = External()


@dataclass(slots=True)
class _Round:
    """One that is under way or has come to its end: when it began, how many turns its group has missed since, and
    whether it was held again for what a rule asks that was not known before.
    """

    began: float
    task: asyncio.Task[None]
    missed: int = 0
    again: bool = False


@dataclass(slots=True)
class _Queue:
    """The parts of one round: they get half of the connections, so that a group that hangs leaves some to the others.
    `lost` says that one was asked in vain, `heard` that another one was answered: then only that one was too much.
    """

    places: asyncio.Semaphore
    lost: Unreachable | None = None
    heard: bool = False


class Rounds:
    """Holds a round for each group, one at a time (an `alerts.elsewhere.Elsewhere`)."""

    def __init__(  # noqa: PLR0913 - what it asks for, and whom
        self,
        plans: Sequence[Plan],
        ask: Ask,
        answers: Answers,
        *,
        split: Split,
        terms: Terms,
        clock: Clock,
        instruments: Instruments,
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Rounds are tasks of `tasks`, which ends after `close`."""
        self._plans = {_key(plan.group): plan for plan in plans}
        self._ask = ask
        self._answers = answers
        self._split = split
        self._rehearsal = Rehearsal(answers=answers, split=split, external=terms.external)
        self._terms = terms
        self._instruments = instruments
        self._tasks = tasks
        self._pulse = Pulse(clock, instruments)
        self._places = asyncio.Semaphore(terms.connections)
        self._rounds: dict[tuple[str, str], _Round] = {}
        self._of_templates: dict[tuple[str, str], tuple[Part, ...]] = {}
        self._beat: asyncio.Task[None] | None = None
        self._now = 0.0

    def read(self, text: str) -> Expression:
        return self._split(parse(text))

    async def fetch(self, groups: Sequence[Group], now: float) -> None:
        """Begin a round for each of the groups that is in none, and wait a moment for these."""
        self._now = now
        begun = [round_ for group in groups if (round_ := self._begin(group, now))]
        self._feel(now)
        if begun:
            await asyncio.wait({round_.task for round_ in begun}, timeout=PATIENCE)
        self._pulse.show()

    def take(self, group: Group) -> bool:
        round_ = self._rounds.get(_key(group))
        if round_ is None:
            return not self._plans[_key(group)].parts
        if not round_.task.done() or self._hold_again(round_, self._plans[_key(group)]):
            return False
        del self._rounds[_key(group)]
        return True

    def close(self) -> None:
        """Hold no more rounds, and give up those that are under way."""
        for task in self._under_way():
            task.cancel()

    def _under_way(self) -> Iterator[asyncio.Task[None]]:
        yield from (round_.task for round_ in self._rounds.values())
        if self._beat is not None:
            yield self._beat

    def _begin(self, group: Group, now: float) -> _Round | None:
        plan, round_ = self._plans[_key(group)], self._rounds.get(_key(group))
        if round_ is not None:
            self._count_missed(round_, now, group.interval or self._terms.interval)
            return None
        if not plan.parts and not plan.asks:
            return None
        parts = (*plan.parts, *self._of_templates.get(_key(group), ()))
        round_ = self._rounds[_key(group)] = _Round(now, self._tasks.create_task(self._hold(plan, now, parts)))
        return round_

    def _count_missed(self, round_: _Round, now: float, interval: float) -> None:
        """A round lasts longer than its group's interval: nothing is made up for, nothing piles up."""
        missed = max(round_.missed, round((now - round_.began) // interval))
        self._instruments.add(MISSED_EVALUATIONS, missed - round_.missed)
        round_.missed = missed

    def _hold_again(self, round_: _Round, plan: Plan) -> bool:
        """Whether templates will ask what the round has not seen, for other groups have recorded since: once, for some
        ask for something else each time.
        """
        if round_.again or not plan.asks:
            return False
        missing = [part for part in self._rehearsal.parts(plan.group, self._now) if part not in self._answers]
        if missing:
            round_.again, round_.task = True, self._tasks.create_task(self._hold(plan, self._now, missing))
        return bool(missing)

    async def _hold(self, plan: Plan, now: float, parts: Sequence[Part]) -> None:
        """Ask for `parts`, and for what templates will ask once these are known."""
        fresh: set[Part] = set()
        for _ in range(_TURNS):
            self._answers.take(await self._asked(parts, now), keep=self._wanted())
            fresh.update(parts)
            wanted = self._rehearsal.parts(plan.group, now) if plan.asks else ()
            self._of_templates[_key(plan.group)] = wanted
            parts = [part for part in wanted if part not in fresh]
            if not parts:
                return

    def _wanted(self) -> frozenset[Part]:
        parts = (part for plan in self._plans.values() for part in plan.parts)
        return frozenset(parts).union(*self._of_templates.values())

    async def _asked(self, parts: Iterable[Part], now: float) -> Mapping[Part, _Given]:
        """Each part's answer. When it is known that nobody is there, those that still wait are not asked."""
        wanted = tuple(dict.fromkeys(parts))
        queue = _Queue(asyncio.Semaphore(max(1, self._terms.connections // 2)))
        answers = await asyncio.gather(*(self._answer(part, now, queue) for part in wanted))
        return dict(zip(wanted, answers, strict=True))

    async def _answer(self, part: Part, now: float, queue: _Queue) -> _Given:
        async with queue.places, self._places:
            if queue.lost is not None and not queue.heard:
                return queue.lost
            self._pulse.asked()
            try:
                answer = await self._ask(part, now - part.offset - self._terms.delay)
            except Unreachable as error:
                queue.lost = error
                self._pulse.failed(error.message)
                return error
            except Unanswered as error:
                return self._heard(error, queue, Result.REFUSED)
        return self._heard(answer, queue, Result.ANSWERED)

    def _heard(self, answer: _Given, queue: _Queue, result: Result) -> _Given:
        queue.heard = True
        self._pulse.answered(result)
        return answer

    def _feel(self, now: float) -> None:
        if self._pulse.quiet >= PULSE and all(task.done() for task in self._under_way()):
            self._beat = self._tasks.create_task(self._felt(now))

    async def _felt(self, now: float) -> None:
        await self._answer(_ALIVE, now, _Queue(asyncio.Semaphore()))


def _key(group: Group) -> tuple[str, str]:
    return group.source, group.name
