"""Where outcomes come in: decoded, checked, counted once."""

import secrets
from functools import partial

from collector.events import OUTCOMES
from collector.history import History
from collector.recorder import Recorder
from collector.report import Raw, Receipt, Reception
from collector.seen import Seen, remembering
from collector.settings import CollectorSettings
from collector.translation import Translator
from collector.vocabulary import Vocabulary
from drawdown.catalogue import DUPLICATES
from drawdown.codes import Codes
from drawdown.outcome import Outcome
from drawdown.reasons import Kind


class Ingest:
    """Takes each outcome once.

    An attempt is known again by its origin and id, as `seen` remembers; without it by a memory of its own. `key` makes
    the pseudonyms of borrowers; a fresh one is drawn when none is given, so that pseudonyms mean nothing outside this
    process.
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
        seen: Seen | None = None,
    ) -> None:
        self._recorder = recorder
        self._history = history
        self._reception = Reception(recorder, most=settings.max_outcomes)
        self._translator = Translator(vocabulary, codes, settings, key=key or secrets.token_bytes(32))
        self._seen = remembering(settings) if seen is None else seen

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

        `content_type` is a media type without parameters: one of `report.LINES`, anything else being read as JSON.
        """
        return self._reception.take(body, content_type, partial(self._take_one, now=now))

    def _take_one(self, raw: Raw, *, now: float) -> bool:
        return self.accept(self._translator.outcome(OUTCOMES.decode(raw), now=now), now=now)
