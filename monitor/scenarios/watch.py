"""The monitor's own rules, incidents and notices over outcomes that are known beforehand."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from alerts.evaluator import Evaluator
from alerts.foresight.foresight import Foresight
from alerts.foresight.tape import Tape
from alerts.incident import Incident
from alerts.ledger import Ledger
from alerts.notice import OwedNotice
from alerts.pager import Pager
from alerts.promql import metric_names
from alerts.rule import Group
from alerts.settings import AlertSettings, StdoutSettings
from collector.census import Census
from collector.census_witness import CensusWitness
from collector.vocabulary import Vocabulary
from drawdown.catalogue import EVALUATION_FAILURES, MISSED_EVALUATIONS, Instruments, Metric
from drawdown.clock import LoopClock, run_virtually
from drawdown.outcome import Origin
from drawdown.series import NAME, Floats, Labels
from monitor.heartbeat import BEAT
from monitor.scenarios.beats import Beats
from monitor.scenarios.intake import Taken
from monitor.scenarios.readings import Readings

_CHANNEL: Final = "scenario"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the monitor made of it. `notices` are in the order in which they were sent; `failures` says by rule how an
    evaluation of it failed last.
    """

    incidents: tuple[Incident, ...] = ()
    notices: tuple[OwedNotice, ...] = ()
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sight:
    """What there is to see: the outcomes as they were taken, what parts say of themselves, and the looks."""

    taken: Taken
    readings: Readings
    beats: Beats
    vocabulary: Vocabulary


class Watch:
    """Looks through a `Sight` with the rules of `groups`: all that can be evaluated ahead at once, the rest look by
    look.
    """

    def __init__(self, sight: Sight, census: Census, groups: Sequence[Group]) -> None:
        """`census` has the sorts of the outcomes."""
        self._beats = sight.beats
        self._instruments = _Noticing(census.recorder)
        self._journeys = {origin: sight.vocabulary.names(origin) for origin in (Origin.BORROWER, Origin.PROBE)}
        self._witness = CensusWitness(sight.taken.outcomes, sight.taken.sorts, sight.taken.traits)
        for rule in (rule for group in groups for rule in group.rules):
            self._instruments.add(EVALUATION_FAILURES, 0.0, rule=rule.name)
        self._tape = _tape(sight, census, groups)
        self._foresight = Foresight(groups, self._tape, self._ticks, step=BEAT)

    @property
    def _ticks(self) -> Floats:
        return self._beats.shown[1:]

    def run(self) -> Watched:
        """Look at all of it, in virtual time."""
        return run_virtually(self._run())

    async def _run(self) -> Watched:
        evaluator = Evaluator(
            self._foresight.groups,
            source=self._tape,
            sink=self._tape,
            instruments=self._instruments,
            clock=LoopClock(),
            interval=BEAT,
            evaluate=self._foresight.evaluate,
        )
        with closing(Ledger("sqlite://")) as ledger:
            return await self._looks(evaluator, ledger)

    async def _looks(self, evaluator: Evaluator, ledger: Ledger) -> Watched:
        owed = asyncio.Event()
        pager = Pager(
            evaluator,
            ledger,
            self._witness,
            AlertSettings(channels=(StdoutSettings(type="stdout", name=_CHANNEL),)),
            journeys=self._journeys,
            console="",
            instruments=self._instruments,
            wake=owed.set,
        )
        notices: list[OwedNotice] = []
        failures: dict[str, str] = {}
        for truly, shown in zip(self._beats.truly[1:].tolist(), self._ticks.tolist(), strict=True):
            self._tape.until = shown
            self._witness.see(truly)
            await pager.tick(shown)
            if owed.is_set():
                owed.clear()
                notices.extend(_sent(ledger, shown))
            if self._instruments.failed:
                self._instruments.failed = False
                failures.update(_failed(evaluator, shown))
        incidents = ledger.incidents(recent=len(notices))
        ordered = sorted(incidents, key=lambda incident: (incident.opened_at, incident.id))
        return Watched(incidents=tuple(ordered), notices=tuple(notices), failures=failures)


class _Noticing:
    """Instruments that notice when a rule fails."""

    def __init__(self, instruments: Instruments) -> None:
        self.failed = False
        self._instruments = instruments

    def add(self, metric: Metric, amount: float = 1.0, /, **labels: str) -> None:
        self.failed = self.failed or (metric is EVALUATION_FAILURES and amount > 0)
        self._instruments.add(metric, amount, **labels)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        self._instruments.set(metric, value, **labels)


def _tape(sight: Sight, census: Census, groups: Sequence[Group]) -> Tape:
    """The series that rules read, sampled at each time that the clock shows for the first time."""
    beats, fresh = sight.beats, sight.beats.fresh
    read = frozenset(name for group in groups for rule in group.rules for name in metric_names(rule.expression))
    taken = sight.taken
    told = [taken.outcomes, taken.reviews, taken.callbacks]
    counted = census.count(told, beats.truly[fresh], names=read, traits=taken.traits)
    counted = counted.but(dict(_said(sight, counted.labels)))
    offsets = {group.query_offset for group in groups}
    shown = beats.shown[fresh]
    tape = Tape([*shown, *(at - offset for offset in offsets if offset for at in shown)])
    tape.lay(counted.labels, counted.values, times=shown, rows=counted.rows)
    return tape


def _said(sight: Sight, labels: Sequence[Labels]) -> Iterator[tuple[int, Floats]]:
    """The samples of those series, by their number, that say how a part is, of which no outcome tells."""
    beats, fresh = sight.beats, sight.beats.fresh
    truly, missed = beats.truly[fresh], beats.missed[fresh]
    for number, series in enumerate(labels):
        said = missed if series[NAME] == MISSED_EVALUATIONS.name else sight.readings.over(series, truly)
        if said is not None:
            yield number, said


def _sent(ledger: Ledger, at: float) -> Iterator[OwedNotice]:
    """The notices that are owed, in their order."""
    while owed := ledger.owed(_CHANNEL):
        for notice in owed:
            ledger.sent(notice.key, at=at)
            yield notice


def _failed(evaluator: Evaluator, at: float) -> Iterator[tuple[str, str]]:
    """The rules that could not be evaluated just now, and why."""
    for group in evaluator.groups():
        if group.look and group.look.at == at:
            yield from ((one.rule.name, one.look.error) for one in group.rules if one.look and one.look.error)
