"""Where outcomes come in: decoded, checked, counted once."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from collector.events import Raw, Refusal, Refused, decode, split
from collector.history import History
from collector.recorder import Recorder
from collector.seen import Seen
from collector.settings import CollectorSettings
from collector.translation import Translator
from collector.vocabulary import Vocabulary
from drawdown.catalogue import DUPLICATES, REFUSED
from drawdown.codes import Codes
from drawdown.outcome import Outcome
from drawdown.reasons import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a report: outcomes that were counted, that had been counted before, and that were refused."""

    accepted: int = 0
    duplicates: int = 0
    refused: tuple[Refusal, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether there was anything in it that could be taken."""
        return bool(self.accepted or self.duplicates)


class Ingest:
    """Takes each outcome once.

    An attempt is known again by its origin and id for as long as a report of it would be young enough to be taken
    (`max_age` and `max_ahead`), while at most `remembered` attempts come in that time. `key` makes the pseudonyms of
    borrowers; a fresh one is drawn when none is given, so that pseudonyms mean nothing outside this process.
    """

    def __init__(  # noqa: PLR0913 - the seams of the room, each passed by name
        self,
        recorder: Recorder,
        history: History,
        *,
        vocabulary: Vocabulary,
        codes: Codes,
        settings: CollectorSettings,
        key: bytes | None = None,
    ) -> None:
        self._recorder = recorder
        self._history = history
        self._most = settings.max_outcomes
        self._translator = Translator(vocabulary, codes, settings, key=key or secrets.token_bytes(32))
        self._seen = Seen(most=settings.remembered, age=settings.max_age + settings.max_ahead)

    def accept(self, outcome: Outcome, *, now: float) -> bool:
        """Count an outcome; False if it was counted before. One that is pending is passed over: its end will be told.

        Raises:
            ValueError: its journey is not in the vocabulary.
        """
        if outcome.kind is Kind.PENDING:
            return True
        if self._seen.again(f"{outcome.attempt.origin}/{outcome.attempt.id}", now=now):
            self._recorder.add(DUPLICATES)
            return False
        self._recorder.record(outcome)
        self._history.add(outcome)
        return True

    def take(self, body: bytes, content_type: str, *, now: float) -> Receipt:
        """Decode and count the outcomes in a report. Whatever is wrong is in the receipt; good outcomes are kept.

        `content_type` is a media type without parameters: one of `events.LINES`, anything else being read as JSON.
        """
        results = list(self._results(body, content_type, now))
        refused = tuple(result for result in results if isinstance(result, Refusal))
        return Receipt(accepted=results.count(True), duplicates=results.count(False), refused=refused)

    def refuse(self, refused: Refused, *, line: int = 1) -> Refusal:
        """Count a refusal."""
        self._recorder.add(REFUSED, cause=refused.cause)
        return refused.on(line)

    def _results(self, body: bytes, content_type: str, now: float) -> Iterator[bool | Refusal]:
        line = 0
        try:
            for line, raw in split(body, content_type, most=self._most):
                yield self._result(line, raw, now)
        except Refused as refused:
            yield self.refuse(refused, line=line + 1)

    def _result(self, line: int, raw: Raw, now: float) -> bool | Refusal:
        try:
            outcome = self._translator.outcome(decode(raw), now=now)
        except Refused as refused:
            return self.refuse(refused, line=line)
        return self.accept(outcome, now=now)
