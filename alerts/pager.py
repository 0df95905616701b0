"""Ties the room together: once a second from the series to the notices that are owed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from alerts.alert import Alert, AlertState
from alerts.causes import Causality
from alerts.dispatch import Delivery
from alerts.evaluator import Evaluator
from alerts.fold import Folded, fold
from alerts.impact import Assessor, Journeys
from alerts.incident import Change, Incident
from alerts.ledger import Entry, Ledger
from alerts.notice import OwedNotice, Voice, render
from alerts.route import decide
from alerts.settings import AlertSettings
from drawdown.catalogue import INCIDENTS_OPEN, Instruments
from drawdown.reasons import Reason
from drawdown.tally import Witnesses

KEPT: Final = 90 * 86_400.0
"""Seconds for which a resolved incident stays in the ledger; looked at when the monitor starts."""

REASSESS: Final = 5.0
"""Seconds after which the impact of an open incident is asked for again."""

_REMEMBERED = 50


class Pager:
    """Owns the incidents; `tick` is their only writer."""

    def __init__(  # noqa: PLR0913 - this is where the parts of the room meet
        self,
        evaluator: Evaluator,
        ledger: Ledger,
        witnesses: Witnesses,
        settings: AlertSettings,
        *,
        journeys: Journeys,
        console: str,
        instruments: Instruments,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`journeys` are those that are watched, by origin; `console` is the address of the page that notices link to;
        `wake` is called when notices are owed (`Dispatcher.wake`).
        """
        self._evaluator = evaluator
        self._ledger = ledger
        self._assessor = Assessor(witnesses, journeys)
        self._settings = settings
        self._voice = Voice(language=settings.language, zone=settings.zone, console=console)
        self._instruments = instruments
        self._wake = wake
        self._incidents: tuple[Incident, ...] = ()
        self._written: tuple[Alert, ...] = ()
        self._assessed: dict[str, float] = {}
        self._deliveries: list[Delivery] = []
        self._open: Counter[Reason] = Counter()

    async def resume(self, now: float, *, seen: float | None = None) -> None:
        """Take up what a run before has left: call it once, before the first tick. `seen` is the Unix second of the
        last sample that is left of it.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        await asyncio.to_thread(self._ledger.forget, now - KEPT)
        alerts = await asyncio.to_thread(self._ledger.alerts)
        self._incidents = await asyncio.to_thread(self._ledger.incidents, recent=_REMEMBERED)
        self._evaluator.restore(alerts, now=now, seen=seen)
        self._written = tuple(_standing(alerts))
        self._count_open()

    async def tick(self, now: float) -> None:
        """Evaluate the rules at `now` (Unix seconds), bring the incidents up to date, and write what changed together
        with the notices that it owes. Only then the change can be seen.

        Raises:
            LedgerError: the change could not be written. The next tick finds it again.
        """
        await self._evaluator.fetch(now)
        alerts = self._evaluator.tick(now)
        deliveries = tuple(self._deliveries)
        causality = Causality(crowded=partial(self._assessor.crowded, now=now))
        folded = fold(self._incidents, alerts, now=now, causality=causality)
        incidents = {incident.id: incident for incident in folded.incidents}
        noted = self._note(incidents, deliveries)
        assessed = self._assess(incidents, folded, now)
        standing = tuple(_standing(alerts))
        entry = Entry(
            incidents=tuple(incidents[each] for each in sorted({*folded.changed, *noted})),
            notices=tuple([notice async for notice in self._owed(incidents, folded, now)]),
            alerts=tuple(_alive(alerts)) if standing != self._written else None,
        )
        if entry:
            await asyncio.to_thread(self._ledger.commit, entry)
        self._written = standing
        self._settle(incidents, assessed, len(deliveries))
        if entry.notices:
            self._wake()

    def delivered(self, delivery: Delivery) -> None:
        """Take note of a try to send a notice; the next tick writes it on the incident's timeline."""
        self._deliveries.append(delivery)

    def incidents(self) -> tuple[Incident, ...]:
        """Those that are open, then those resolved lately; the newest first."""
        return tuple(sorted(self._incidents, key=lambda incident: (not incident.open, -incident.opened_at)))

    def _note(self, incidents: dict[str, Incident], deliveries: Iterable[Delivery]) -> set[str]:
        """Put `deliveries` on the timelines; the ids of those that changed. Of many failures the first is enough."""
        noted = set()
        for delivery in deliveries:
            incident = incidents.get(delivery.incident_id)
            if incident and (not delivery.error or delivery.tries == 1):
                incidents[incident.id] = incident.with_event(delivery.at, *_words(delivery))
                noted.add(incident.id)
        return noted

    def _assess(self, incidents: dict[str, Incident], folded: Folded, now: float) -> dict[str, float]:
        """Ask for the impact where something is to be told and, from time to time, of all that is open."""
        told = {incident_id for incident_id, _ in folded.changes}
        assessed = {each: at for each, at in self._assessed.items() if each in incidents}
        for incident in tuple(incidents.values()):
            due = incident.open and now - assessed.get(incident.id, 0.0) >= REASSESS
            if due or incident.id in told:
                incidents[incident.id] = replace(incident, impact=self._assessor.assess(incident, now=now))
                assessed[incident.id] = now
        return assessed

    async def _owed(self, incidents: Mapping[str, Incident], folded: Folded, now: float) -> AsyncIterator[OwedNotice]:
        for incident_id, change in folded.changes:
            incident = incidents[incident_id]
            told: frozenset[str] = frozenset()
            if change is not Change.OPENED:
                told = await asyncio.to_thread(self._ledger.told, incident_id)
            for channel in decide(incident, self._settings, told=told).channels:
                yield self._notice(incident, change, channel, now)

    def _notice(self, incident: Incident, change: Change, channel: str, now: float) -> OwedNotice:
        return OwedNotice(
            key=f"{incident.id}:{change}:{round(now * 1000)}:{channel}",
            channel=channel,
            change=change,
            incident=incident,
            notice=render(incident, change, now=now, voice=self._voice),
            due_at=now,
            link=self._voice.link(incident),
        )

    def _settle(self, incidents: Mapping[str, Incident], assessed: dict[str, float], deliveries: int) -> None:
        """Make the new state the one that is seen."""
        ranked = sorted(incidents.values(), key=lambda incident: (not incident.open, -(incident.resolved_at or 0.0)))
        number_open = sum(incident.open for incident in ranked)
        self._incidents = tuple(sorted(ranked[: number_open + _REMEMBERED], key=lambda incident: incident.id))
        self._assessed = assessed
        del self._deliveries[:deliveries]
        self._count_open()

    def _count_open(self) -> None:
        counts = Counter(incident.reason for incident in self._incidents if incident.open)
        for reason in counts.keys() | self._open.keys():
            if counts[reason] != self._open[reason]:
                self._instruments.set(INCIDENTS_OPEN, float(counts[reason]), reason=reason.value)
        self._open = counts


def _alive(alerts: Iterable[Alert]) -> Iterator[Alert]:
    return (alert for alert in alerts if alert.state is not AlertState.INACTIVE)


def _standing(alerts: Iterable[Alert]) -> Iterator[Alert]:
    return (alert.standing() for alert in _alive(alerts))


def _words(delivery: Delivery) -> tuple[str, str]:
    if delivery.error:
        return "failed_notice", f"{delivery.channel} could not be told ({delivery.change}): {delivery.error}"
    return "notified", f"{delivery.channel} was told ({delivery.change})"
