"""From what apps report to outcomes in columns, each as the collector would take it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from collector.census import Census, Outcomes
from collector.events import OutcomeEvent
from collector.report import JSON
from collector.reviews import Reviews
from collector.settings import CollectorSettings
from collector.translation import Translator
from collector.vocabulary import Vocabulary
from drawdown.codes import Codes
from drawdown.outcome import Outcome
from monitor.scenarios.beats import OwnTrouble
from sandbox.report import Event, Report, Review


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Taken:
    """The outcomes, the reviews, one outcome of each sort by its number, and the traits by theirs."""

    outcomes: Outcomes
    reviews: Outcomes
    sorts: Mapping[int, Outcome]
    traits: Sequence[Mapping[str, str]]


class Intake:
    """Sorts reports: what is the same but for times, durations, money and who drew is translated once."""

    def __init__(self, census: Census, vocabulary: Vocabulary, codes: Codes) -> None:
        settings = CollectorSettings()
        self._census = census
        self._translator = Translator(vocabulary, codes, settings, key=bytes(32))
        self._reviews = Reviews(census.recorder, vocabulary=vocabulary, codes=codes, settings=settings)
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._sorts: dict[int, Outcome] = {}
        self._borrowers: dict[str, int] = {"": 0}
        self._traits: dict[tuple[str, str], int] = {}
        self._told_traits: list[Mapping[str, str]] = []

    def take(self, told: Iterable[tuple[float, Event]], trouble: OwnTrouble) -> Taken:
        """All of `told`, which comes with the Unix second at which it is sent, as it is heard.

        Raises:
            Refused: the collector would not take a report.
        """
        outcomes, reviews = _Columns(), _Columns()
        for at, event in told:
            if isinstance(event, Report):
                borrower = self._borrowers.setdefault(event.borrower, len(self._borrowers))
                seconds = (event.duration, *[step.duration for step in event.steps])
                who = borrower, self._trait(event)
                outcomes.add(self._sort(event), (at, event.started_at + event.duration), who, seconds)
            else:
                reviews.add(self._review(event, at), (at, at), (0, 0), ())
        return Taken(
            outcomes=outcomes.heard(trouble),
            reviews=reviews.heard(trouble),
            sorts=self._sorts,
            traits=self._told_traits,
        )

    def _review(self, review: Review, at: float) -> int:
        key = review.journey, review.decision, review.code, review.scheme, review.tier
        number = self._numbers.get(key)
        if number is None:
            self._reviews.take(msgspec.json.encode(review), JSON, now=at)
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

    def _trait(self, report: Report) -> int:
        key = report.region, report.app_version
        number = self._traits.get(key)
        if number is None:
            number = self._traits[key] = len(self._told_traits)
            self._told_traits.append(self._translated(report).attempt.traits)
        return number

    def _translated(self, report: Report) -> Outcome:
        written: Mapping[str, Any] = msgspec.to_builtins(report)
        event = msgspec.convert(written, OutcomeEvent, strict=False)
        return self._translator.outcome(event, now=report.started_at + report.duration)


class _Columns:
    """Outcomes as they are sent, in columns."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, int, int]] = []
        self._seconds: list[tuple[float, ...]] = []

    def add(self, sort: int, times: tuple[float, float], who: tuple[int, int], seconds: tuple[float, ...]) -> None:
        """`times` are when it is sent and when it ended, `who` the numbers of the borrower and of his traits."""
        self._rows.append((sort, *times, *who))
        self._seconds.append(seconds)

    def heard(self, trouble: OwnTrouble) -> Outcomes:
        """In the order in which they are heard; none ends later than the clock shows then."""
        rows = np.array(self._rows, dtype=np.float64).reshape(-1, 5)
        heard = trouble.heard(rows[:, 1])
        order = np.argsort(heard, kind="stable")
        return Outcomes(
            sorts=rows[order, 0].astype(np.int64),
            seen_at=heard[order],
            ended_at=np.minimum(rows[:, 2], trouble.shown(heard))[order],
            borrowers=rows[order, 3].astype(np.int64),
            traits=rows[order, 4].astype(np.int64),
            seconds=[self._seconds[number] for number in order.tolist()],
        )
