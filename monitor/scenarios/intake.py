"""From what apps report and a probe sees to outcomes in columns, each as the collector would take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from collector.callbacks import Callbacks
from collector.census import Census, Outcomes, seconds_of
from collector.events import OutcomeEvent
from collector.repeats import REPEATABLE, Repeats
from collector.report import JSON
from collector.reviews import Reviews
from collector.settings import CollectorSettings
from collector.translation import Translator
from collector.vocabulary import Vocabulary
from drawdown.codes import Codes
from drawdown.outcome import Origin, Outcome
from drawdown.series import Bools, Floats
from monitor.scenarios.beats import OwnTrouble
from monitor.scenarios.living import Lived
from sandbox.report import CallbackReport, Report, Review

Row = tuple[int, float, float, int, int]
"""The number of its sort, when it is sent and when it ended, the numbers of the borrower and of his traits."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Taken:
    """The outcomes of borrowers and of the probe, the reviews and the callbacks; one outcome of each sort by its
    number, and the traits by theirs.
    """

    outcomes: Outcomes
    reviews: Outcomes
    callbacks: Outcomes
    sorts: Mapping[int, Outcome]
    traits: Sequence[Mapping[str, str]]

    def of(self, origin: Origin) -> Bools:
        """Which of the outcomes (n,) are of attempts that `origin` made."""
        numbers = [number for number, outcome in self.sorts.items() if outcome.attempt.origin is origin]
        return np.isin(self.outcomes.sorts, numbers)


class Intake:
    """Sorts reports: what is the same but for times, durations, money and who drew is translated once."""

    def __init__(self, census: Census, vocabulary: Vocabulary, codes: Codes) -> None:
        settings = CollectorSettings()
        self._census = census
        self._translator = Translator(vocabulary, codes, settings, key=bytes(32))
        self._reviews = Reviews(census.recorder, vocabulary=vocabulary, codes=codes, settings=settings)
        self._callbacks = Callbacks(census.recorder, vocabulary=vocabulary, settings=settings)
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._sorts: dict[int, Outcome] = {}
        self._borrowers: dict[str, int] = {"": 0}
        self._traits: dict[tuple[str, str], int] = {}
        self._told_traits: list[Mapping[str, str]] = []

    def take(self, lived: Lived, trouble: OwnTrouble) -> Taken:
        """All that was told, as it is heard, and what the probe saw.

        Raises:
            Refused: the collector would not take a report.
        """
        outcomes, reviews, callbacks, runs = _Columns(), _Columns(), _Columns(), _Columns()
        for at, event in lived.told:
            if isinstance(event, Report):
                outcomes.add(*self._reported(event, at))
            elif isinstance(event, Review):
                reviews.add((self._review(event, at), at, at, 0, 0), ())
            else:
                lag = event.came_at - event.occurred_at
                callbacks.add((self._callback(event, at), at, event.came_at, 0, 0), (lag,))
        for at, outcome in lived.runs:
            runs.add((self._run(outcome), at, outcome.ended_at, 0, self._trait("", "", {})), seconds_of(outcome))
        return Taken(
            outcomes=_together(self._with_repeats(outcomes.heard(trouble)), runs.seen()),
            reviews=reviews.heard(trouble),
            callbacks=callbacks.heard(trouble),
            sorts=self._sorts,
            traits=self._told_traits,
        )

    def _reported(self, report: Report, at: float) -> tuple[Row, tuple[float, ...]]:
        borrower = self._borrowers.setdefault(report.borrower, len(self._borrowers))
        ended_at, steps = report.started_at + report.duration, report.steps
        row = self._sort(report), at, ended_at, borrower, self._trait_of(report)
        return row, (report.duration, *[step.duration for step in steps])

    def _review(self, review: Review, at: float) -> int:
        key = review.journey, review.decision, review.code, review.scheme, review.tier
        number = self._numbers.get(key)
        if number is None:
            self._reviews.take(msgspec.json.encode(review), JSON, now=at)
            number = self._numbers[key] = self._census.note()
        return number

    def _callback(self, callback: CallbackReport, at: float) -> int:
        """Its sort. One without a lag is shown to the recorder, as the first of an outcome's durations."""
        key = callback.journey, callback.channel
        number = self._numbers.get(key)
        if number is None:
            prompt = msgspec.structs.replace(callback, occurred_at=callback.came_at)
            self._callbacks.take(msgspec.json.encode(prompt), JSON, now=at)
            number = self._numbers[key] = self._census.note()
        return number

    def _sort(self, report: Report) -> int:
        had_credit = None if report.amount is None or report.available is None else report.amount <= report.available
        key = (
            report.journey, report.channel, report.bank, report.tier, report.outcome, report.reason, report.code,
            report.scheme, report.explained, report.step, had_credit,
            tuple([step.name for step in report.steps]), tuple([step.outcome for step in report.steps]),
        )  # fmt: skip
        number = self._numbers.get(key)
        if number is None:
            outcome = self._translated(report)
            number = self._numbers[key] = self._census.sort(outcome)
            self._sorts[number] = outcome
        return number

    def _with_repeats(self, heard: Outcomes) -> Outcomes:
        """What comes again of the same borrower is of another sort."""
        again, sorts = _repeats(heard, self._sorts), heard.sorts.copy()
        for number in np.unique(sorts[again]).tolist():
            repeat = self._census.sort_of_repeats(self._sorts[number])
            self._sorts[repeat] = self._sorts[number]
            sorts[again & (heard.sorts == number)] = repeat
        return replace(heard, sorts=sorts)

    def _run(self, outcome: Outcome) -> int:
        steps = tuple((step.name, step.kind) for step in outcome.steps)
        key = outcome.kind, outcome.reason, outcome.code, outcome.explained, outcome.step, outcome.had_credit, steps
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._census.sort(outcome)
            self._sorts[number] = outcome
        return number

    def _trait_of(self, report: Report) -> int:
        number = self._traits.get((report.region, report.app_version))
        if number is None:
            traits = self._translated(report).attempt.traits
            number = self._trait(report.region, report.app_version, traits)
        return number

    def _trait(self, region: str, app: str, traits: Mapping[str, str]) -> int:
        number = self._traits.setdefault((region, app), len(self._told_traits))
        if number == len(self._told_traits):
            self._told_traits.append(traits)
        return number

    def _translated(self, report: Report) -> Outcome:
        written: Mapping[str, Any] = msgspec.to_builtins(report)
        event = msgspec.convert(written, OutcomeEvent, strict=False)
        return self._translator.outcome(event, now=report.started_at + report.duration)


