"""What the monitor said held against the truth. All of it is pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.attribution import whom
from alerts.incident import Incident, Severity
from alerts.notice import OwedNotice
from drawdown.reasons import Blame, Reason
from monitor.scenarios.scenario import Expected, Family, Scenario

MARKS: Final = ("detected", "in_time", "reason", "blame", "slice", "resolved")
"""What can be right about an expected incident, one mark each. Only what is detected can be right in the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expected incident and what the monitor made of it. Seconds count from its start and from its end."""

    expected: Expected
    told: Reason | None = None
    """The reason that was told."""
    told_after: float | None = None
    resolved_after: float | None = None
    reason: bool = False
    blame: bool = False
    slice: bool = False

    @property
    def detected(self) -> bool:
        return self.told_after is not None

    @property
    def in_time(self) -> bool:
        return self.told_after is not None and self.told_after <= self.expected.within

    @property
    def resolved(self) -> bool:
        return self.resolved_after is not None and self.resolved_after <= self.expected.resolves_within

    @property
    def marks(self) -> int:
        """How many of `MARKS` are earned."""
        return sum(bool(getattr(self, mark)) for mark in MARKS)

    def lacks(self, mark: str) -> bool:
        """Whether this is what was wrong: of what was not detected nothing else is."""
        return not getattr(self, mark) and (self.detected or mark == "detected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One run. `false_pages` and `false_tickets` are the reasons of incidents that the truth does not know."""

    name: str
    family: Family
    seed: int
    findings: tuple[Finding, ...] = ()
    false_pages: tuple[Reason, ...] = ()
    false_tickets: tuple[Reason, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing is to be said against it."""
        return not self.false_pages and all(finding.marks == len(MARKS) for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Many runs. `found` is the share of the marks that were earned, None where no incident was expected; `calm` the
    share of the runs in which nobody was woken for nothing.
    """

    runs: int
    right: int
    expected: int
    detected: int
    found: float | None
    calm: float
    false_pages: int
    false_tickets: int

    @property
    def score(self) -> float:
        """Between 0 and 1. Who never says anything has 0, and so has who always cries; without anything expected it is
        calm alone.
        """
        return self.calm * (1.0 if self.found is None else self.found)


def grade(scenario: Scenario, seed: int, incidents: Sequence[Incident], notices: Iterable[OwedNotice]) -> Grade:
    """Match incidents to what is expected: first those that tell its reason, then any other of its time."""
    told = _Told(notices)
    left = list(incidents)
    findings = []
    for expected in scenario.expected:
        found = _best(expected, [each for each in left if told.in_its_time(expected, each)])
        left = [incident for incident in left if incident is not found]
        findings.append(_finding(expected, found, told))
    unknown = [incident for incident in left if incident.reason not in scenario.beside]
    known = {expected.reason for expected in scenario.expected}
    return Grade(
        name=scenario.name,
        family=scenario.family,
        seed=seed,
        findings=tuple(findings),
        false_pages=tuple(each.reason for each in unknown if told.paged(each)),
        false_tickets=tuple(each.reason for each in unknown if not told.paged(each) and each.reason not in known),
    )


def total(grades: Sequence[Grade]) -> Total:
    """Added up. No runs at all earn nothing."""
    findings = [finding for grade in grades for finding in grade.findings]
    marks = sum(finding.marks for finding in findings)
    return Total(
        runs=len(grades),
        right=sum(grade.right for grade in grades),
        expected=len(findings),
        detected=sum(finding.detected for finding in findings),
        found=marks / (len(MARKS) * len(findings)) if findings else None,
        calm=sum(not grade.false_pages for grade in grades) / len(grades) if grades else 0.0,
        false_pages=sum(len(grade.false_pages) for grade in grades),
        false_tickets=sum(len(grade.false_tickets) for grade in grades),
    )


class _Told:
    """When people were told of incidents first, and when they were woken."""

    def __init__(self, notices: Iterable[OwedNotice]) -> None:
        self._told: dict[str, float] = {}
        self._pages: dict[str, float] = {}
        for owed in notices:
            self._told.setdefault(owed.incident.id, owed.due_at)
            if owed.incident.severity is Severity.PAGE:
                self._pages.setdefault(owed.incident.id, owed.due_at)

    def paged(self, incident: Incident) -> bool:
        return incident.id in self._pages

    def at(self, expected: Expected, incident: Incident) -> float | None:
        """When it was told as it is expected to be."""
        return (self._pages if expected.page else self._told).get(incident.id)

    def in_its_time(self, expected: Expected, incident: Incident) -> bool:
        at = self.at(expected, incident)
        return at is not None and expected.starts_at <= at <= expected.ends_at + expected.within


def _best(expected: Expected, candidates: Sequence[Incident]) -> Incident | None:
    return min(candidates, key=lambda each: (each.reason is not expected.reason, each.opened_at), default=None)


def _finding(expected: Expected, found: Incident | None, told: _Told) -> Finding:
    at = None if found is None else told.at(expected, found)
    if found is None or at is None:
        return Finding(expected=expected)
    return Finding(
        expected=expected,
        told=found.reason,
        told_after=at - expected.starts_at,
        resolved_after=None if found.resolved_at is None else found.resolved_at - expected.ends_at,
        reason=found.reason is expected.reason,
        blame=_blame(found) is expected.blame,
        slice=_is_slice(expected, found),
    )


def _blame(incident: Incident) -> Blame:
    """Whom the alerts of its root blame; where none says so, whom its reason does."""
    said = (alert.labels.get("blame", "") for alert in incident.of_root)
    return next((Blame(word) for word in said if word in list(Blame)), incident.reason.blame)


def _is_slice(expected: Expected, incident: Incident) -> bool:
    """Whether the incident is said to be concentrated where it is, and nowhere where it is not. Slices that hang
    together, such as a bank and its channel, may both be said.
    """
    hit = {each.slice: {part.value for part in each.hit} for each in whom(incident.impact) if each.hit}
    if not expected.where:
        return not hit
    return all(hit.get(name) == set(values) for name, values in expected.where.items())
