"""What a run looked like, small enough to be drawn: traffic, reasons and incidents over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from alerts.incident import Incident
from drawdown.outcome import Origin
from drawdown.reasons import Blame, Reason
from monitor.scenarios.run import Run

_PIECES: Final = 150
_MOST_REASONS: Final = 6
_USUAL: Final = {Blame.NOBODY, Blame.BORROWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An incident. Seconds count from the start of the scenario; `ended` is None while it is open."""

    reason: Reason
    severity: str
    opened: float
    ended: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """Attempts that ended in each of some pieces of time, `every` seconds long, as the monitor heard of them; and of
    the reasons that spoil most attempts, how many they spoiled. `runs` are those of the probe: when each ended, in
    seconds from the start, and who is to blame for it.
    """

    every: float
    attempts: tuple[int, ...]
    reasons: tuple[tuple[Reason, tuple[int, ...]], ...]
    incidents: tuple[Span, ...]
    runs: tuple[tuple[float, Blame], ...] = ()


def sketch(run: Run) -> Sketch:
    """Draw `run` together."""
    scenario, of_borrowers = run.scenario, run.taken.of(Origin.BORROWER)
    edges = np.linspace(0.0, scenario.seconds, _PIECES + 1)
    after, sorts = run.taken.outcomes.seen_at[of_borrowers] - scenario.start, run.taken.outcomes.sorts[of_borrowers]
    reasons = {number: outcome.reason for number, outcome in run.taken.sorts.items()}
    bad = {reasons[number] for number in set(sorts.tolist()) if reasons[number].blame not in _USUAL}
    rows = {}
    for reason in bad:
        numbers = [number for number, each in reasons.items() if each is reason]
        rows[reason] = np.histogram(after[np.isin(sorts, numbers)], edges)[0]
    most = sorted(rows, key=lambda reason: (-int(rows[reason].sum()), reason))[:_MOST_REASONS]
    return Sketch(
        every=scenario.seconds / _PIECES,
        attempts=tuple(np.histogram(after, edges)[0].tolist()),
        reasons=tuple((reason, tuple(rows[reason].tolist())) for reason in most),
        incidents=tuple(_spans(run.watched.incidents, scenario.start)),
        runs=tuple(_runs(run)),
    )


def _spans(incidents: tuple[Incident, ...], start: float) -> Iterator[Span]:
    for each in incidents:
        ended = None if each.resolved_at is None else each.resolved_at - start
        yield Span(reason=each.reason, severity=each.severity, opened=each.opened_at - start, ended=ended)


def _runs(run: Run) -> Iterator[tuple[float, Blame]]:
    rows = np.flatnonzero(run.taken.of(Origin.PROBE))
    outcomes = run.taken.outcomes
    ended = (outcomes.seen_at[rows] - run.scenario.start).tolist()
    reasons = (run.taken.sorts[number].reason for number in outcomes.sorts[rows].tolist())
    return ((at, reason.blame) for at, reason in zip(ended, reasons, strict=True))
