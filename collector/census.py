"""Counts many outcomes at once: what the recorder's series are at each of many times, without recording one by one.

Outcomes of one sort differ in times, durations and who drew alone. The recorder is shown one of each sort and what it
does to its slots is written down; the others are then counted in columns. So its meaning stays the only one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from collector.notes import Addition, Latest, Note, NotingSlots, Observation
from collector.recorder import Recorder
from collector.traits import Traits
from collector.vocabulary import Vocabulary
from drawdown.outcome import Origin, Outcome
from drawdown.reasons import Kind, Reason
from drawdown.series import NAME, Floats, Labels

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


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Series over time: that of `labels[i]` is the row `rows[i]` of `values` (rows, T). All for which nothing was
    counted are the same row.
    """

    labels: tuple[Labels, ...]
    rows: Indices
    values: Floats

    @property
    def each(self) -> Floats:
        """The values of each series (series, T)."""
        each: Floats = self.values[self.rows]
        return each

    def but(self, others: Mapping[int, Floats]) -> Self:
        """The same, but for those series that have other values (T,), by their number."""
        rows = self.rows.copy()
        rows[list(others)] = len(self.values) + np.arange(len(others))
        return type(self)(self.labels, rows, np.vstack((self.values, *others.values())))


class Census:
    """The series of one vocabulary. First `sort` every kind of outcome that comes, then `count` them."""

    def __init__(self, vocabulary: Vocabulary, *, now: float) -> None:
        self._slots = NotingSlots()
        self._recorder = Recorder(vocabulary, now=now, slots=self._slots)
        self._traits = Traits(self._slots)
        self._sorts: list[tuple[Note, ...]] = []
        self._told: dict[tuple[str, Reason], list[int]] = {}
        """The sorts whose traits are counted, by journey and reason."""

    @property
    def recorder(self) -> Recorder:
        """Where others start their series; what is done to it is not counted, but for what `note` makes a sort of."""
        return self._recorder

    def sort(self, outcome: Outcome) -> int:
        """The number of a new sort: that of `outcome`, whatever its times, durations and traits, as the first of its
        borrower.

        Raises:
            ValueError: its journey is not in the vocabulary.
        """
        self._slots.taken()
        self._recorder.record(self._marked(outcome))
        if outcome.attempt.origin is Origin.BORROWER and outcome.kind is not Kind.PENDING:
            self._told.setdefault((outcome.attempt.journey, outcome.reason), []).append(len(self._sorts))
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
        self,
        told: Sequence[Outcomes],
        times: Floats,
        *,
        names: Collection[str] | None = None,
        traits: Sequence[Mapping[str, str]] = ({},),
    ) -> Counted:
        """The series with these names (all of them when None) at `times` (T,), which ascend: at each that of the
        outcomes seen by then. Outcomes seen later than the last time are not counted. `traits` are those that there
        are, by their number.
        """
        by_trait = [(*each, outcomes) for outcomes in told for each in self._by_trait(outcomes, traits)]
        slots = [slot for slot, labels in enumerate(self._slots.labels) if names is None or labels[NAME] in names]
        sheet = _Sheet(slots, times)
        for outcomes in told:
            for notes, members in self._members(outcomes):
                sheet.enter(notes, outcomes, members)
        for notes, members, outcomes in by_trait:
            sheet.enter(notes, outcomes, members)
        rows, values = sheet.totals(len(self._slots.labels))
        return Counted(tuple(self._slots.labels[slot] for slot in slots), rows[slots], values)

    def _marked(self, outcome: Outcome) -> Outcome:
        """It by a borrower whom nobody has seen and who tells no traits, with durations that say which they are: 0 that
        of the attempt, then those of the steps.
        """
        steps = (replace(step, duration=float(number)) for number, step in enumerate(outcome.steps, start=1))
        attempt = replace(outcome.attempt, started_at=0.0, borrower=f"of sort {len(self._sorts)}", traits={})
        return replace(outcome, attempt=attempt, ended_at=float(_OF_THE_ATTEMPT), steps=tuple(steps))

    def _members(self, outcomes: Outcomes) -> Iterator[tuple[tuple[Note, ...], Indices]]:
        for number, members in _grouped(outcomes.sorts):
            yield self._sorts[number], members

    def _by_trait(
        self, outcomes: Outcomes, traits: Sequence[Mapping[str, str]]
    ) -> Iterator[tuple[tuple[Note, ...], Indices]]:
        """What the traits of outcomes add, in the order in which these are seen."""
        pairs, kinds = list(self._told), np.full(len(self._sorts), -1)
        for kind, sorts in enumerate(self._told.values()):
            kinds[sorts] = kind
        groups = np.where(kinds[outcomes.sorts] < 0, -1, kinds[outcomes.sorts] * len(traits) + outcomes.traits)
        for group, members in sorted(_grouped(groups), key=lambda each: int(each[1][0])):
            if group >= 0:
                kind, trait = divmod(group, len(traits))
                yield self._notes_of_traits(*pairs[kind], traits[trait]), members

    def _notes_of_traits(self, journey: str, reason: Reason, traits: Mapping[str, str]) -> tuple[Note, ...]:
        self._slots.taken()
        self._traits.count(journey, traits, reason)
        return self._slots.taken()


