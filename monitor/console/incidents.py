"""An incident as the page shows it: what, since when, which step, whose doing, how many, for whom, against normal."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.attribution import whom
from alerts.incident import Event, Impact, Incident, Severity, Status
from drawdown.reasons import Blame, Reason
from drawdown.tally import Part, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A value of a slice or trait that a reason is concentrated in, and its share of the affected."""

    slice: str
    value: str
    affected: int
    attempts: int
    of_affected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An alert of the incident by its rule, with the labels that tell it from its neighbours."""

    name: str
    labels: Mapping[str, str]
    summary: str
    value: float
    active_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a list needs of an incident."""

    id: str
    journey: str
    reason: Reason
    blame: Blame
    severity: Severity
    status: Status
    started_at: float
    resolved_at: float | None
    step: str
    affected: int
    borrowers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the page tells of one incident. `share` and `normal` are shares of attempts hit by the reason in the
    last minute and before it started, None without attempts. `since` and `probes` count from its start; `also` has the
    reasons that followed from its own, with the attempts that each has hit.
    """

    line: Line
    opened_at: float
    share: float | None
    normal: float | None
    since: Tally
    probes: Tally
    drivers: tuple[Driver, ...]
    also: Mapping[Reason, int]
    alerts: tuple[Named, ...]
    timeline: tuple[Event, ...]


def line(incident: Incident) -> Line:
    seen = _seen(incident)
    return Line(
        id=incident.id,
        journey=incident.journey,
        reason=incident.reason,
        blame=incident.reason.blame,
        severity=incident.severity,
        status=incident.status,
        started_at=incident.started_at,
        resolved_at=incident.resolved_at,
        step=max(seen.steps, key=lambda step: seen.steps[step], default=""),
        affected=incident.impact.since.affected,
        borrowers=incident.impact.since.borrowers,
    )


def report(incident: Incident) -> Report:
    impact = incident.impact
    return Report(
        line=line(incident),
        opened_at=incident.opened_at,
        share=impact.now.share,
        normal=impact.before.share,
        since=impact.since,
        probes=impact.probes,
        drivers=tuple(drivers(impact)),
        also={reason: impact.also.get(reason, 0) for reason in incident.consequences},
        alerts=tuple(
            Named(
                name=alert.labels.get("alertname", ""),
                labels=dict(alert.labels.without("alertname")),
                summary=alert.annotations.get("summary", ""),
                value=alert.value,
                active_at=alert.active_at,
            )
            for alert in incident.alerts
        ),
        timeline=incident.timeline,
    )


def _seen(incident: Incident) -> Tally:
    """Borrowers' attempts tell where it breaks; without any the probes' do."""
    return incident.impact.since if incident.impact.since.affected else incident.impact.probes


def drivers(impact: Impact) -> list[Driver]:
    """The values that notices name."""
    return [_driver(found.slice, part, impact.since) for found in whom(impact) for part in found.hit]


def _driver(name: str, part: Part, tally: Tally) -> Driver:
    return Driver(
        slice=name,
        value=part.value,
        affected=part.affected,
        attempts=part.attempts,
        of_affected=round(part.affected / tally.affected, 5),
    )
