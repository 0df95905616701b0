"""Which incident an alert belongs to."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Final

from alerts.alert import Alert
from alerts.causes import Causality
from alerts.incident import Impact, Incident, Severity, Status
from drawdown.outcome import Origin

REOPEN: Final = 300.0
"""Seconds after its last alert within which the same cause reopens an incident: a fault that is near what rules ask for
comes and goes, and is one fault.
"""

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter that looks like a digit


class Fit(IntEnum):
    """How an alert belongs to an incident, the closest first."""

    PART = 0
    """It is one of its alerts."""
    SAME = 1
    """It has the incident's reason."""
    KNOWN = 2
    """It has the reason of a consequence that the incident had lately."""
    CONSEQUENCE = 3
    """It follows from what the incident has."""
    ROOT = 4
    """What the incident has follows from it."""


class Seats:
    """Finds the incident of each alert, and makes one where there is none."""

    def __init__(self, incidents: Sequence[Incident], causality: Causality, now: float) -> None:
        self.incidents = {incident.id: incident for incident in incidents}
        self._causality = causality
        self._now = now
        self._taken: dict[str, list[Alert]] = {}

    def taken(self, incident_id: str) -> tuple[Alert, ...]:
        return tuple(self._taken.get(incident_id, ()))

    def place(self, alert: Alert) -> None:
        """Seat `alert`. The root gives an incident its reason, and borrowers give it their journey."""
        fit, _, place = min(self._ranked(alert), default=(Fit.PART, False, ""))
        home = self.incidents[place] if place else self._new(alert)
        if fit is Fit.ROOT:
            started_at = min(home.started_at, alert.active_at)
            home = replace(home, reason=alert.reason, started_at=started_at, impact=Impact())
        if not by_probe(alert) and self._only_probes(home):
            home = replace(home, journey=alert.labels.get("journey", ""))
        self.incidents[home.id] = home
        self._taken.setdefault(home.id, []).append(alert)

    def _ranked(self, alert: Alert) -> Iterator[tuple[Fit, bool, str]]:
        """The incidents that it fits, with how it does, whether they are over, and their ids."""
        for home in self.incidents.values():
            fit = self._fit(home, alert) if self._alive(home) else None
            if fit is not None:
                yield fit, not self._is_open(home), home.id

    def _fit(self, home: Incident, alert: Alert) -> Fit | None:
        if home.open and any(own.labels == alert.labels for own in home.alerts):
            return Fit.PART
        if not self._is_in(home, alert.labels.get("journey", ""), by_probe(alert)):
            return None
        if home.reason is alert.reason and self._unnamed(home) == unnamed(alert):
            return Fit.SAME
        if any(self._has_told(one, alert) for one in self._members(home)):
            return Fit.KNOWN
        if any(self._causality.leads(one, alert) for one in self._members(home)):
            return Fit.CONSEQUENCE
        return Fit.ROOT if self._is_open(home) and self._is_root(home, alert) else None

    def _is_in(self, home: Incident, journey: str, seen_by_probe: bool) -> bool:
        return home.journey == journey or seen_by_probe or self._only_probes(home)

    def _has_told(self, one: Alert, alert: Alert) -> bool:
        """Whether `one` has told the reason of `alert` lately."""
        told = "reason" in alert.labels and one.labels.get("reason") == alert.labels["reason"]
        return told and (one.resolved_at is None or self._now - one.resolved_at <= REOPEN)

    def _is_root(self, home: Incident, alert: Alert) -> bool:
        own = (one for one in self._members(home) if one.reason is home.reason)
        return any(self._causality.leads(alert, one) for one in own)

    def _new(self, alert: Alert) -> Incident:
        new = _opened(alert, self._now, taken=self.incidents)
        self.incidents[new.id] = new
        return new

    def _is_open(self, home: Incident) -> bool:
        return home.open or home.id in self._taken

    def _alive(self, home: Incident) -> bool:
        over = home.resolved_at if home.quiet_since is None else home.quiet_since
        return self._is_open(home) or (over is not None and self._now - over <= REOPEN)

    def _members(self, home: Incident) -> tuple[Alert, ...]:
        return (*home.alerts, *home.past, *self.taken(home.id))

    def _unnamed(self, home: Incident) -> str:
        return next((unnamed(alert) for alert in self._members(home)), "")

    def _only_probes(self, home: Incident) -> bool:
        return all(by_probe(alert) for alert in self._members(home))


def unnamed(alert: Alert) -> str:
    """The name of an alert that says no reason, which then stands for the cause; otherwise empty."""
    return "" if "reason" in alert.labels else alert.name


def by_probe(alert: Alert) -> bool:
    return alert.labels.get("origin") == Origin.PROBE


def severity_of(alert: Alert) -> Severity:
    """Its label `severity`; without one that we know it is a page: better woken than not told."""
    return Severity.TICKET if alert.labels.get("severity") == Severity.TICKET else Severity.PAGE


def _opened(alert: Alert, now: float, *, taken: Mapping[str, Incident]) -> Incident:
    journey = alert.labels.get("journey", "")
    return Incident(
        id=_new_id(f"{journey}/{alert.reason}/{unnamed(alert)}", now, taken),
        journey=journey,
        reason=alert.reason,
        severity=severity_of(alert),
        status=Status.OPEN,
        started_at=alert.active_at,
        opened_at=now,
    )


def _new_id(cause: str, now: float, taken: Mapping[str, Incident]) -> str:
    """Seven digits of the time in seconds and two of the cause, so that ids sort by time."""
    tail = zlib.crc32(cause.encode()) % 1024
    stem = _digits(int(now), 7)
    free = (f"{stem}{_digits((tail + step) % 1024, 2)}" for step in range(1024))
    return next(candidate for candidate in free if candidate not in taken)


def _digits(number: int, width: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(width)))
