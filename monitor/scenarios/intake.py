"""From what apps report to outcomes in columns, each as the collector would take it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from collector.census import Census, Outcomes
from collector.events import OutcomeEvent
from collector.settings import CollectorSettings
from collector.translation import Translator
from collector.vocabulary import Vocabulary
from drawdown.codes import Codes
from drawdown.outcome import Outcome
from monitor.scenarios.beats import OwnTrouble
from sandbox.report import Report


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Taken:
    """The outcomes, one outcome of each of their sorts, and the seconds between start and end of those that succeeded
    or not.
    """

    outcomes: Outcomes
    sorts: tuple[Outcome, ...]


class Intake:
    """Sorts reports: what is the same but for times, durations and money is translated once."""

    def __init__(self, census: Census, vocabulary: Vocabulary, codes: Codes) -> None:
        self._census = census
        self._translator = Translator(vocabulary, codes, CollectorSettings(), key=bytes(32))
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._sorts: list[Outcome] = []
        self._borrowers: dict[str, int] = {"": 0}

    def take(self, told: Iterable[tuple[float, Report]], trouble: OwnTrouble) -> Taken:
        """All of `told`, which comes with the Unix second at which it is sent, as it is heard.

        Raises:
            Refused: the collector would not take a report.
        """
        sorts, sent, ended, borrowers, seconds = [], [], [], [], []
        for at, report in told:
            sorts.append(self._sort(report))
            sent.append(at)
            ended.append(report.started_at + report.duration)
            borrowers.append(self._borrowers.setdefault(report.borrower, len(self._borrowers)))
            seconds.append((report.duration, *[step.duration for step in report.steps]))
        heard = trouble.heard(np.array(sent, dtype=np.float64))
        order = np.argsort(heard, kind="stable")
        outcomes = Outcomes(
            sorts=np.array(sorts, dtype=np.int64)[order],
            seen_at=heard[order],
            ended_at=np.minimum(np.array(ended, dtype=np.float64), trouble.shown(heard))[order],
            borrowers=np.array(borrowers, dtype=np.int64)[order],
            seconds=[seconds[number] for number in order.tolist()],
        )
        return Taken(outcomes=outcomes, sorts=tuple(self._sorts))

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
            self._sorts.append(outcome)
        return number

    def _translated(self, report: Report) -> Outcome:
        written: Mapping[str, Any] = msgspec.to_builtins(report)
        event = msgspec.convert(written, OutcomeEvent, strict=False)
        return self._translator.outcome(event, now=report.started_at + report.duration)
