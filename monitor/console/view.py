"""The page's content at one second, as plain values: what `/console/state.json` answers and the stream repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from alerts.incident import Incident, Status
from drawdown.reasons import Blame, Kind, Reason, Words
from monitor.console import incidents as of_incidents
from monitor.console.headline import HOUR, Bar, Headline, bars, headline
from monitor.console.health import Health
from monitor.console.incidents import Line, Report
from monitor.console.journeys import JourneyState
from monitor.console.totals import Past, Totals

RECENT = 12
"""Resolved incidents that the page lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that the page shows. `open` and `recent` are incidents, `shaded` those that overlap the hour's line."""

    at: float
    headline: Headline
    bars: tuple[Bar, ...]
    journeys: tuple[JourneyState, ...]
    open: tuple[Report, ...]
    recent: tuple[Line, ...]
    shaded: tuple[Line, ...]
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonWords:
    """What the page needs to speak of a reason."""

    blame: Blame
    kind: Kind
    en: Words
    zh: Words


def snapshot(
    past: Past,
    reading: Totals,
    *,
    journeys: Sequence[JourneyState],
    incidents: Sequence[Incident],
    health: Health,
) -> Snapshot:
    """Put the page together for the time of `reading`."""
    top = headline(past, reading)
    lines = tuple(of_incidents.line(incident) for incident in incidents)
    return Snapshot(
        at=reading.at,
        headline=top,
        bars=bars(past, reading, top.origin),
        journeys=tuple(journeys),
        open=tuple(of_incidents.report(incident) for incident in incidents if incident.status is Status.OPEN),
        recent=tuple(line for line in lines if line.status is Status.RESOLVED)[:RECENT],
        shaded=tuple(line for line in lines if line.resolved_at is None or line.resolved_at > reading.at - HOUR),
        health=health,
    )


def reason_words() -> Mapping[Reason, ReasonWords]:
    """Every reason's words in both languages."""
    return {
        reason: ReasonWords(blame=reason.blame, kind=reason.kind, en=reason.words("en"), zh=reason.words("zh"))
        for reason in Reason
    }


def encode(value: object) -> bytes:
    """JSON; a number that is none (NaN, infinity) becomes null."""
    return msgspec.json.encode(value)
