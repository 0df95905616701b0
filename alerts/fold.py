"""From alerts to incidents: one cause, one incident, however many alerts point at it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.alert import Alert, AlertState
from alerts.causes import Causality
from alerts.incident import NO_SEVERITY, Change, Incident, Severity, Status
from alerts.seats import Seats, by_probe, severity_of
from drawdown.series import Labels

HOLD: Final = 60.0
"""Seconds for which an incident that has come back before stays open with nothing firing: it may come back again, and
nobody wants to hear of each time.
"""

KNOWN: Final = Causality()
"""The links that can be seen from alerts alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What `fold` gives. `changed` are the ids of the incidents that differ in more than the values of their alerts,
    `changes` what is to be told, by id.
    """

    incidents: tuple[Incident, ...]
    changed: frozenset[str] = frozenset()
    changes: tuple[tuple[str, Change], ...] = ()


def fold(incidents: Sequence[Incident], alerts: Iterable[Alert], *, now: float, causality: Causality = KNOWN) -> Folded:
    """Bring `incidents` up to date with all `alerts` as they are at `now` (Unix seconds). Only alerts that fire count,
    and of these not those whose severity is `none`.

    An alert joins the open incident that has its reason and its journey, or from which it follows by `causality`. When
    a cause is seen after its consequence, it gives the consequence's incident its reason. A probe sees what borrowers
    see: its alerts join whatever incident is open with their reason, and the borrowers' alerts join one that only
    probes had seen. A cause that comes back within `REOPEN` reopens its incident. A folded state folded again is the
    same.
    """
    seats = Seats(incidents, causality, now)
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


def is_silent(alert: Alert) -> bool:
    """Whether its severity says that nobody is to be told."""
    return alert.labels.get("severity") == NO_SEVERITY


def _borrowers_first(alert: Alert) -> tuple[bool, float, tuple[tuple[str, str], ...]]:
    return by_probe(alert), alert.active_at, tuple(alert.labels.items())


def _step(before: Incident | None, seat: Incident, firing: tuple[Alert, ...], now: float) -> Incident:
    """The incident with the alerts that fire now; `seat` is it with the journey and the reason that they give it."""
    if not firing:
        return _calmed(seat, now) if seat.open else seat
    worst = Severity.PAGE if Severity.PAGE in {seat.severity, *map(severity_of, firing)} else Severity.TICKET
    labels = {alert.labels for alert in firing}
    gone = [_ended(alert, now) for alert in seat.alerts if alert.labels not in labels]
    after = replace(
        seat,
        status=Status.OPEN,
        severity=worst,
        started_at=min(seat.started_at, *(alert.active_at for alert in firing)) if before is None else seat.started_at,
        resolved_at=None,
        quiet_since=None,
        returns=seat.returns + (not seat.open),
        alerts=tuple(sorted(firing, key=lambda alert: alert.reason is not seat.reason)),
        past=(*(alert for alert in seat.past if alert.labels not in labels), *gone),
    )
    return _told(before, after, now)


def _calmed(seat: Incident, now: float) -> Incident:
    """Nothing fires: it is over, or soon will be."""
    since = now if seat.quiet_since is None else seat.quiet_since
    calm = replace(seat, quiet_since=since, alerts=tuple(_ended(alert, now) for alert in seat.alerts))
    if not calm.returns:
        return _resolved(calm, now, "nothing fires any more")
    if now - since >= HOLD:
        return _resolved(calm, now, f"nothing has fired for {HOLD:.0f} s")
    held = f"nothing fires any more; it came back before, so that it stays open for {HOLD:.0f} s"
    return calm if seat.quiet_since is not None else calm.with_event(now, "quiet", held)


def _resolved(calm: Incident, now: float, why: str) -> Incident:
    return replace(calm, status=Status.RESOLVED, resolved_at=now).with_event(now, Change.RESOLVED, why)


def _ended(alert: Alert, now: float) -> Alert:
    return replace(alert, state=AlertState.INACTIVE, resolved_at=alert.resolved_at or now)


def _told(before: Incident | None, after: Incident, now: float) -> Incident:
    """`after` with what happened on its timeline."""
    fired = before is not None and before.open and before.quiet_since is None
    had = {alert.labels for alert in before.alerts} if before and fired else set()
    joined = [alert for alert in after.alerts if alert.labels not in had]
    left = had - {alert.labels for alert in after.alerts}
    if before is None or not before.open:
        names = " and ".join(_named(alert, after) for alert in joined)
        return after.with_event(now, Change.OPENED if before is None else Change.REOPENED, f"{names} fires")
    for alert in joined:
        after = after.with_event(now, "joined", f"{_named(alert, after)} fires too")
    for labels in sorted(left, key=repr):
        after = after.with_event(now, "left", f"{_short(labels)} no longer fires")
    if after.reason is not before.reason:
        after = after.with_event(now, Change.TRACED, f"{after.reason} led to {before.reason}")
    if after.severity is not before.severity:
        after = after.with_event(now, Change.GREW, f"from {before.severity} to {after.severity}")
    return after


def _named(alert: Alert, home: Incident) -> str:
    name = _short(alert.labels)
    return name if alert.reason is home.reason else f"{name} ({alert.reason}, which follows from {home.reason})"


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
    if before.open is not after.open:
        return Change.REOPENED if after.open else Change.RESOLVED
    if after.reason is not before.reason:
        return Change.TRACED
    return Change.GREW if after.severity is Severity.PAGE and before.severity is Severity.TICKET else None
