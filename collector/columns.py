"""Outcomes as columns of numbers, so that a hundred thousand of them are counted in about a millisecond."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.terms import Terms
from drawdown.outcome import OTHER, SLICES, TRAITS, Origin, Outcome
from drawdown.reasons import Reason
from drawdown.tally import Part, Tally, Within

_REASONS: Mapping[Reason, int] = {reason: number for number, reason in enumerate(Reason)}
_TYPES: Mapping[str, str] = {
    "ended_at": "f8",
    "newest": "f8",  # of this row and all before it: ascends, so that old rows can be passed over
    "borrower": "i8",
    "who": "i4",
    "reason": "i2",
    "unexplained": "?",
    "step": "i4",
    "code": "i4",
    **dict.fromkeys((*SLICES, *TRAITS), "i4"),
}
_TEXTS = ("step", "code", *SLICES, *TRAITS)
_NOBODY = 0
_MOST_VALUES = 50
"""Of a trait that a tally tells apart: nobody lists them, so a sender could make any number of them."""


class OutcomeColumns:
    """The last outcomes, at least `rows` of them.

    The arrays hold twice as many. When they are full the younger half moves to the front, and texts that no row uses
    any more are forgotten: rows and texts are both bounded.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._count = 0
        self._columns: dict[str, npt.NDArray[Any]] = {name: np.zeros(2 * rows, kind) for name, kind in _TYPES.items()}
        self._terms = {name: Terms() for name in _TEXTS}
        self._who: dict[tuple[Origin, str], int] = {}

    def add(self, outcome: Outcome) -> None:
        """Append an outcome."""
        if self._count == 2 * self._rows:
            self._forget()
        for name, value in self._cells(outcome):
            self._columns[name][self._count] = value
        self._count += 1

    def cells(self, outcome: Outcome) -> dict[str, float]:
        """The numbers that an outcome is kept as."""
        return dict(self._cells(outcome))

    def traits(self, traits: Mapping[str, str]) -> dict[str, float]:
        """The numbers that an attempt's traits are kept as."""
        return {trait: self._terms[trait].number(traits.get(trait) or OTHER) for trait in TRAITS}

    def extend(self, cells: Mapping[str, npt.NDArray[Any]]) -> None:
        """Append many outcomes by their `cells`, for which there must be room.

        Raises:
            ValueError: there is none.
        """
        count = len(cells["ended_at"])
        rows = slice(self._count, self._count + count)
        if rows.stop > 2 * self._rows:
            raise ValueError(f"there is no room for {count} outcomes more")
        for name, values in cells.items():
            self._columns[name][rows] = values
        newest = self._columns["newest"]
        first = max(0, self._count - 1)
        newest[rows] = cells["ended_at"]
        np.maximum.accumulate(newest[first : rows.stop], out=newest[first : rows.stop])
        self._count = rows.stop

    def tally(
        self, who: tuple[Origin, str], reason: Reason, *, since: float, until: float, within: Within | None = None
    ) -> Tally:
        """Count the attempts of `who` that ended with `since <= ended_at < until`, and those hit by `reason`; of these
        only a part where that is asked for.
        """
        first = int(np.searchsorted(self._columns["newest"][: self._count], since))
        rows = {name: column[first : self._count] for name, column in self._columns.items()}
        ended = rows["ended_at"]
        all_ = np.flatnonzero((rows["who"] == self._who.get(who, -1)) & (ended >= since) & (ended < until))
        if within is not None:
            all_ = all_[self._is_in(within, rows[within.slice][all_])]
        hit = all_[rows["reason"][all_] == _REASONS[reason]]
        return Tally(
            attempts=len(all_),
            affected=len(hit),
            borrowers=_borrowers(rows["borrower"][hit]),
            unexplained=int(np.count_nonzero(rows["unexplained"][hit])),
            steps=self._counted("step", rows["step"][hit]),
            codes=self._counted("code", rows["code"][hit]),
            slices=dict(self._slices(rows, all_, hit)),
        )

    def _cells(self, outcome: Outcome) -> Iterator[tuple[str, float]]:
        attempt = outcome.attempt
        before = self._columns["newest"][self._count - 1] if self._count else outcome.ended_at
        yield "ended_at", outcome.ended_at
        yield "newest", max(before, outcome.ended_at)
        yield "borrower", (hash(attempt.borrower) or 1) if attempt.borrower else _NOBODY
        yield "who", self._who.setdefault((attempt.origin, attempt.journey), len(self._who))
        yield "reason", _REASONS[outcome.reason]
        yield "unexplained", outcome.explained is False
        yield "step", self._terms["step"].number(outcome.step)
        yield "code", self._terms["code"].number(outcome.code)
        for slice_ in SLICES:
            yield slice_, self._terms[slice_].number(attempt.slices.get(slice_) or OTHER)
        yield from self.traits(attempt.traits).items()

    def _is_in(self, within: Within, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        texts = self._terms[within.slice].texts
        return np.isin(values, [number for number, text in enumerate(texts) if text in within.values])

    def _forget(self) -> None:
        """Keep the younger half."""
        for column in self._columns.values():
            column[: self._rows] = column[self._rows :]
        self._count = self._rows
        for name, terms in self._terms.items():
            column = self._columns[name][: self._rows]
            self._terms[name], column[:] = terms.without_unused(column)

    def _counted(self, name: str, hit: npt.NDArray[Any]) -> dict[str, int]:
        counts = np.bincount(hit, minlength=len(self._terms[name].texts)).tolist()
        pairs = zip(self._terms[name].texts, counts, strict=True)
        return dict(sorted(((text, count) for text, count in pairs if count and text), key=lambda pair: -pair[1]))

    def _slices(
        self, rows: Mapping[str, npt.NDArray[Any]], all_: npt.NDArray[Any], hit: npt.NDArray[Any]
    ) -> Iterator[tuple[str, tuple[Part, ...]]]:
        for name in SLICES:
            yield name, self._parts(name, rows[name][all_], rows[name][hit])
        for name in TRAITS:
            if rows[name][all_].any():
                yield name, _most_used(self._parts(name, rows[name][all_], rows[name][hit]))

    def _parts(self, name: str, all_: npt.NDArray[Any], hit: npt.NDArray[Any]) -> tuple[Part, ...]:
        texts = self._terms[name].texts
        attempts, affected = (np.bincount(rows, minlength=len(texts)).tolist() for rows in (all_, hit))
        parts = [
            Part(value=text, affected=affected[number], attempts=attempts[number])
            for number, text in enumerate(texts)
            if attempts[number]
        ]
        return _ranked(parts)


def _ranked(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (-part.affected, -part.attempts, part.value)))


def _most_used(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The values that most attempts have; all others are `other`. Which are kept does not depend on who is hit."""
    by_use = sorted(parts, key=lambda part: (part.value == OTHER, -part.attempts, part.value))
    rest = by_use[_MOST_VALUES:]
    if not rest:
        return parts
    affected, attempts = sum(part.affected for part in rest), sum(part.attempts for part in rest)
    return _ranked((*by_use[:_MOST_VALUES], Part(value=OTHER, affected=affected, attempts=attempts)))


def _borrowers(rows: npt.NDArray[Any]) -> int:
    """Different borrowers; a row without one counts as one. Sorting is ten times as fast here as `np.unique`."""
    nobodies = int(np.count_nonzero(rows == _NOBODY))
    named = np.sort(rows[rows != _NOBODY])
    return nobodies + int(np.count_nonzero(np.diff(named, prepend=_NOBODY)))
