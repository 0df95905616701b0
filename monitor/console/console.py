"""The console's state: what it has read, and the page's content for whoever asks."""

from collections.abc import Sequence
from typing import Protocol

from alerts.incident import Incident
from drawdown.series import SeriesSource
from monitor.console.feed import Feed
from monitor.console.health import is_late, read_health
from monitor.console.incidents import Report, report
from monitor.console.journeys import Journey, Outcomes, Run, journey_state, run
from monitor.console.totals import Past, read_totals
from monitor.console.view import Snapshot, encode, snapshot


class Incidents(Protocol):
    """Who knows the incidents."""

    def incidents(self) -> Sequence[Incident]:
        """Open ones first, then the recent ones, newest first."""


class Console:
    """Reads the store at every evaluation and publishes the page's content once a second while somebody listens.

    console = Console(source=store, outcomes=history, pager=pager, journeys=journeys)
    add_routes(app, console=console, clock=clock)
    ...
    console.tick(now)        # after each evaluation
    """

    def __init__(
        self, *, source: SeriesSource, outcomes: Outcomes, pager: Incidents, journeys: Sequence[Journey]
    ) -> None:
        self.feed = Feed()
        self.evaluated_at: float | None = None
        self._source = source
        self._outcomes = outcomes
        self._pager = pager
        self._journeys = tuple(journeys)
        self._past = Past()
        self._second: int | None = None
        self._state = b""

    def tick(self, now: float) -> None:
        """Say that all rules have just been evaluated for Unix second `now`."""
        self.evaluated_at = now
        if self._past.due(now):
            self._past.add(read_totals(self._source, now))
        if self.feed.listeners:
            self._second = None
            self.feed.publish(self.state(now))

    def late(self, now: float) -> bool:
        """Whether the last evaluation is so long ago that the page must not be believed."""
        return is_late(self.evaluated_at, now)

    def snapshot(self, now: float) -> Snapshot:
        """The page's content at `now`."""
        return snapshot(
            self._past,
            read_totals(self._source, now),
            journeys=[journey_state(journey, self._outcomes, now=now) for journey in self._journeys],
            incidents=self._pager.incidents(),
            health=read_health(self._source, evaluated_at=self.evaluated_at, now=now),
        )

    def state(self, now: float) -> bytes:
        """The page's content as JSON, made at most once a second however many ask."""
        if self._second != int(now):
            self._state = encode(self.snapshot(now))
            self._second = int(now)
        return self._state

    def run(self, attempt_id: str) -> Run | None:
        """One run with its steps."""
        outcome = self._outcomes.find(attempt_id)
        return None if outcome is None else run(outcome)

    def incident(self, incident_id: str) -> Report | None:
        """One incident with its timeline."""
        return next((report(found) for found in self._pager.incidents() if found.id == incident_id), None)
