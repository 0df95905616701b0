"""An incident: one cause that people are told about, however many alerts point at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from alerts.alert import Alert
from drawdown.reasons import Reason
from drawdown.tally import Tally

_MAX_EVENTS: Final = 200


class Status(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """`page` wakes somebody, `ticket` waits for the morning; the label `severity` of a rule."""

    PAGE = "page"
    TICKET = "ticket"


NO_SEVERITY: Final = "none"
"""The label `severity` of an alert that tells people nothing: no incident is made of it. A rule that always fires has
it, for whoever watches that rules are evaluated at all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an incident's timeline. `kind` is one of opened, joined, left, traced, grew, quiet, resolved,
    reopened, notified, failed_notice; `text` says it in words.
    """

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What an incident does to borrowers: `since` its start, in the last minute (`now`), and in the ten minutes before
    it started (`before`), what is normal. `probes` is the same for synthetic attempts since its start.

    `now` never reaches back behind the start; once the incident is resolved it is the last ten seconds. `also` says of
    each reason that follows from the incident's own how many borrowers' attempts it has hit since the start. `shadows`
    are the slices that seem to be hit because they hang together with the one that is.
    """

    since: Tally = Tally()
    now: Tally = Tally()
    before: Tally = Tally()
    probes: Tally = Tally()
    also: Mapping[Reason, int] = field(default_factory=dict)
    shadows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`id` is short, unique and sorts by time. `started_at` is when the first of its alerts became active, `opened_at`
    when the first one fired, `resolved_at` when the last one was gone. `alerts` are those that fire now, or that fired
    last when it is resolved; `past` are those that fired and left while others went on.

    `reason` is the root's. Alerts of other reasons are consequences of it.

    `journey` is the borrowers' journey that is hit; a probe's while only probes see the cause; empty when the cause
    belongs to none.

    `quiet_since` is when the last alert was gone, None while any fires: one that has come back before (`returns` times)
    stays open for a while after that.
    """

    id: str
    journey: str
    reason: Reason
    severity: Severity
    status: Status
    started_at: float
    opened_at: float
    resolved_at: float | None = None
    quiet_since: float | None = None
    returns: int = 0
    alerts: tuple[Alert, ...] = ()
    past: tuple[Alert, ...] = ()
    impact: Impact = Impact()
    timeline: tuple[Event, ...] = ()

    @property
    def open(self) -> bool:
        return self.status is Status.OPEN

    @property
    def of_root(self) -> tuple[Alert, ...]:
        """The alerts that tell its own reason, first those that fire; all alerts where none does."""
        every = (*self.alerts, *self.past)
        return tuple(alert for alert in every if alert.reason is self.reason) or every

    @property
    def consequences(self) -> tuple[Reason, ...]:
        """The reasons that followed from its own, in the order in which they were seen."""
        later = sorted((*self.alerts, *self.past), key=lambda alert: (alert.active_at, alert.reason))
        return tuple(dict.fromkeys(alert.reason for alert in later if alert.reason is not self.reason))

    def with_event(self, at: float, kind: str, text: str) -> Self:
        """It with one line more on its timeline. Of a very long one the start and the latest lines stay."""
        timeline = (*self.timeline, Event(at=at, kind=str(kind), text=text))
        if len(timeline) > _MAX_EVENTS:
            timeline = (*timeline[: _MAX_EVENTS // 4], *timeline[_MAX_EVENTS // 4 + 1 :])
        return replace(self, timeline=timeline)


class Change(StrEnum):
    """What people are told about an incident."""

    OPENED = "opened"
    REOPENED = "reopened"
    TRACED = "traced"
    """Its root was found: what was told before follows from another reason, which is now its own."""
    GREW = "grew"
    """Its severity rose to `page`."""
    RESOLVED = "resolved"
