"""An incident: one cause that people are told about, however many alerts point at it."""

from dataclasses import dataclass
from enum import StrEnum

from alerts.alert import Alert
from drawdown.reasons import Reason
from drawdown.tally import Tally


class Status(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """`page` wakes somebody, `ticket` waits for the morning; the label `severity` of a rule."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an incident's timeline. `kind` is one of opened, joined, left, grew, notified, failed_notice,
    resolved, reopened; `text` says it in words.
    """

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What an incident does to borrowers: `since` its start, in the last minute (`now`), and in the ten minutes before
    it started (`before`), what is normal. `probes` is the same for synthetic attempts since its start.
    """

    since: Tally = Tally()
    now: Tally = Tally()
    before: Tally = Tally()
    probes: Tally = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`id` is short, unique and sorts by time. `started_at` is when the first of its alerts became active, `opened_at`
    when the first one fired, `resolved_at` when the last one was gone. `alerts` are those that fire now, or that fired
    last when it is resolved.
    """

    id: str
    journey: str
    reason: Reason
    severity: Severity
    status: Status
    started_at: float
    opened_at: float
    resolved_at: float | None = None
    alerts: tuple[Alert, ...] = ()
    impact: Impact = Impact()
    timeline: tuple[Event, ...] = ()
