"""Counts many outcomes at once: what the recorder's series are at each of many times, without recording one by one.

Outcomes of one sort differ in times, durations and who drew alone. The recorder is shown one of each sort and what it
does to its slots is written down; the others are then counted in columns. So its meaning stays the only one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from collector.columns import OutcomeColumns
from collector.recorder import Recorder
from collector.slots import Slots
from collector.vocabulary import Vocabulary
from drawdown.catalogue import Metric
from drawdown.outcome import TRAITS, Origin, Outcome
from drawdown.reasons import Reason
from drawdown.series import NAME, Floats, Labels
from drawdown.tally import Tally

Indices = npt.NDArray[np.int64]

_OF_THE_ATTEMPT: Final = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcomes:
    """Many outcomes in the order in which they were seen, in columns (n,): the number of their sort, when they were
    seen and when they ended (Unix seconds), and who drew, 0 for nobody, with the number of the traits. `seconds` are
    the durations of each: of the attempt, then of its steps.
    """

    sorts: Indices
    seen_at: Floats
    ended_at: Floats
    borrowers: Indices
    traits: Indices
    seconds: Sequence[tuple[float, ...]]

    def __len__(self) -> int:
        return len(self.sorts)


@dataclass(frozen=True, slots=True)
class _Addition:
    slot: int
    amount: float


@dataclass(frozen=True, slots=True)
class _Latest:
    """A gauge that is raised to when an outcome ended."""

    slot: int


@dataclass(frozen=True, slots=True)
class _Observation:
    """`which` of the durations goes into the histogram that begins at slot `first`."""

    first: int
    buckets: tuple[float, ...]
    which: int


_Note = _Addition | _Latest | _Observation


class _NotingSlots(Slots):
    """Slots that write down what is done to them instead of doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[_Note] = []

    def add(self, metric: Metric, values: tuple[str, ...], amount: float = 1.0) -> None:
        self.notes.append(_Addition(self.open(metric, values), amount))

    def raise_to(self, metric: Metric, values: tuple[str, ...], value: float) -> None:  # noqa: ARG002 - it is told later
        self.notes.append(_Latest(self.open(metric, values)))

    def observe(self, metric: Metric, values: tuple[str, ...], seconds: float) -> None:
        self.notes.append(_Observation(self.open(metric, values), metric.buckets, round(seconds)))

    def taken(self) -> tuple[_Note, ...]:
        """The notes since the last time."""
        notes, self.notes = tuple(self.notes), []
        return notes


class Census:
    """The series of one vocabulary. First `sort` every kind of outcome that comes, then `count` them."""

    def __init__(self, vocabulary: Vocabulary, *, now: float) -> None:
        self._slots = _NotingSlots()
        self._recorder = Recorder(vocabulary, now=now, slots=self._slots)
        self._sorts: list[tuple[_Note, ...]] = []

    @property
    def recorder(self) -> Recorder:
        """Where others start their series; what is done to it is not counted, but for what `note` makes a sort of."""
        return self._recorder

    def sort(self, outcome: Outcome) -> int:
        """The number of a new sort: that of `outcome`, whatever its times and durations, as the first of its borrower.

        Raises:
            ValueError: its journey is not in the vocabulary.
        """
        self._slots.taken()
        self._recorder.record(self._marked(outcome))
        return self.note()

    def sort_of_repeats(self, outcome: Outcome) -> int:
        """The same for one whose borrower was refused for the same reason just before (`collector.repeats`)."""
        again = self._marked(outcome)
        self._recorder.record(again)
        self._slots.taken()
        self._recorder.record(again)
        return self.note()

    def note(self) -> int:
        """The number of a new sort: of that which has just been done to the recorder."""
        self._sorts.append(self._slots.taken())
        return len(self._sorts) - 1

    def count(
        self, told: Sequence[Outcomes], times: Floats, *, names: Collection[str] | None = None
    ) -> tuple[tuple[Labels, ...], Floats]:
        """The series with these names (all of them when None), and their values (series, T) at `times` (T,), which
        ascend: at each that of the outcomes seen by then. Outcomes seen later than the last time are not counted.
        """
        rows = [row for row, labels in enumerate(self._slots.labels) if names is None or labels[NAME] in names]
        sheet = _Sheet(rows, len(self._slots.labels), times)
        for outcomes in told:
            for notes, members in self._members(outcomes):
                sheet.enter(notes, outcomes, members)
        return tuple(self._slots.labels[row] for row in rows), sheet.totals()

    def _marked(self, outcome: Outcome) -> Outcome:
        """It by a borrower whom nobody has seen, with durations that say which they are: 0 that of the attempt, then
        those of the steps.
        """
        steps = (replace(step, duration=float(number)) for number, step in enumerate(outcome.steps, start=1))
        attempt = replace(outcome.attempt, started_at=0.0, borrower=f"of sort {len(self._sorts)}")
        return replace(outcome, attempt=attempt, ended_at=float(_OF_THE_ATTEMPT), steps=tuple(steps))

    def _members(self, outcomes: Outcomes) -> Iterator[tuple[tuple[_Note, ...], Indices]]:
        order = np.argsort(outcomes.sorts, kind="stable")
        edges = np.searchsorted(outcomes.sorts[order], np.arange(len(self._sorts) + 1))
        for number, notes in enumerate(self._sorts):
            members = order[edges[number] : edges[number + 1]]
            if len(members):
                yield notes, members


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

    def see(self, until: float) -> None:
        """Take in what is seen up to Unix second `until`."""
        rows = slice(self._seen, int(np.searchsorted(self._outcomes.seen_at, until, side="right")))
        if rows.start >= rows.stop:
            return
        cells = {name: column[self._outcomes.sorts[rows]] for name, column in self._cells.items()}
        own = {"ended_at": self._outcomes.ended_at[rows], "borrower": self._outcomes.borrowers[rows]}
        traits = {name: column[self._outcomes.traits[rows]] for name, column in self._traits.items()}
        self._columns.extend({**cells, **own, **traits})
        self._seen = rows.stop

    def tally(self, *, origin: Origin, journey: str, reason: Reason, since: float, until: float) -> Tally:
        """Count the attempts that ended with `since <= ended_at < until` (Unix seconds)."""
        return self._columns.tally((origin, journey), reason, since=since, until=until)


