"""From a reported outcome to an `Outcome`: checked against the vocabulary, without anything personal."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from collector.events import OUTCOMES, OutcomeEvent, StepEvent
from collector.moment import check_age, seconds_of, span
from collector.privacy import pseudonym, redacted
from collector.report import Refused
from collector.settings import CollectorSettings
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.codes import Codes, reason_of
from drawdown.outcome import SLICES, Attempt, Origin, Outcome, StepResult
from drawdown.reasons import Kind, Reason

_MOST = Decimal(10) ** 12


class Translator:
    """Knows the words, the lender's codes, and the key of the pseudonyms."""

    def __init__(self, vocabulary: Vocabulary, codes: Codes, settings: CollectorSettings, *, key: bytes) -> None:
        self._vocabulary = vocabulary
        self._codes = codes
        self._settings = settings
        self._key = key

    def outcome(self, event: OutcomeEvent, *, now: float) -> Outcome:
        """The outcome that `event` reports; one that would end in the future is moved so that it ends now.

        Raises:
            Refused: its journey is not known, its time is out of bounds, or its reason and outcome do not agree.
        """
        words = words_of(self._vocabulary, event.journey)
        started_at = self._started_at(event, now)
        reason = self._reason(event)
        kind = _kind(event, reason)
        step = _ended_in(event)
        return Outcome(
            attempt=self._attempt(event, words, started_at),
            kind=kind,
            reason=reason,
            ended_at=started_at + event.duration,
            step=step if step in words.steps else redacted(step),
            detail=redacted(event.detail or ""),
            code=redacted(event.code or ""),
            explained=event.explained,
            steps=tuple(_steps(event, words, started_at, (step, reason))),
        )

    def _started_at(self, event: OutcomeEvent, now: float) -> float:
        started_at = seconds_of(event.started_at)
        self._check_time(started_at, event.duration, now)
        return min(started_at, now - event.duration)

    def _check_time(self, started_at: float, duration: float, now: float) -> None:
        check_age("started_at", started_at, self._settings, now=now)
        if started_at + duration > now + self._settings.max_ahead:
            raise Refused("duration", f"the attempt would end {span(started_at + duration - now)} from now")

    def _reason(self, event: OutcomeEvent) -> Reason:
        if event.reason is not None:
            return event.reason
        if event.code is not None:
            reason = reason_of(self._codes, event.scheme or self._settings.scheme, event.code)
            succeeded = event.outcome == "succeeded" and reason is Reason.UNMAPPED
            return Reason.NONE if succeeded else reason
        if event.outcome is None:
            raise Refused("outcome", "outcome, reason or code is required")
        if event.outcome == "succeeded":
            return Reason.NONE
        if event.outcome == "abandoned":
            return Reason.CANCELLED
        raise Refused("reason", f"reason or code is required when the outcome is {event.outcome}")

    def _attempt(self, event: OutcomeEvent, words: JourneyWords, started_at: float) -> Attempt:
        return Attempt(
            id=event.id,
            origin=Origin.BORROWER,
            journey=words.journey,
            started_at=started_at,
            slices=_slices(event, words),
            traits=_traits(event),
            borrower=pseudonym(self._key, event.borrower) if event.borrower else "",
            amount=_amount("amount", event.amount),
            available=_amount("available", event.available),
        )


def words_of(vocabulary: Vocabulary, journey: str) -> JourneyWords:
    """The words of a journey of borrowers.

    Raises:
        Refused: there is no such journey.
    """
    words = vocabulary.words(Origin.BORROWER, journey)
    if words is None:
        known = ", ".join(vocabulary.names(Origin.BORROWER)) or "none"
        raise Refused("journey", f"unknown journey; those of borrowers are: {known}")
    return words


def _kind(event: OutcomeEvent, reason: Reason) -> Kind:
    """How the attempt ended. A sender knows a reason's kind when it names the reason; when it sends only the lender's
    code, what the code is mapped to knows better, except that a success is never made of a refusal or the other way.
    """
    kind = Kind(event.outcome) if event.outcome else reason.kind
    if kind in reason.facts.kinds:
        return kind
    if event.reason is None and Kind.SUCCEEDED not in {kind, reason.kind}:
        return reason.kind
    kinds = " or ".join(reason.facts.kinds)
    raise Refused("outcome", f"expected {kinds}, since the reason is {reason}")


def _ended_in(event: OutcomeEvent) -> str:
    """The step in which the attempt ended: the one that is named, else the last one that did not succeed."""
    missed = (step.name for step in reversed(event.steps) if step.outcome != "succeeded")
    return event.step or next(missed, "")


def _slices(event: OutcomeEvent, words: JourneyWords) -> Mapping[str, str]:
    given = {slice_: value for slice_ in SLICES if (value := getattr(event, slice_))}
    return {name: value if words.lists(name, value) else redacted(value) for name, value in given.items()}


def _traits(event: OutcomeEvent) -> Mapping[str, str]:
    told = {"region": event.region, "app": event.app_version}
    return {name: redacted(value) for name, value in told.items() if value}


def _steps(
    event: OutcomeEvent, words: JourneyWords, started_at: float, end: tuple[str, Reason]
) -> Iterator[StepResult]:
    for step in event.steps:
        yield _step(step, words, started_at, end)
        started_at += step.duration


def _step(step: StepEvent, words: JourneyWords, started_at: float, end: tuple[str, Reason]) -> StepResult:
    kind = Kind(step.outcome)
    name, reason = end
    return StepResult(
        name=step.name if step.name in words.steps else redacted(step.name),
        started_at=started_at,
        duration=step.duration,
        kind=kind,
        reason=reason if step.name == name and kind is not Kind.SUCCEEDED else Reason.NONE,
    )


def _amount(field: str, amount: Decimal | None) -> float | None:
    if amount is None:
        return None
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise Refused(field, OUTCOMES.expected(field))
    return float(amount)
