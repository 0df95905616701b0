"""Remembers many outcomes at once, of which all is known beforehand, as the history remembers them one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.census import Outcomes
from collector.columns import OutcomeColumns
from drawdown.outcome import TRAITS, Origin, Outcome
from drawdown.reasons import Reason
from drawdown.tally import Tally, Within


class CensusWitness:
    """Remembers the outcomes that have been seen so far (a `drawdown.tally.Witnesses`). `sorts` holds one outcome of
    each sort, by its number; `traits` those that there are, by theirs.
    """

    def __init__(
        self, outcomes: Outcomes, sorts: Mapping[int, Outcome], traits: Sequence[Mapping[str, str]] = ({},)
    ) -> None:
        self._outcomes = outcomes
        self._columns = OutcomeColumns(max(1, len(outcomes)))
        self._cells: dict[str, npt.NDArray[Any]] = {}
        for number, outcome in sorts.items():
            for name, cell in self._columns.cells(outcome).items():
                self._cells.setdefault(name, np.zeros(max(sorts) + 1))[number] = cell
        kept = [self._columns.traits(each) for each in traits]
        self._traits = {name: np.array([each[name] for each in kept], dtype=np.int64) for name in TRAITS}
        self._seen = 0
        self._until = 0

    def see(self, until: float) -> None:
        """From now on what is seen up to Unix second `until` counts."""
        self._until = int(np.searchsorted(self._outcomes.seen_at, until, side="right"))

    def _take_in(self) -> None:
        """Only when somebody asks: mostly nobody does."""
        rows = slice(self._seen, self._until)
        if rows.start >= rows.stop:
            return
        cells = {name: column[self._outcomes.sorts[rows]] for name, column in self._cells.items()}
        own = {"ended_at": self._outcomes.ended_at[rows], "borrower": self._outcomes.borrowers[rows]}
        traits = {name: column[self._outcomes.traits[rows]] for name, column in self._traits.items()}
        self._columns.extend({**cells, **own, **traits})
        self._seen = rows.stop

    def tally(  # noqa: PLR0913 - as a `Witnesses` is asked
        self, *, origin: Origin, journey: str, reason: Reason, since: float, until: float, within: Within | None = None
    ) -> Tally:
        """Count the attempts that ended with `since <= ended_at < until` (Unix seconds)."""
        self._take_in()
        return self._columns.tally((origin, journey), reason, since=since, until=until, within=within)
