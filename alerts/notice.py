"""A notice: what a person is told of an incident, written for somebody who has just been woken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from alerts.alert import Alert
from alerts.attribution import Attribution, whom
from alerts.incident import Change, Incident, Severity
from alerts.phrases import PHRASES, Phrases
from alerts.seats import severity_of
from drawdown.reasons import Language
from drawdown.series import Labels
from drawdown.tally import Part, Tally

_MANY_SUMMARIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`title` fits a subject line, `text` is a line for each thing to know."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedNotice:
    """A notice that `channel` has to deliver. `key` is the same for every try and tells notices apart for ever;
    `incident` is as it was at the `change`; `due_at` is Unix seconds.
    """

    key: str
    channel: str
    change: Change
    incident: Incident
    notice: Notice
    due_at: float
    tries: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How notices speak: the language, the zone of their times (None is the machine's), the console's address."""

    language: Language = "en"
    zone: tzinfo | None = None
    console: str = ""

    def link(self, incident: Incident) -> str:
        return f"{self.console}/#incident={incident.id}"


def render(incident: Incident, change: Change, *, now: float, voice: Voice) -> Notice:
    """What is to be said of `incident` at `now` (Unix seconds)."""
    page = _Page(incident, change, now, voice)
    return Notice(title=page.title(), text="\n".join(page.lines()))


