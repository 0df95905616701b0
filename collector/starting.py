"""Every series that can exist for a known reason, so that each is at 0 before its first event: Prometheus' `increase`
cannot see an event that creates its series.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from itertools import product

from collector.repeats import REPEATABLE
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown import catalogue
from drawdown.catalogue import METRICS, Decision, Metric, Result
from drawdown.outcome import OTHER, SLICES, TRAITS, Origin
from drawdown.reasons import ENDINGS, FACTS, POLICY, Blame, Kind

Values = tuple[str, ...]
"""The values of a metric's labels, in their order."""

ENDS = tuple(kind for kind in Kind if kind is not Kind.PENDING)
EXPLAINABLE = frozenset({Kind.FAILED, Kind.BLOCKED})
"""How attempts end whose borrower is owed a reason."""
REVIEWABLE = tuple(reason for reason, facts in FACTS.items() if facts.blame in POLICY)
"""Blocks that a person can look at again."""


class Cause(StrEnum):
    """Why an outcome was not taken: the label `cause`."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNAUTHORIZED = "unauthorized"
    TOO_OLD = "too_old"


def starting(vocabulary: Vocabulary) -> Iterator[tuple[Metric, Values]]:
    """The series that exist from the start, those of one metric together.

    Series whose labels only other rooms know (channels of notices, rules) are started by them, by adding 0; those of
    traits with a value's first attempt (`collector.traits`).
    """
    for metric in METRICS:
        for values in _values(metric, vocabulary):
            yield metric, values


def starting_of(words: JourneyWords) -> Iterator[tuple[Metric, Values]]:
    """The series of one journey."""
    for metric, per_journey in _PER_JOURNEY.items():
        for values in per_journey(words):
            yield metric, values


def _values(metric: Metric, vocabulary: Vocabulary) -> Iterator[Values]:
    if not metric.labels:
        yield ()
    for words in vocabulary.journeys:
        if metric in _PER_JOURNEY:
            yield from _PER_JOURNEY[metric](words)
    yield from _FIXED.get(metric, ())


def _who(words: JourneyWords) -> Values:
    return words.origin, words.journey


def _attempts(words: JourneyWords) -> Iterator[Values]:
    for slices in words.combinations():
        for kind, reason in ENDINGS:
            yield *_who(words), *slices, kind, reason


def _credit_to_cash(words: JourneyWords) -> Iterator[Values]:
    for slices in words.combinations():
        for result in Result:
            yield *_who(words), *slices, result


def _repeats(words: JourneyWords) -> Iterator[Values]:
    if words.origin is Origin.BORROWER:
        for slices, reason in product(words.combinations(), sorted(REPEATABLE)):
            yield words.journey, *slices, reason


def _unexplained(words: JourneyWords) -> Iterator[Values]:
    for reason, facts in FACTS.items():
        if EXPLAINABLE.intersection(facts.kinds):
            yield *_who(words), reason


def _reviews(words: JourneyWords) -> Iterator[Values]:
    if words.origin is Origin.BORROWER:
        for tier, reason, decision in product(words.values("tier"), REVIEWABLE, Decision):
            yield words.journey, tier, reason, decision


def _callbacks(words: JourneyWords) -> Iterator[Values]:
    if words.origin is Origin.BORROWER:
        for channel in words.values("channel"):
            yield words.journey, channel


def _probe_runs(words: JourneyWords) -> Iterator[Values]:
    if words.origin is Origin.PROBE:
        for kind, reason in ENDINGS:
            yield words.journey, words.location, kind, reason


def _attempt_durations(words: JourneyWords) -> Iterator[Values]:
    for kind in ENDS:
        yield *_who(words), kind


def _step_durations(words: JourneyWords) -> Iterator[Values]:
    others = (OTHER,) if words.origin is Origin.BORROWER else ()
    for step in dict.fromkeys((*words.steps, *others)):
        for kind in ENDS:
            yield *_who(words), step, kind


def _channels(words: JourneyWords) -> Iterator[Values]:
    for channel in words.values("channel"):
        yield *_who(words), channel


def _journey(words: JourneyWords) -> Iterator[Values]:
    yield _who(words)


def _probe(words: JourneyWords) -> Iterator[Values]:
    if words.origin is Origin.PROBE:
        yield (words.journey,)


_PER_JOURNEY: Mapping[Metric, Callable[[JourneyWords], Iterator[Values]]] = {
    catalogue.ATTEMPTS: _attempts,
    catalogue.CREDIT_TO_CASH: _credit_to_cash,
    catalogue.REPEATS: _repeats,
    catalogue.UNEXPLAINED: _unexplained,
    catalogue.REVIEWS: _reviews,
    catalogue.CALLBACK_LAG: _callbacks,
    catalogue.PROBE_RUNS: _probe_runs,
    catalogue.ATTEMPT_DURATION: _attempt_durations,
    catalogue.STEP_DURATION: _step_durations,
    catalogue.GATEWAY_TIMEOUTS: _channels,
    catalogue.LAST_SUCCESS: _journey,
    catalogue.LAST_ATTEMPT: _journey,
    catalogue.MISSED_RUNS: _probe,
    catalogue.RUN_LAG: _probe,
    catalogue.OWED: _probe,
    catalogue.OWED_AGE: _probe,
}

_FIXED: Mapping[Metric, tuple[Values, ...]] = {
    catalogue.REFUSED: tuple((cause,) for cause in Cause),
    catalogue.FOLDED: tuple((label,) for label in (*SLICES, *TRAITS, "step")),
    catalogue.INCIDENTS_OPEN: tuple((reason,) for reason, facts in FACTS.items() if facts.blame is not Blame.NOBODY),
}