class _Sheet:
    """What series gain at each time."""

    def __init__(self, slots: Collection[int], times: Floats) -> None:
        """Of others than these `slots` nothing is kept."""
        self._times = times
        self._kept = frozenset(slots)
        self._blocks: dict[int, Floats] = {}
        """By its first slot, one row or the buckets of a histogram; until the end these hold their own observations."""
        self._gauges: set[int] = set()

    def enter(self, notes: Sequence[Note], outcomes: Outcomes, members: Indices) -> None:
        """Count the `members` of one sort."""
        at = np.searchsorted(self._times, outcomes.seen_at[members])
        seen = at < len(self._times)
        if not seen.any():
            return
        members, at = members[seen], at[seen]
        count = np.bincount(at, minlength=len(self._times))
        seconds = _seconds(outcomes, members) if any(isinstance(note, Observation) for note in notes) else None
        for note in notes:
            match note:
                case Addition():
                    self._add(note.slot, note.amount * count)
                case Latest():
                    self._raise(note.slot, at, outcomes.ended_at[members])
                case Observation() if seconds is not None:
                    self._add(note.first + len(note.buckets) + 2, count)
                    self._observe(note, at, seconds[:, note.which])

    def totals(self, slots: int) -> tuple[Indices, Floats]:
        """The row of each of so many slots, and the rows at each time. The first row is that of all the others."""
        rows = np.zeros(slots, dtype=np.int64)
        sheets = [np.zeros((1, len(self._times)))]
        first = 1
        for slot, block in self._blocks.items():
            rows[slot : slot + len(block)] = np.arange(first, first + len(block))
            sheets.append(_over_time(block, is_gauge=slot in self._gauges))
            first += len(block)
        return rows, np.vstack(sheets)

    def _add(self, slot: int, amounts: npt.NDArray[Any]) -> None:
        """`amounts` (T,) at each time."""
        if slot in self._kept:
            self._block(slot, 1)[0] += amounts

    def _raise(self, slot: int, at: Indices, ended: Floats) -> None:
        if slot in self._kept:
            self._gauges.add(slot)
            np.maximum.at(self._block(slot, 1)[0], at, ended)

    def _observe(self, note: Observation, at: Indices, seconds: Floats) -> None:
        buckets = len(note.buckets) + 1
        self._add(note.first + buckets, np.bincount(at, seconds, len(self._times)))
        if note.first in self._kept:
            np.add.at(self._block(note.first, buckets), (np.searchsorted(note.buckets, seconds), at), 1.0)

    def _block(self, slot: int, rows: int) -> Floats:
        if slot not in self._blocks:
            self._blocks[slot] = np.zeros((rows, len(self._times)))
        return self._blocks[slot]


def _grouped(numbers: Indices) -> Iterator[tuple[int, Indices]]:
    """Each number that there is, and where it stands, ascending."""
    order = np.argsort(numbers, kind="stable")
    found, edges = np.unique(numbers[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, edges[1:]), strict=True) if len(found) else ()


def _seconds(outcomes: Outcomes, members: Indices) -> Floats:
    """Their durations (members, durations)."""
    told = chain.from_iterable([outcomes.seconds[member] for member in members.tolist()])
    return np.fromiter(told, np.float64).reshape(len(members), -1)


def _over_time(block: Floats, *, is_gauge: bool) -> Floats:
    """Its values from its gains: of a row, or of the buckets of a histogram."""
    if is_gauge:
        return np.maximum.accumulate(block, axis=1)
    return np.cumsum(np.cumsum(block, axis=0), axis=1)


def seconds_of(outcome: Outcome) -> tuple[float, ...]:
    """The durations of an outcome, as `Outcomes` hold them."""
    return tuple(chain((outcome.duration,), (step.duration for step in outcome.steps)))