class _Sheet:
    """What each series gains at each time."""

    def __init__(self, rows: Sequence[int], slots: int, times: Floats) -> None:
        self._times = times
        self._place = np.full(slots, -1)
        self._place[rows] = np.arange(len(rows))
        self._gains = np.zeros((len(rows), len(times)))
        self._gauges: set[int] = set()
        self._histograms: dict[int, int] = {}

    def enter(self, notes: Sequence[_Note], outcomes: Outcomes, members: Indices) -> None:
        """Count the `members` of one sort."""
        at = np.searchsorted(self._times, outcomes.seen_at[members])
        seen = at < len(self._times)
        if not seen.any():
            return
        members, at = members[seen], at[seen]
        ended = outcomes.ended_at[members]
        seconds = np.array([outcomes.seconds[member] for member in members.tolist()])
        for note in notes:
            match note:
                case _Addition():
                    self._add(note.slot, at, np.full(len(at), note.amount))
                case _Latest():
                    self._raise(note.slot, at, ended)
                case _Observation():
                    self._observe(note, at, seconds[:, note.which])

    def totals(self) -> Floats:
        """The values at each time. Until now buckets hold their own observations alone."""
        for row, buckets in self._histograms.items():
            block = self._gains[row : row + buckets]
            np.cumsum(block, axis=0, out=block)
        gauges = sorted(self._gauges)
        latest = np.maximum.accumulate(self._gains[gauges], axis=1)
        np.cumsum(self._gains, axis=1, out=self._gains)
        self._gains[gauges] = latest
        return self._gains

    def _add(self, slot: int, at: Indices, amounts: Floats) -> None:
        row = self._place[slot]
        if row >= 0:
            self._gains[row] += np.bincount(at, weights=amounts, minlength=len(self._times))

    def _raise(self, slot: int, at: Indices, ended: Floats) -> None:
        row = int(self._place[slot])
        if row >= 0:
            self._gauges.add(row)
            np.maximum.at(self._gains[row], at, ended)

    def _observe(self, note: _Observation, at: Indices, seconds: Floats) -> None:
        count = len(note.buckets) + 1
        row = int(self._place[note.first])
        if row >= 0:
            self._histograms[row] = count
            places = np.searchsorted(note.buckets, seconds)
            np.add.at(self._gains, (row + places, at), 1.0)
        self._add(note.first + count, at, seconds)
        self._add(note.first + count + 1, at, np.ones(len(at)))


def seconds_of(outcome: Outcome) -> tuple[float, ...]:
    """The durations of an outcome, as `Outcomes` hold them."""
    return tuple(chain((outcome.duration,), (step.duration for step in outcome.steps)))
