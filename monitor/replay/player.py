"""Plays a recording to the rules: the monitor's own parts, with time as the recording tells it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from alerts.evaluator import Evaluator
from alerts.incident import Incident
from alerts.ledger import Ledger
from alerts.notice import OwedNotice
from alerts.pager import Pager
from alerts.reach import reach_of_all
from alerts.rule import Group
from alerts.settings import AlertSettings, StdoutSettings
from collector.store import Store
from drawdown.clock import LoopClock
from drawdown.reasons import Language
from monitor.replay.recording import Recording, Tempo

_CHANNEL = "replay"
_LEAST_KEPT = 3600.0
_MOST_SAMPLES = 128 * 1024 * 1024
"""That are kept: a gigabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What would have been. `incidents` are in the order in which they opened, `notices` in that in which they would
    have been sent; `failures` says by rule how an evaluation of it failed last.
    """

    tempo: Tempo
    incidents: tuple[Incident, ...] = ()
    notices: tuple[OwedNotice, ...] = ()
    failures: Mapping[str, str]
    kept: float
    """Seconds that rules could look back."""
    wanted: float
    """Seconds that they look back."""


async def play(
    recording: Recording,
    groups: Sequence[Group],
    *,
    language: Language = "en",
    report: Callable[[float], None] = lambda _at: None,
) -> Replay:
    """Replay `recording` from its start to its end; `report` hears each time that is done. To be run in virtual time.

    What still fires at the end stays open.
    """
    kept, wanted = retention(recording, groups)
    with closing(Ledger("sqlite://")) as ledger:
        player = _Player(recording, groups, ledger, language=language, kept=kept)
        await player.play(report)
        incidents = ledger.incidents(recent=len(player.notices))
    return Replay(
        tempo=recording.tempo,
        incidents=tuple(sorted(incidents, key=lambda incident: (incident.opened_at, incident.id))),
        notices=tuple(player.notices),
        failures=player.failures,
        kept=kept,
        wanted=wanted,
    )


def retention(recording: Recording, groups: Sequence[Group]) -> tuple[float, float]:
    """Seconds that are kept, and that the rules ask for, which is never more than the recording is long."""
    tempo = recording.tempo
    wanted = min(reach_of_all(groups), tempo.end - tempo.start) + tempo.step
    room = _MOST_SAMPLES / max(1, recording.series) * tempo.step
    return max(_LEAST_KEPT, min(wanted, room)), wanted


class _Player:
    """The parts, wired as in the monitor; a channel that takes every notice at once."""

    def __init__(
        self, recording: Recording, groups: Sequence[Group], ledger: Ledger, *, language: Language, kept: float
    ) -> None:
        self.notices: list[OwedNotice] = []
        self.failures: dict[str, str] = {}
        self._recording = recording
        self._ledger = ledger
        self._owed = asyncio.Event()
        self._store = Store(retention=kept, step=recording.tempo.step)
        self._evaluator = Evaluator(
            groups,
            source=self._store,
            sink=self._store,
            instruments=recording.instruments,
            clock=LoopClock(),
            interval=recording.tempo.interval,
        )
        self._pager = Pager(
            self._evaluator,
            ledger,
            recording.witnesses,
            _settings(recording, language),
            journeys=recording.journeys,
            console="",
            instruments=recording.instruments,
            wake=self._owed.set,
        )

    async def play(self, report: Callable[[float], None]) -> None:
        for at in self._recording.play(self._store):
            await self._pager.tick(at)
            if self._owed.is_set():
                self._owed.clear()
                self.notices.extend(self._sent(at))
            self.failures.update(self._failed(at))
            report(at)
            await asyncio.sleep(0)  # here it can be cancelled

    def _sent(self, at: float) -> Iterator[OwedNotice]:
        """The notices that are owed, in their order."""
        while owed := self._ledger.owed(_CHANNEL):
            for notice in owed:
                self._ledger.sent(notice.key, at=at)
                yield notice

    def _failed(self, at: float) -> Iterator[tuple[str, str]]:
        """The rules that could not be evaluated just now, and why."""
        for group in self._evaluator.groups():
            if group.look and group.look.at == at:
                yield from ((one.rule.name, one.look.error) for one in group.rules if one.look and one.look.error)


def _settings(recording: Recording, language: Language) -> AlertSettings:
    channel = StdoutSettings(type="stdout", name=_CHANNEL)
    return AlertSettings(channels=(channel,), language=language, timezone=recording.zone.key)
