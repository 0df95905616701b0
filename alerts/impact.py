"""What an incident does to borrowers, asked of those who remember single outcomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Final

from alerts.alert import Alert
from alerts.attribution import attribute, likelihood
from alerts.incident import Impact, Incident
from drawdown.outcome import Origin
from drawdown.reasons import Reason
from drawdown.tally import Part, Tally, Within, Witnesses

LEAD: Final = 5.0
"""Seconds by which the first bad outcomes come before the first alert: it takes some of them to make a share."""

BEFORE: Final = 600.0
ENOUGH: Final = 20
"""Attempts at least that make a crowd, or show what hangs together."""

TIMES: Final = 1.5
"""How many times as many attempts as usual a crowd has."""

_RECENT: Final = 60.0
_RECENT_RESOLVED: Final = 10.0
_CROWD: Final = 10.0
_USUAL: Final = 120.0

Journeys = Mapping[Origin, tuple[str, ...]]
"""The journeys that are watched, by who takes them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The attempts of `origin` on `journeys` that ended between two Unix seconds."""

    witnesses: Witnesses
    origin: Origin
    journeys: tuple[str, ...]
    since: float
    until: float

    def count(self, reason: Reason, within: Within | None = None) -> Tally:
        ask = partial(self.witnesses.tally, origin=self.origin, reason=reason, since=self.since, until=self.until)
        return reduce(together, (ask(journey=name, within=within) for name in self.journeys), Tally())


@dataclass(frozen=True, slots=True)
class Assessor:
    """Asks `witnesses` about incidents. A cause that only probes have seen is looked for in all borrowers' journeys."""

    witnesses: Witnesses
    journeys: Journeys

    def assess(self, incident: Incident, *, now: float) -> Impact:
        """The impact at `now` (Unix seconds). What was before the start is asked once, and what the witnesses have
        forgotten since the last time stays counted.
        """
        start, end = incident.started_at - LEAD, incident.resolved_at or now
        recent = max(start, end - (_RECENT if incident.open else _RECENT_RESOLVED))
        reason, old, journey = incident.reason, incident.impact, incident.journey
        during = self._borrowers(journey, start, end)
        impact = Impact(
            since=_larger(old.since, during.count(reason)),
            now=self._borrowers(journey, recent, end).count(reason),
            before=old.before if old.before.attempts else self._borrowers(journey, start - BEFORE, start).count(reason),
            probes=_Asked(self.witnesses, Origin.PROBE, self.journeys.get(Origin.PROBE, ()), start, end).count(reason),
            also={each: max(old.also.get(each, 0), during.count(each).affected) for each in incident.consequences},
            shadows=old.shadows,
        )
        return replace(impact, shadows=_shadows(impact, partial(during.count, reason)))

    def crowded(self, alert: Alert, before: float, *, now: float) -> bool:
        """Whether more attempts of the part of the borrowers that `alert` is about end in the last seconds before `now`
        than did before Unix second `before`.
        """
        spans = (before - LEAD - _USUAL, before - LEAD), (now - _CROWD, now)
        asked = (self._borrowers(alert.labels.get("journey", ""), *span) for span in spans)
        usual, crowd = (_part(each.count(alert.reason), alert) for each in asked)
        return crowd >= ENOUGH and 0 < usual * _CROWD * TIMES <= crowd * _USUAL

    def _borrowers(self, journey: str, since: float, until: float) -> _Asked:
        journeys = self.journeys.get(Origin.BORROWER, ())
        mine = (journey,) if journey in journeys else journeys
        return _Asked(self.witnesses, Origin.BORROWER, mine, since, until)


def _shadows(impact: Impact, count: Callable[[Within], Tally]) -> tuple[str, ...]:
    """The slices that are hit only as the one that explains most is: within its part they are spread evenly. `count`
    counts in a part; where that is forgotten they stay as they were.
    """
    hit = sorted((each for each in attribute(impact.since, impact.before) if each.hit), key=likelihood)
    if len(hit) < 2:
        return ()
    *others, best = hit
    inside = count(Within(slice=best.slice, values=frozenset(part.value for part in best.hit)))
    if inside.affected < ENOUGH:
        return impact.shadows
    even = {each.slice for each in attribute(inside, impact.before) if not each.hit}
    return tuple(each.slice for each in others if each.slice in even)


def _part(tally: Tally, alert: Alert) -> int:
    """The attempts of the part of the borrowers that `alert` names; all of them where it names none."""
    name = next((name for name in tally.slices if name in alert.labels), "")
    parts = {part.value: part.attempts for part in tally.slices.get(name, ())}
    return parts.get(alert.labels[name], 0) if name else tally.attempts


def _larger(old: Tally, new: Tally) -> Tally:
    return old if old.affected > new.affected else new


def together(left: Tally, right: Tally) -> Tally:
    """The attempts of both. A borrower who is in both counts twice."""
    if not left.attempts:
        return right
    return Tally(
        attempts=left.attempts + right.attempts,
        affected=left.affected + right.affected,
        borrowers=left.borrowers + right.borrowers,
        unexplained=left.unexplained + right.unexplained,
        steps=_summed(left.steps, right.steps),
        slices={
            name: _parts(left.slices.get(name, ()), right.slices.get(name, ()))
            for name in dict.fromkeys((*left.slices, *right.slices))
        },
        codes=_summed(left.codes, right.codes),
    )


def _summed(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    counts = {name: left.get(name, 0) + right.get(name, 0) for name in (*left, *right)}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _parts(left: tuple[Part, ...], right: tuple[Part, ...]) -> tuple[Part, ...]:
    parts = (*left, *right)
    values = dict.fromkeys(part.value for part in parts)
    merged = (_merged(value, [part for part in parts if part.value == value]) for value in values)
    return tuple(sorted(merged, key=lambda part: (-part.affected, part.value)))


def _merged(value: str, parts: list[Part]) -> Part:
    affected, attempts = sum(part.affected for part in parts), sum(part.attempts for part in parts)
    return Part(value=value, affected=affected, attempts=attempts)
