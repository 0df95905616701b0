"""Counts as a witness: how many attempts were hit, where the counts are those of the catalogue's attempts."""

import numpy as np

from drawdown.catalogue import ATTEMPTS
from drawdown.outcome import OTHER, SLICES, TRAITS, Origin
from drawdown.reasons import Reason
from drawdown.series import Bools, Floats
from drawdown.tally import Part, Tally, Within
from monitor.replay.counts import Counts

_INSTANT = 0.001


class CountsWitness:
    """Attempts by `origin`, `journey` and `reason` (a `drawdown.tally.Witnesses`).

    What a step counts is known at its end: until then nobody had seen it. Borrowers are not told apart.
    """

    def __init__(self, counts: Counts) -> None:
        self._sets = counts.sets
        self._which = counts.which
        self._known_at = counts.at + counts.step - _INSTANT
        column = counts.counters.index(ATTEMPTS.name) if ATTEMPTS.name in counts.counters else None
        self._attempts: Floats = np.zeros(len(counts.at)) if column is None else counts.amounts[:, column]

    def tally(  # noqa: PLR0913 - as a `Witnesses` is asked
        self, *, origin: Origin, journey: str, reason: Reason, since: float, until: float, within: Within | None = None
    ) -> Tally:
        """Count the attempts of the steps that ended with `since <= end <= until` (Unix seconds)."""
        first, last = np.searchsorted(self._known_at, [since, until])
        which, attempts = self._which[first:last], self._attempts[first:last]
        sums = np.bincount(which, weights=attempts, minlength=len(self._sets)).astype(np.float64)
        mine = self._where(origin=origin, journey=journey) & self._inside(within)
        hit = mine & self._where(reason=reason)
        affected = round(float(sums[hit].sum()))
        return Tally(
            attempts=round(float(sums[mine].sum())),
            affected=affected,
            borrowers=affected,
            slices={
                name: parts for name in (*SLICES, *TRAITS) if (parts := self._parts(name, sums, mine=mine, hit=hit))
            },
        )

    def _where(self, **labels: str) -> Bools:
        return np.array([all(one.get(name) == value for name, value in labels.items()) for one in self._sets], np.bool_)

    def _inside(self, within: Within | None) -> Bools:
        if within is None:
            return np.ones(len(self._sets), np.bool_)
        return np.array([one.get(within.slice, OTHER) in within.values for one in self._sets], np.bool_)

    def _parts(self, name: str, sums: Floats, *, mine: Bools, hit: Bools) -> tuple[Part, ...]:
        """By value of a slice; nothing where no line says it."""
        values = [labels.get(name, OTHER) for labels in self._sets]
        if set(values) == {OTHER}:
            return ()
        parts = (self._part(value, values, sums, (mine, hit)) for value in dict.fromkeys(values))
        return tuple(sorted(parts, key=lambda part: (-part.affected, part.value)))

    def _part(self, value: str, values: list[str], sums: Floats, masks: tuple[Bools, Bools]) -> Part:
        of_value = np.array([each == value for each in values], np.bool_)
        attempts, affected = (round(float(sums[mask & of_value].sum())) for mask in masks)
        return Part(value=value, attempts=attempts, affected=affected)
