"""From outcomes to series: the one place that counts."""

from collections.abc import Mapping

from collector.exposition import Exposition
from collector.repeats import Repeats
from collector.slots import Slots
from collector.starting import EXPLAINABLE, starting, starting_of
from collector.traits import Traits
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown import catalogue
from drawdown.catalogue import METRICS, Decision, Metric, Result, Type
from drawdown.outcome import OTHER, SLICES, Origin, Outcome
from drawdown.reasons import POLICY, TECHNICAL, Blame, Kind, Reason
from drawdown.series import Floats, Labels

_KNOWN = frozenset(METRICS)
_RESULTS: Mapping[Blame, Result] = {
    Blame.NOBODY: Result.PAID,
    Blame.BORROWER: Result.BORROWER,
    **dict.fromkeys(TECHNICAL, Result.TECHNICAL),
    **dict.fromkeys(POLICY, Result.POLICY),
}


class Recorder:
    """The current value of every series of the catalogue (a `drawdown.catalogue.Instruments`).

    All series of `vocabulary` start at 0, except those of manual runs, which no indicator reads: they start with the
    first run; and those of traits, which start with the first attempt that tells a value. `started_at` is the Unix
    second since which it counts.
    """

    def __init__(self, vocabulary: Vocabulary, *, now: float, slots: Slots | None = None) -> None:
        """`slots` are for a caller who wants to see what is done to them."""
        self.started_at = now
        self._words: dict[tuple[Origin, str], JourneyWords] = {
            (words.origin, words.journey): words for words in vocabulary.journeys
        }
        self._slots = Slots() if slots is None else slots
        self._repeats = Repeats()
        self._traits = Traits(self._slots)
        for metric, values in starting(vocabulary):
            self._slots.open(metric, values)
        self._exposition = Exposition(self._slots)

    def add(self, metric: Metric, amount: float = 1.0, /, **labels: str) -> None:
        """Add `amount` to a counter; 0 starts its series.

        Raises:
            ValueError: the metric is not a counter of the catalogue, the labels are not its own, or `amount` is
                negative or not a number.
        """
        if not amount >= 0:
            raise ValueError(f"{metric.name} can only grow, not by {amount}")
        self._slots.add(metric, _values(metric, Type.COUNTER, labels), amount)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Set a gauge.

        Raises:
            ValueError: the metric is not a gauge of the catalogue, or the labels are not its own.
        """
        self._slots.set(metric, _values(metric, Type.GAUGE, labels), value)

    def newborn(self) -> tuple[Labels, ...]:
        """The series of counters and histograms that were begun since the last `row`. They were 0 until their first
        event: only if that is said does anybody see that they grew.
        """
        return self._slots.newborn

    def row(self) -> tuple[tuple[Labels, ...], Floats]:
        """A sample of every series; the labels are the same object as long as no series is added."""
        self._slots.grown_up()
        return self._slots.labels, self._slots.values

    def render(self, accept: str) -> tuple[bytes, str]:
        """The exposition that the header `Accept` asks for, and its content type."""
        return self._exposition.render(accept)

    def record(self, outcome: Outcome) -> None:
        """Count an outcome. One that is still pending is not counted: its end will be.

        Raises:
            ValueError: its journey is not in the vocabulary.
        """
        if outcome.kind is Kind.PENDING:
            return
        words = self._words_of(outcome)
        slices = tuple(self._folded_slice(words, slice_, outcome) for slice_ in SLICES)
        self._count(outcome, words, slices)
        who = (words.origin, words.journey)
        self._slots.observe(catalogue.ATTEMPT_DURATION, (*who, outcome.kind), outcome.duration)
        for step in outcome.steps:
            values = (*who, self._folded_step(words, step.name), step.kind)
            self._slots.observe(catalogue.STEP_DURATION, values, step.duration)

    def review(self, words: JourneyWords, *, tier: str, reason: Reason, decision: Decision) -> None:
        """Count what a person decided on an attempt of a borrower that was blocked for `reason`."""
        folded = self._folded(words, "tier", tier)
        self._slots.add(catalogue.REVIEWS, (words.journey, folded, reason, decision))

    def callback(self, words: JourneyWords, *, channel: str, lag: float) -> None:
        """Count a callback that came `lag` seconds after the channel had ended the payout."""
        folded = self._folded(words, "channel", channel)
        self._slots.observe(catalogue.CALLBACK_LAG, (words.journey, folded), lag)

    def _count(self, outcome: Outcome, words: JourneyWords, slices: tuple[str, ...]) -> None:
        who, reason = (words.origin, words.journey), outcome.reason
        self._slots.add(catalogue.ATTEMPTS, (*who, *slices, outcome.kind, reason))
        result = _result(outcome)
        if result is not None:
            self._slots.add(catalogue.CREDIT_TO_CASH, (*who, *slices, result))
        if words.origin is Origin.BORROWER:
            self._count_borrower(outcome, words, slices)
        if outcome.explained is False and outcome.kind in EXPLAINABLE:
            self._slots.add(catalogue.UNEXPLAINED, (*who, reason))
        if reason is Reason.GATEWAY_TIMEOUT:
            self._slots.add(catalogue.GATEWAY_TIMEOUTS, (*who, slices[SLICES.index("channel")]))
        if words.origin is Origin.PROBE:
            self._slots.add(catalogue.PROBE_RUNS, (words.journey, words.location, outcome.kind, reason))
        if reason is Reason.NONE:
            self._slots.raise_to(catalogue.LAST_SUCCESS, who, outcome.ended_at)
        self._slots.raise_to(catalogue.LAST_ATTEMPT, who, outcome.ended_at)

    def _count_borrower(self, outcome: Outcome, words: JourneyWords, slices: tuple[str, ...]) -> None:
        attempt, reason = outcome.attempt, outcome.reason
        if self._repeats.again(attempt.borrower, reason, at=outcome.ended_at):
            self._slots.add(catalogue.REPEATS, (words.journey, *slices, reason))
        else:
            self._traits.count(words.journey, attempt.traits, reason)

    def _words_of(self, outcome: Outcome) -> JourneyWords:
        origin, journey = outcome.attempt.origin, outcome.attempt.journey
        words = self._words.get((origin, journey))
        if words is None and origin is Origin.MANUAL and (Origin.PROBE, journey) in self._words:
            words = self._start_manual(journey)
        if words is None:
            raise ValueError(f"there is no {origin} journey {journey!r}")
        return words

    def _start_manual(self, journey: str) -> JourneyWords:
        words = self._words[Origin.PROBE, journey].spoken_by(Origin.MANUAL)
        self._words[Origin.MANUAL, journey] = words
        for metric, values in starting_of(words):
            self._slots.open(metric, values)
        return words

    def _folded_slice(self, words: JourneyWords, slice_: str, outcome: Outcome) -> str:
        value = outcome.attempt.slices.get(slice_, "")
        if not value and words.origin is not Origin.BORROWER:
            return words.values(slice_)[0]
        return self._folded(words, slice_, value)

    def _folded(self, words: JourneyWords, slice_: str, value: str) -> str:
        if not value or value == OTHER or words.lists(slice_, value):
            return value or OTHER
        self._slots.add(catalogue.FOLDED, (slice_,))
        return OTHER

    def _folded_step(self, words: JourneyWords, name: str) -> str:
        if name in words.steps or name == OTHER:
            return name
        self._slots.add(catalogue.FOLDED, ("step",))
        return OTHER


def _result(outcome: Outcome) -> Result | None:
    """How the attempt counts for the headline indicator; None if it does not."""
    if outcome.reason is Reason.DUPLICATE or not outcome.had_credit:
        return None
    return _RESULTS.get(outcome.reason.blame)


def _values(metric: Metric, kind: Type, labels: Mapping[str, str]) -> tuple[str, ...]:
    if metric not in _KNOWN or metric.type is not kind:
        raise ValueError(f"{metric.name} is not a {kind} of the catalogue")
    if labels.keys() != set(metric.labels) or not all(labels.values()):
        raise ValueError(f"{metric.name} has the labels {list(metric.labels)}, not {labels}")
    return tuple(labels[name] for name in metric.labels)
