"""What a replay found, for a person and for a machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from alerts.alert import Alert
from alerts.incident import Incident
from alerts.notice import OwedNotice
from drawdown.durations import format_duration, humanize_duration
from drawdown.series import Labels
from monitor.replay.lines import Refusals
from monitor.replay.player import Replay

_SHOWN = 3
_KNOWN = ("alertname", "severity", "reason", "blame", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A replay with what was read for it. `lines` were used; `took` is seconds."""

    replay: Replay
    zone: tzinfo
    lines: int
    duplicates: int = 0
    refusals: Refusals
    notes: tuple[str, ...] = ()
    took: float

    @property
    def speed(self) -> float:
        """Seconds replayed in one."""
        return (self.replay.tempo.end - self.replay.tempo.start) / max(self.took, 1e-9)

    def as_json(self) -> dict[str, Any]:
        """In plain values; times in RFC 3339."""
        tempo = self.replay.tempo
        return {
            "from": self._iso(tempo.start),
            "to": self._iso(tempo.end),
            "step": tempo.step,
            "interval": tempo.interval,
            "lines": self.lines,
            "duplicates": self.duplicates,
            "refused": self.refusals.count,
            "problems": [str(problem) for problem in self.refusals.problems],
            "notes": list(self.notes),
            "failures": dict(self.replay.failures),
            "incidents": [self._incident(incident) for incident in self.replay.incidents],
            "took": round(self.took, 3),
            "speed": round(self.speed),
        }

    def _incident(self, incident: Incident) -> dict[str, Any]:
        return {
            "id": incident.id,
            "started_at": self._iso(incident.started_at),
            "opened_at": self._iso(incident.opened_at),
            "opened_in": self._window(incident.opened_at),
            "resolved_at": self._iso(incident.resolved_at),
            "severity": incident.severity,
            "reason": reason_of(incident),
            "journey": incident.journey,
            "alerts": [self._alert(alert) for alert in all_alerts(incident)],
            "notices": [self._notice(owed) for owed in self.replay.notices if owed.incident.id == incident.id],
        }

    def _window(self, at: float) -> list[str | None] | None:
        window = self.replay.tempo.window_of(at)
        return None if window is None else [self._iso(end) for end in window]

    def _alert(self, alert: Alert) -> dict[str, Any]:
        return {
            "name": alert.name,
            "labels": dict(alert.labels.without("alertname")),
            "active_at": self._iso(alert.active_at),
            "fired_at": self._iso(alert.fired_at),
            "resolved_at": self._iso(alert.resolved_at),
        }

    def _notice(self, owed: OwedNotice) -> dict[str, Any]:
        return {
            "at": self._iso(owed.due_at),
            "change": owed.change,
            "title": owed.notice.title,
            "text": text_of(owed),
        }

    def _iso(self, at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, UTC).astimezone(self.zone).isoformat()

    def show(self, console: Console, *, notices: bool) -> None:
        """Print it: the incidents, on demand what would have been sent, and how fast it went."""
        if self.replay.incidents:
            console.print(self._table())
        else:
            console.print("no incident\n")
        for owed in self.replay.notices if notices else ():
            console.print(f"{self._clock(owed.due_at)}  {text_of(owed)}\n", highlight=False, markup=False)
        for line in self._sums():
            console.print(line, highlight=False, markup=False)

    def _table(self) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for name in ("opened", "resolved", "lasted", "severity", "reason"):
            table.add_column(name, no_wrap=True)
        table.add_column("alerts", overflow="fold")
        for incident in self.replay.incidents:
            end = incident.resolved_at or self.replay.tempo.end
            table.add_row(
                self._opened(incident.opened_at),
                "still open" if incident.resolved_at is None else self._clock(incident.resolved_at),
                humanize_duration(end - incident.opened_at),
                incident.severity,
                reason_of(incident) or "–",
                _plain("\n".join(_lines(incident))),
            )
        return table

    def _sums(self) -> Iterator[str]:
        tempo = self.replay.tempo
        span, took = tempo.end - tempo.start, humanize_duration(self.took)
        kinds = [f"{self.lines} lines"]
        kinds += [f"{self.duplicates} told twice"] if self.duplicates else []
        kinds += [f"{self.refusals.count} refused"] if self.refusals.count else []
        yield f"{self._clock(tempo.start)} to {self._clock(tempo.end)} ({self.zone}): {', '.join(kinds)}"
        if tempo.window:
            window = format_duration(tempo.window)
            yield f"a line counts {window}; rules see it when that is over"
        yield from self.notes
        for rule, error in self.replay.failures.items():
            yield f"the rule {rule} could not always be evaluated: {error}"
        yield f"{humanize_duration(span)} in {took}: {self.speed:,.0f} times as fast as it was"

    def _opened(self, at: float) -> str:
        """With the counts in which it was seen."""
        window = self.replay.tempo.window_of(at)
        if window is None:
            return self._clock(at)
        return f"{self._clock(at)} (seen in {' to '.join(self._clock(end)[11:16] for end in window)})"

    def _clock(self, at: float) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")


def reason_of(incident: Incident) -> str:
    """The reason that its rules say; empty where they say none."""
    named = all("reason" in alert.labels for alert in all_alerts(incident))
    return incident.reason.value if named else ""


def all_alerts(incident: Incident) -> tuple[Alert, ...]:
    """All that ever fired in it, the first one first."""
    return tuple(sorted((*incident.alerts, *incident.past), key=lambda alert: alert.fired_at or 0.0))


def text_of(owed: OwedNotice) -> str:
    """What a notice says; there is no console to link to."""
    return owed.notice.text.removesuffix(owed.link).rstrip("\n")


def _lines(incident: Incident) -> Iterator[str]:
    alerts = all_alerts(incident)
    for alert in alerts[:_SHOWN]:
        yield f"{alert.name}{_rest(alert.labels)}"
    if len(alerts) > _SHOWN:
        yield f"and {len(alerts) - _SHOWN} more"


def _rest(labels: Labels) -> str:
    rest = labels.without(*_KNOWN)
    return repr(rest) if rest else ""


def _plain(text: str) -> str:
    """Without a meaning for rich."""
    return text.replace("[", r"\[")
