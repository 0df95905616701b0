"""The outcomes of the last hour: the newest ones whole, all of them in columns for counting."""

from collections import OrderedDict
from itertools import chain

from collector.columns import OutcomeColumns
from drawdown.outcome import Origin, Outcome
from drawdown.reasons import Kind, Reason
from drawdown.tally import Tally, Within


class History:
    """Remembers outcomes (a `drawdown.tally.Witnesses`).

    Of each journey and origin the newest `successes` and the newest `failures` (whatever is not a success) are kept
    whole, so that the many cannot push out the few. For `tally` the last `rows` outcomes of all journeys are kept in
    columns: 200,000 are an hour at 55 a second, and take at most 24 MB.
    """

    def __init__(self, *, successes: int = 200, failures: int = 500, rows: int = 200_000) -> None:
        self._limits = {True: successes, False: failures}
        self._shelves: dict[tuple[Origin, str, bool], OrderedDict[str, Outcome]] = {}
        self._columns = OutcomeColumns(rows)

    def add(self, outcome: Outcome) -> None:
        """Remember an outcome."""
        attempt, succeeded = outcome.attempt, outcome.kind is Kind.SUCCEEDED
        shelf = self._shelf(attempt.origin, attempt.journey, succeeded)
        shelf[attempt.id] = outcome
        if len(shelf) > self._limits[succeeded]:
            shelf.popitem(last=False)
        self._columns.add(outcome)

    def recent(self, journey: str, origin: Origin, limit: int, *, succeeded: bool | None = None) -> tuple[Outcome, ...]:
        """The outcomes of a journey that ended last, the newest first, at most `limit`; with `succeeded` only the
        successes or only the failures.
        """
        wanted = (True, False) if succeeded is None else (succeeded,)
        kept = chain.from_iterable(reversed(self._shelf(origin, journey, which).values()) for which in wanted)
        return tuple(sorted(kept, key=lambda outcome: -outcome.ended_at)[: max(0, limit)])

    def find(self, attempt_id: str) -> Outcome | None:
        """The outcome of an attempt, None if it is not known or no longer kept."""
        return next((shelf[attempt_id] for shelf in self._shelves.values() if attempt_id in shelf), None)

    def tally(  # noqa: PLR0913 - as a `Witnesses` is asked
        self, *, origin: Origin, journey: str, reason: Reason, since: float, until: float, within: Within | None = None
    ) -> Tally:
        """Count the attempts that ended with `since <= ended_at < until` (Unix seconds)."""
        return self._columns.tally((origin, journey), reason, since=since, until=until, within=within)

    def _shelf(self, origin: Origin, journey: str, succeeded: bool) -> OrderedDict[str, Outcome]:
        return self._shelves.setdefault((origin, journey, succeeded), OrderedDict())
