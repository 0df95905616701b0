"""From alerts to incidents: one cause, one incident, however many alerts point at it."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.alert import Alert, AlertState
from alerts.incident import NO_SEVERITY, Change, Incident, Severity, Status
from drawdown.outcome import Origin
from drawdown.reasons import Reason
from drawdown.series import Labels

REOPEN: Final = 60.0
"""Seconds after its end within which the same cause reopens an incident."""

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter that looks like a digit


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What `fold` gives. `changed` are the ids of the incidents that differ in more than the values of their alerts,
    `changes` what is to be told, by id.
    """

    incidents: tuple[Incident, ...]
    changed: frozenset[str] = frozenset()
    changes: tuple[tuple[str, Change], ...] = ()


def fold(incidents: Sequence[Incident], alerts: Iterable[Alert], *, now: float) -> Folded:
    """Bring `incidents` up to date with all `alerts` as they are at `now` (Unix seconds). Only alerts that fire count,
    and of these not those whose severity is `none`.

    An alert joins the open incident that has its reason and its journey. A probe sees what borrowers see: its alerts
    join whatever incident is open with their reason, and the borrowers' alerts join one that only probes had seen. A
    cause that comes back within a minute reopens its incident. A folded state folded again is the same.
    """
    seats = _Seats(incidents, now)
    firing = {alert.labels: alert for alert in alerts if alert.firing and not is_silent(alert)}
    for alert in sorted(firing.values(), key=_borrowers_first):
        seats.place(alert)
    before = {incident.id: incident for incident in incidents}
    after = [_step(before.get(seat.id), seat, seats.taken(seat.id), now) for seat in seats.incidents.values()]
    return Folded(
        incidents=tuple(after),
        changed=frozenset(new.id for new in after if _standing(new) != _standing(before.get(new.id))),
        changes=tuple((new.id, change) for new in after if (change := _change(before.get(new.id), new))),
    )


class _Seats:
    """Finds the incident of each alert, and makes one where there is none."""

    def __init__(self, incidents: Sequence[Incident], now: float) -> None:
        self.incidents = {incident.id: incident for incident in incidents}
        self._now = now
        self._taken: dict[str, list[Alert]] = {}

    def taken(self, incident_id: str) -> tuple[Alert, ...]:
        return tuple(self._taken.get(incident_id, ()))

    def place(self, alert: Alert) -> None:
        home = self._own(alert) or self._like(alert) or self._new(alert)
        if not _by_probe(alert) and self._only_probes(home):
            self.incidents[home.id] = replace(home, journey=alert.labels.get("journey", ""))
        self._taken.setdefault(home.id, []).append(alert)

    def _own(self, alert: Alert) -> Incident | None:
        """The open incident that it is part of."""
        return next((home for home in self.incidents.values() if home.open and _has(home, alert)), None)

    def _like(self, alert: Alert) -> Incident | None:
        """One of the same cause, an open one first."""
        alike = [home for home in self.incidents.values() if self._alive(home) and self._same_cause(home, alert)]
        return min(alike, key=lambda home: (not self._is_open(home), home.id), default=None)

    def _new(self, alert: Alert) -> Incident:
        new = _opened(alert, self._now, taken=self.incidents)
        self.incidents[new.id] = new
        return new

    def _is_open(self, home: Incident) -> bool:
        return home.open or home.id in self._taken

    def _alive(self, home: Incident) -> bool:
        return self._is_open(home) or (home.resolved_at is not None and self._now - home.resolved_at <= REOPEN)

    def _same_cause(self, home: Incident, alert: Alert) -> bool:
        if home.reason is not reason_of(alert) or _unnamed(home, self.taken(home.id)) != _unnamed_alert(alert):
            return False
        return home.journey == alert.labels.get("journey", "") or _by_probe(alert) or self._only_probes(home)

    def _only_probes(self, home: Incident) -> bool:
        return all(_by_probe(alert) for alert in (*home.alerts, *home.past, *self.taken(home.id)))


def reason_of(alert: Alert) -> Reason:
    """Its label `reason`; `unmapped` where it has none that we know."""
    try:
        return Reason(alert.labels.get("reason", ""))
    except ValueError:
        return Reason.UNMAPPED


def is_silent(alert: Alert) -> bool:
    """Whether its severity says that nobody is to be told."""
    return alert.labels.get("severity") == NO_SEVERITY