@dataclass(frozen=True, slots=True)
class _Page:
    """Writes one notice, line by line."""

    incident: Incident
    change: Change
    now: float
    voice: Voice

    @property
    def _say(self) -> Phrases:
        return PHRASES[self.voice.language]

    def title(self) -> str:
        share = self.incident.impact.now.share
        return self._say.titles[self.change].format(
            severity=self._say.severities[self.incident.severity],
            where=self._if_known(self._say.where),
            title=self._title(),
            share=self._say.share.format(share=percent(share)) if share else "",
            lasted=self._lasted(),
        )

    def lines(self) -> Iterator[str]:
        yield self._head()
        yield self._when()
        yield from self._where()
        if not self._unnamed:
            yield from self._what()
        if self.change is not Change.RESOLVED:
            yield self._say.action.format(text=self._action())
            yield self._seen()
            yield from self._runbook()
        yield self.voice.link(self.incident)

    def _what(self) -> Iterator[str]:
        yield self._why()
        yield from self._whom()
        yield from self._many()
        yield from self._probes()
        yield from self._led_to()

    def _action(self) -> str:
        if self._unnamed:
            return self._annotation("description", self.incident.alerts[0].annotations) or "-"
        return self.incident.reason.words(self.voice.language).action

    def _head(self) -> str:
        return self._say.heads[self.change].format(
            severity=self._say.severities[self.incident.severity],
            title=self._title(),
            journey=self._if_known(self._say.journey),
        )

    def _if_known(self, phrase: str) -> str:
        return phrase.format(journey=self.incident.journey) if self.incident.journey else ""

    def _title(self) -> str:
        """The reason in words; the alert's name where its author gave no reason."""
        return self._unnamed or self.incident.reason.words(self.voice.language).title

    @property
    def _unnamed(self) -> str:
        """The name of an alert that says no reason: then nothing is known of whose doing it is, and of how many."""
        return next((alert.name for alert in self.incident.alerts if "reason" not in alert.labels), "")

    def _when(self) -> str:
        start = self._time(self.incident.started_at)
        if self.change is Change.RESOLVED:
            end = self._time(self.incident.resolved_at or self.now)
            return self._say.lasted.format(start=start, end=end, lasted=self._lasted())
        return self._say.since.format(time=start, ago=self._span(self.now - self.incident.started_at))

    def _lasted(self) -> str:
        return self._span((self.incident.resolved_at or self.now) - self.incident.started_at)

    def _time(self, at: float) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(self.voice.zone).isoformat(timespec="seconds")

    def _span(self, seconds: float) -> str:
        second, minute, hour, day = self._say.units
        whole = max(0, round(seconds))
        if whole < 60:
            return f"{whole}{second}"
        if whole < 3600:
            return f"{whole // 60}{minute}" + (f" {whole % 60}{second}" if whole < 600 and whole % 60 else "")
        if whole < 86400:
            return f"{whole // 3600}{hour}" + (f" {whole // 60 % 60}{minute}" if whole // 60 % 60 else "")
        return f"{whole // 86400}{day} {whole // 3600 % 24}{hour}"

    def _where(self) -> Iterator[str]:
        since = self.incident.impact.since
        for step, count in list(since.steps.items())[:1]:
            if step:
                yield self._say.step.format(step=step, count=count, affected=since.affected)
                return
        steps = sorted({alert.labels["step"] for alert in self.incident.alerts if "step" in alert.labels})
        if steps:
            yield self._say.step_unsure.format(step=self._say.comma.join(steps))

    def _why(self) -> str:
        reason = self.incident.reason
        return self._say.reason.format(reason=reason.value, blame=self._say.blames[reason.blame])

    def _whom(self) -> Iterator[str]:
        found = whom(self.incident.impact)
        hit = [self._hit(attribution) for attribution in found if attribution.hit]
        even = self._say.comma.join(self._all(attribution) for attribution in found if not attribution.hit)
        phrases = (*hit, self._say.even.format(slices=even)) if even else hit
        if phrases:
            yield self._say.whom.format(text=self._say.semicolon.join(phrases))

    def _hit(self, attribution: Attribution) -> str:
        if len(attribution.hit) > len(attribution.spared):
            return self._say.all_but.format(slices=self._all(attribution), parts=self._parts(attribution.spared))
        parts = self._parts(attribution.hit)
        one = self._say.slices.get(attribution.slice, (attribution.slice, attribution.slice))[0]
        text = self._say.hit.format(slice=one, parts=parts)
        return self._say.comma.join((text, self._say.spared.format(slices=self._all(attribution))))

    def _parts(self, parts: Sequence[Part]) -> str:
        return self._say.comma.join(
            self._say.hit_part.format(value=part.value, affected=part.affected, attempts=part.attempts)
            for part in parts
        )

    def _all(self, attribution: Attribution) -> str:
        return self._say.slices.get(attribution.slice, (attribution.slice, attribution.slice))[1]

    def _many(self) -> Iterator[str]:
        impact = self.incident.impact
        if not impact.since.affected:
            if impact.since.attempts or impact.before.attempts:  # else nobody reports attempts here
                yield self._say.none_yet
            return
        shares = self._say.shares.format(now=self._part(impact.now), before=self._part(impact.before))
        phrase = self._say.total if self.change is Change.RESOLVED else self._say.many
        yield phrase.format(
            affected=impact.since.affected,
            borrowers=impact.since.borrowers,
            share=self._part(impact.since),
            shares=shares,
        )
        if impact.since.unexplained:
            yield self._say.unexplained.format(count=impact.since.unexplained)

    def _part(self, tally: Tally) -> str:
        return self._say.no_attempts if tally.share is None else percent(tally.share)

    def _probes(self) -> Iterator[str]:
        probes = self.incident.impact.probes
        if probes.affected:
            yield self._say.probes.format(affected=probes.affected, attempts=probes.attempts)

    def _led_to(self) -> Iterator[str]:
        impact = self.incident.impact
        parts = [
            self._say.led_to_part.format(
                title=reason.words(self.voice.language).title, reason=reason.value, count=impact.also.get(reason, 0)
            )
            for reason in self.incident.consequences
        ]
        if parts:
            yield self._say.led_to.format(text=self._say.semicolon.join(parts))

    def _gravest_first(self) -> Sequence[Alert]:
        """The root says more than what follows from it, and what wakes people more than a ticket beside it."""
        return sorted(
            self.incident.alerts, key=lambda alert: (alert.reason is not self.incident.reason, not _pages(alert))
        )

    def _seen(self) -> str:
        summaries = (self._annotation("summary", alert.annotations) or alert.name for alert in self._gravest_first())
        distinct = list(dict.fromkeys(summaries))[:_MANY_SUMMARIES]
        return self._say.seen.format(text=self._say.semicolon.join(distinct))

    def _runbook(self) -> Iterator[str]:
        """That of the gravest alert which has one."""
        pages = [page for alert in self._gravest_first() if (page := alert.annotations.get("runbook_url", ""))]
        yield from (self._say.runbook.format(url=page) for page in pages[:1])

    def _annotation(self, name: str, annotations: Labels) -> str:
        """In the notice's language, where the rule has it (`summary_zh`, `description_zh`)."""
        return annotations.get(f"{name}_{self.voice.language}", "") or annotations.get(name, "")


def _pages(alert: Alert) -> bool:
    return severity_of(alert) is Severity.PAGE


def percent(share: float) -> str:
    """0.3142 → `31%`, 0.0031 → `0.3%`, 0 → `0%`."""
    if share >= 0.0995 or share == 0:
        return f"{share * 100:.0f}%"
    return f"{share * 100:.1f}%" if share >= 0.0005 else "<0.1%"