def _repeats(heard: Outcomes, sorts: Mapping[int, Outcome]) -> Bools:
    """Which of them (n,) are repeats."""
    repeats, again = Repeats(), np.zeros(len(heard), dtype=np.bool_)
    could = [number for number, outcome in sorts.items() if outcome.reason in REPEATABLE]
    rows = np.flatnonzero(np.isin(heard.sorts, could) & (heard.borrowers > 0))
    columns = (heard.borrowers[rows].tolist(), heard.sorts[rows].tolist(), heard.ended_at[rows].tolist())
    for row, borrower, number, at in zip(rows, *columns, strict=True):
        again[row] = repeats.again(str(borrower), sorts[number].reason, at=at)
    return again


class _Columns:
    """Outcomes as they are sent, in columns."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._seconds: list[tuple[float, ...]] = []

    def add(self, row: Row, seconds: tuple[float, ...]) -> None:
        self._rows.append(row)
        self._seconds.append(seconds)

    def heard(self, trouble: OwnTrouble) -> Outcomes:
        """In the order in which they are heard; none ends later than the clock shows then."""
        _, sent_at, ended_at, *_ = columns = self._columns()
        heard = trouble.heard(sent_at)
        return self._ordered(columns, heard, np.minimum(ended_at, trouble.shown(heard)))

    def seen(self) -> Outcomes:
        """As they are: the monitor's own eyes saw them."""
        _, seen_at, ended_at, *_ = columns = self._columns()
        return self._ordered(columns, seen_at, ended_at)

    def _columns(self) -> Floats:
        """The rows, turned: (5, n)."""
        return np.array(self._rows, dtype=np.float64).reshape(-1, 5).T

    def _ordered(self, columns: Floats, seen_at: Floats, ended_at: Floats) -> Outcomes:
        order = np.argsort(seen_at, kind="stable")
        sorts, borrowers, traits = columns[[0, 3, 4]][:, order].astype(np.int64)
        return Outcomes(
            sorts=sorts,
            seen_at=seen_at[order],
            ended_at=ended_at[order],
            borrowers=borrowers,
            traits=traits,
            seconds=[self._seconds[number] for number in order.tolist()],
        )


def _together(left: Outcomes, right: Outcomes) -> Outcomes:
    """Both, in the order in which they were seen."""
    if not len(right):
        return left
    order = np.argsort(np.concatenate((left.seen_at, right.seen_at)), kind="stable")
    seconds = [*left.seconds, *right.seconds]
    names = ("sorts", "seen_at", "ended_at", "borrowers", "traits")
    columns = {name: np.concatenate((getattr(left, name), getattr(right, name)))[order] for name in names}
    return Outcomes(**columns, seconds=[seconds[number] for number in order.tolist()])