def severity_of(alert: Alert) -> Severity:
    """Its label `severity`; without one that we know it is a page: better woken than not told."""
    return Severity.TICKET if alert.labels.get("severity") == Severity.TICKET else Severity.PAGE


def _unnamed(home: Incident, taken: tuple[Alert, ...]) -> str:
    return next((_unnamed_alert(alert) for alert in (*taken, *home.alerts)), "")


def _unnamed_alert(alert: Alert) -> str:
    """The name of an alert that says no reason, which then stands for the cause; otherwise empty."""
    return "" if "reason" in alert.labels else alert.name


def _by_probe(alert: Alert) -> bool:
    return alert.labels.get("origin") == Origin.PROBE


def _borrowers_first(alert: Alert) -> tuple[bool, float, tuple[tuple[str, str], ...]]:
    return _by_probe(alert), alert.active_at, tuple(alert.labels.items())


def _has(incident: Incident, alert: Alert) -> bool:
    return any(own.labels == alert.labels for own in incident.alerts)


def _opened(alert: Alert, now: float, *, taken: Mapping[str, Incident]) -> Incident:
    journey, reason = alert.labels.get("journey", ""), reason_of(alert)
    return Incident(
        id=_new_id(f"{journey}/{reason}/{_unnamed_alert(alert)}", now, taken),
        journey=journey,
        reason=reason,
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


def _step(before: Incident | None, seat: Incident, firing: tuple[Alert, ...], now: float) -> Incident:
    """The incident with the alerts that fire now; `seat` is it with the journey that they give it."""
    if not firing:
        return _resolved(seat, now) if seat.open else seat
    worst = Severity.PAGE if Severity.PAGE in {seat.severity, *map(severity_of, firing)} else Severity.TICKET
    labels = {alert.labels for alert in firing}
    gone = [_ended(alert, now) for alert in seat.alerts if alert.labels not in labels]
    after = replace(
        seat,
        status=Status.OPEN,
        severity=worst,
        started_at=min(seat.started_at, *(alert.active_at for alert in firing)) if before is None else seat.started_at,
        resolved_at=None,
        alerts=firing,
        past=(*(alert for alert in seat.past if alert.labels not in labels), *gone),
    )
    return _told(before, after, now)


def _resolved(seat: Incident, now: float) -> Incident:
    ended = tuple(_ended(alert, now) for alert in seat.alerts)
    resolved = replace(seat, status=Status.RESOLVED, resolved_at=now, alerts=ended)
    return resolved.with_event(now, Change.RESOLVED, "nothing fires any more")


def _ended(alert: Alert, now: float) -> Alert:
    return replace(alert, state=AlertState.INACTIVE, resolved_at=alert.resolved_at or now)


def _told(before: Incident | None, after: Incident, now: float) -> Incident:
    """`after` with what happened on its timeline."""
    had = {alert.labels for alert in before.alerts} if before and before.open else set()
    joined = [alert.labels for alert in after.alerts if alert.labels not in had]
    left = had - {alert.labels for alert in after.alerts}
    if before is None or not before.open:
        names = " and ".join(_short(labels) for labels in joined)
        return after.with_event(now, Change.OPENED if before is None else Change.REOPENED, f"{names} fires")
    for labels in joined:
        after = after.with_event(now, "joined", f"{_short(labels)} fires too")
    for labels in sorted(left, key=repr):
        after = after.with_event(now, "left", f"{_short(labels)} no longer fires")
    if after.severity is not before.severity:
        after = after.with_event(now, Change.GREW, f"from {before.severity} to {after.severity}")
    return after


def _short(labels: Labels) -> str:
    rest = labels.without("alertname", "severity", "reason", "blame", "origin")
    return f"{labels.get('alertname', '')}{rest or ''}"


def _standing(incident: Incident | None) -> Incident | None:
    if incident is None:
        return None
    return replace(incident, alerts=tuple(alert.standing() for alert in incident.alerts))


def _change(before: Incident | None, after: Incident) -> Change | None:
    if before is None:
        return Change.OPENED
    if before.open and not after.open:
        return Change.RESOLVED
    if after.open and not before.open:
        return Change.REOPENED
    return Change.GREW if after.severity is Severity.PAGE and before.severity is Severity.TICKET else None
