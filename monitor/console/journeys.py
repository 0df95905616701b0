"""A journey and its runs as the page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drawdown.outcome import Origin, Outcome, StepResult
from drawdown.reasons import Blame, Kind, Reason


class Journey(Protocol):
    """What the page wants to know of a probed journey. `every` is seconds between two runs."""

    @property
    def name(self) -> str: ...

    @property
    def every(self) -> float: ...


class Outcomes(Protocol):
    """Who remembers single outcomes."""

    def recent(self, journey: str, origin: Origin, limit: int) -> Sequence[Outcome]:
        """The last outcomes of a journey, newest first."""

    def find(self, attempt_id: str) -> Outcome | None:
        """The outcome of one attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One run in the strip."""

    id: str
    at: float
    duration: float
    kind: Kind
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt with its steps, for the waterfall. Whose attempt it was is left out."""

    id: str
    origin: Origin
    journey: str
    started_at: float
    ended_at: float
    kind: Kind
    reason: Reason
    blame: Blame
    step: str
    detail: str
    code: str
    slices: Mapping[str, str]
    traits: Mapping[str, str]
    steps: tuple[StepResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyState:
    """A journey now: `state` is the last run's ending, None before the first; `silent` when runs are overdue.

    `state_since` is when the first of the last runs with that ending ended; `in_a_row` counts them.
    """

    name: str
    every: float
    state: Kind | None = None
    silent: bool = False
    state_since: float | None = None
    in_a_row: int = 0
    last_success: float | None = None
    runs: tuple[Tick, ...] = ()
    """Oldest first, as they stand in the strip."""
    latest: Run | None = None


STRIP = 90
"""Runs that a strip holds."""

_PATIENCE = 30.0


def journey_state(journey: Journey, outcomes: Outcomes, *, now: float) -> JourneyState:
    """`journey` as its last runs show it at `now`."""
    newest_first = tuple(outcomes.recent(journey.name, Origin.PROBE, STRIP))
    if not newest_first:
        return JourneyState(name=journey.name, every=journey.every)
    streak = _streak(newest_first)
    return JourneyState(
        name=journey.name,
        every=journey.every,
        state=newest_first[0].kind,
        silent=now - newest_first[0].ended_at > 3 * journey.every + _PATIENCE,
        state_since=streak[-1].ended_at,
        in_a_row=len(streak),
        last_success=next((run.ended_at for run in newest_first if run.kind is Kind.SUCCEEDED), None),
        runs=tuple(_tick(outcome) for outcome in reversed(newest_first)),
        latest=run(newest_first[0]),
    )


def _streak(newest_first: Sequence[Outcome]) -> Sequence[Outcome]:
    kind = newest_first[0].kind
    end = next((place for place, outcome in enumerate(newest_first) if outcome.kind is not kind), len(newest_first))
    return newest_first[:end]


def _tick(outcome: Outcome) -> Tick:
    return Tick(
        id=outcome.attempt.id,
        at=outcome.ended_at,
        duration=outcome.duration,
        kind=outcome.kind,
        reason=outcome.reason,
    )


def run(outcome: Outcome) -> Run:
    """An outcome with all that the page tells of it."""
    return Run(
        id=outcome.attempt.id,
        origin=outcome.attempt.origin,
        journey=outcome.attempt.journey,
        started_at=outcome.attempt.started_at,
        ended_at=outcome.ended_at,
        kind=outcome.kind,
        reason=outcome.reason,
        blame=outcome.reason.blame,
        step=outcome.step,
        detail=outcome.detail,
        code=outcome.code,
        slices=outcome.attempt.slices,
        traits=outcome.attempt.traits,
        steps=outcome.steps,
    )
