"""What the demo breaks and when, and whether the monitor told it right. All of it is pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from alerts.incident import Incident, Status
from drawdown.reasons import Reason
from sandbox.fault import Fault, FaultKind

KINDS = (FaultKind.CHANNEL_TIMEOUT, FaultKind.STEP_UP, FaultKind.LIMIT_CUT, FaultKind.SLOW_SERVERS)
WHERE = {FaultKind.CHANNEL_TIMEOUT: {"channel": "alpha"}}
WORDS = {
    FaultKind.CHANNEL_TIMEOUT: "payment channel alpha stops answering in time",
    FaultKind.STEP_UP: "risk switches on an identity check",
    FaultKind.LIMIT_CUT: "limits are cut between display and submit",
    FaultKind.SLOW_SERVERS: "the lender's servers slow down",
}
QUIET = 20.0
"""Seconds of peace before the first fault."""
_RECOVERY = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The faults in their order, one after the other; Unix seconds."""

    faults: tuple[Fault, ...]
    ends_at: float


def plan(start: float, seconds: float) -> Walk:
    """Four faults in `seconds` from `start`: a quiet beginning, then each kind for half of its share of the time.
    In less than `SHORTEST` a fault has no time to be seen and to heal before the next.
    """
    share = (seconds - QUIET - _RECOVERY) / len(KINDS)
    begins = [start + QUIET + share * number for number in range(len(KINDS))]
    faults = tuple(
        Fault(kind=kind, starts_at=at, ends_at=at + share / 2, where=WHERE.get(kind, {}))
        for kind, at in zip(KINDS, begins, strict=True)
    )
    return Walk(faults=faults, ends_at=start + seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault and what the monitor made of it. Seconds count from its start; `resolved_after` from its end."""

    kind: FaultKind
    reason: Reason
    incident: str = ""
    opened_after: float | None = None
    noticed_after: float | None = None
    resolved_after: float | None = None

    @property
    def ok(self) -> bool:
        return None not in (self.opened_after, self.noticed_after, self.resolved_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`ok` only if every fault led to an incident with its reason that resolved, and nothing else opened."""

    findings: tuple[Finding, ...]
    unexpected: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return bool(self.findings) and not self.unexpected and all(finding.ok for finding in self.findings)

    def lines(self) -> Iterator[str]:
        """For people: a line for each fault, then what was not expected."""
        for finding in self.findings:
            times = (finding.opened_after, finding.noticed_after, finding.resolved_after)
            opened, noticed, resolved = ("never" if at is None else f"after {at:.1f} s" for at in times)
            mark = "ok  " if finding.ok else "FAIL"
            yield (
                f"{mark} {finding.kind} → {finding.reason}: opened {opened}, "
                f"notice {noticed}, resolved {resolved} of healing"
            )
        for line in self.unexpected:
            yield f"FAIL an incident that nothing explains: {line}"

    def as_json(self) -> dict[str, Any]:
        findings = [{**asdict(finding), "ok": finding.ok} for finding in self.findings]
        return {"ok": self.ok, "faults": findings, "unexpected": list(self.unexpected)}


def judge(walk: Walk, incidents: Iterable[Incident]) -> Verdict:
    """Match incidents to faults by reason and time; an incident that no fault explains is unexpected."""
    left = sorted(incidents, key=lambda incident: incident.opened_at)
    findings = []
    for fault in walk.faults:
        found = next((incident for incident in left if _explains(fault, incident)), None)
        findings.append(_finding(fault, found))
        left = [incident for incident in left if incident is not found]
    return Verdict(findings=tuple(findings), unexpected=tuple(f"{one.reason} at {one.opened_at:.0f}" for one in left))


def _explains(fault: Fault, incident: Incident) -> bool:
    return incident.reason is fault.reason and fault.starts_at <= incident.opened_at <= fault.ends_at + _RECOVERY / 2


def _finding(fault: Fault, incident: Incident | None) -> Finding:
    if incident is None:
        return Finding(kind=fault.kind, reason=fault.reason)
    noticed = [event.at for event in incident.timeline if event.kind == "notified"]
    resolved = incident.resolved_at if incident.status is Status.RESOLVED else None
    return Finding(
        kind=fault.kind,
        reason=fault.reason,
        incident=incident.id,
        opened_after=round(incident.opened_at - fault.starts_at, 3),
        noticed_after=round(min(noticed) - fault.starts_at, 3) if noticed else None,
        resolved_after=round(resolved - fault.ends_at, 3) if resolved is not None else None,
    )


def announcements(walk: Walk) -> Sequence[tuple[float, str]]:
    """What to tell the person who watches, and when."""
    lines = []
    for fault in walk.faults:
        lines.append((fault.starts_at, f"breaking: {WORDS[fault.kind]} for {fault.ends_at - fault.starts_at:.0f} s"))
        lines.append((fault.ends_at, f"healing: {WORDS[fault.kind]} no more"))
    return lines
