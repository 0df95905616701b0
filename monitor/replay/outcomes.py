"""Recorded outcomes, one JSON object a line, as `POST /v1/outcomes` takes them."""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO
from zoneinfo import ZoneInfo

import msgspec

from collector.history import History
from collector.ingest import Ingest
from collector.privacy import redacted
from collector.recorder import Recorder
from collector.settings import CollectorSettings
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.codes import Codes
from drawdown.outcome import SLICES, Origin
from drawdown.series import SeriesSink
from monitor.replay.lines import BROKEN, Refusals, main_stretch, numbered, opened, unusable
from monitor.replay.recording import Tempo

_LINES = "application/x-ndjson"
_LONGEST = 1024 * 1024
_DISORDER = 10_000
"""Lines within which they are put in order."""
_COMBINATIONS = 200
"""Of the values of slices: each is forty series."""
_JOURNEYS = 20
_STEPS = 30


_Text = Annotated[str, msgspec.Meta(max_length=64)]


class _StepGlance(msgspec.Struct):
    name: _Text


class _Glance(msgspec.Struct):
    """What must be known of a line before it is taken: when it ended, and its words."""

    journey: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    started_at: float | Annotated[datetime, msgspec.Meta(tz=True)]
    duration: float
    channel: _Text | None = None
    bank: _Text | None = None
    tier: _Text | None = None
    steps: tuple[_StepGlance, ...] = ()

    @property
    def ended_at(self) -> float:
        started = self.started_at
        return (started.timestamp() if isinstance(started, datetime) else started) + self.duration


_GLANCE = msgspec.json.Decoder(_Glance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a first reading finds: when the first and the last outcome ended, and the words that they use."""

    first: float
    last: float
    vocabulary: Vocabulary


def survey(path: Path) -> Survey:
    """Read the whole file once.

    Raises:
        InvalidInput: it cannot be read, or no line of it is an outcome.
    """
    days: dict[int, tuple[float, float]] = {}
    lines: Counter[float] = Counter()
    words = _Words()
    with opened(path) as file:
        for _, raw in _read(file, Refusals(source=str(path))):
            glance = _glance(raw)
            if glance is None:
                continue
            words.add(glance)
            ended = glance.ended_at
            day = int(ended // 86_400)
            first, last = days.get(day, (ended, ended))
            days[day] = min(first, ended), max(last, ended)
            lines[day * 86_400.0] += 1
    if not days:
        raise unusable(path, "holds no outcome; each line must be a JSON object as POST /v1/outcomes takes it")
    first_day, last_day = (int(at // 86_400) for at in main_stretch(lines))
    return Survey(first=days[first_day][0], last=days[last_day][1], vocabulary=words.vocabulary())


def _read(file: BinaryIO, refusals: Refusals) -> Iterator[tuple[int, bytes]]:
    """The lines until the file ends or breaks."""
    line = 0
    try:
        for line, raw in numbered(iter(partial(file.readline, _LONGEST), b"")):
            yield line, raw
    except BROKEN as error:
        refusals.add(line + 1, f"cannot be read on: {error}; what follows is lost")


def _glance(raw: bytes) -> _Glance | None:
    try:
        glance = _GLANCE.decode(raw)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return glance if math.isfinite(glance.ended_at) and 0 <= glance.ended_at < 1e11 else None


class _Words:
    """Counts the words of outcomes, to make the series for those that are used most. What looks like something personal
    is no word.
    """

    def __init__(self) -> None:
        self._journeys: Counter[str] = Counter()
        self._steps: dict[str, dict[str, None]] = {}
        self._values: Counter[tuple[str, str]] = Counter()

    def add(self, glance: _Glance) -> None:
        self._journeys[glance.journey] += 1
        steps = self._steps.setdefault(glance.journey, {})
        for step in glance.steps:
            if len(steps) < _STEPS and step.name:
                steps.setdefault(step.name)
        self._values.update((name, value) for name in SLICES if (value := getattr(glance, name)))

    def vocabulary(self) -> Vocabulary:
        journeys = [name for name, _ in self._journeys.most_common(_JOURNEYS)]
        slices = self._slices(max(8, _COMBINATIONS // len(journeys)))
        return Vocabulary(
            journeys=tuple(
                JourneyWords(origin=Origin.BORROWER, journey=name, steps=self._steps_of(name), slices=slices)
                for name in journeys
            )
        )

    def _steps_of(self, journey: str) -> tuple[str, ...]:
        return tuple(name for name in self._steps[journey] if redacted(name) == name)

    def _slices(self, room: int) -> Mapping[str, tuple[str, ...]]:
        """The most used values whose combinations, with `other`, are at most `room`."""
        chosen: dict[str, tuple[str, ...]] = dict.fromkeys(SLICES, ())
        for (name, value), _ in self._values.most_common():
            wider = {**chosen, name: (*chosen[name], value)}
            if redacted(value) == value and math.prod(len(values) + 1 for values in wider.values()) <= room:
                chosen = wider
        return chosen


class OutcomesRecording:
    """Outcomes as the collector counts them, each at the first beat after its end.

    Lines may be out of order within some thousands. One that comes later is taken late, as it is in life, and refused
    when it is older than the collector takes.
    """

    def __init__(  # noqa: PLR0913 - what the lines mean, each passed by name
        self,
        path: Path,
        found: Survey,
        *,
        codes: Codes,
        settings: CollectorSettings,
        step: float,
        zone: ZoneInfo,
        refusals: Refusals,
    ) -> None:
        start = (math.ceil(found.first / step) - 1) * step
        end = math.ceil(found.last / step) * step
        self.tempo = Tempo(start=start, end=max(end, start + step), step=step, interval=step)
        self.zone = zone
        self.refusals = refusals
        self.accepted = self.duplicates = 0
        self.instruments = Recorder(found.vocabulary, now=start)
        self.witnesses = History()
        self.journeys = {Origin.BORROWER: found.vocabulary.names(Origin.BORROWER)}
        self._path = path
        self._most = settings.max_outcomes
        self._ingest = Ingest(
            self.instruments, self.witnesses, vocabulary=found.vocabulary, codes=codes, settings=settings
        )

    @property
    def series(self) -> int:
        return len(self.instruments.row()[0])

    def play(self, sink: SeriesSink) -> Iterator[float]:
        with opened(self._path) as file:
            lines = _in_order(self._timed(file))
            ahead = next(lines, None)
            for at in self._beats():
                due = []
                while ahead and ahead[0] <= at:
                    due.append(ahead[1:])
                    ahead = next(lines, None)
                self._take(due, at)
                sink.append(at, *self.instruments.row())
                yield at

    def _beats(self) -> Iterator[float]:
        tempo = self.tempo
        return (tempo.start + beat * tempo.step for beat in range(round((tempo.end - tempo.start) / tempo.step) + 1))

    def _timed(self, file: BinaryIO) -> Iterator["_Timed"]:
        """Lines with the time at which they came; one that tells no time comes with the one before it."""
        before = self.tempo.start
        for number, raw in _read(file, self.refusals):
            glance = _glance(raw)
            at = before if glance is None else glance.ended_at
            if self.tempo.start <= at <= self.tempo.end:
                before = at
                yield at, number, raw
            else:
                self.refusals.add(number, "lies more than a month from the other lines; is its time right?")

    def _take(self, due: Iterable[tuple[int, bytes]], at: float) -> None:
        waiting = iter(due)
        while batch := tuple(islice(waiting, self._most)):
            receipt = self._ingest.take(b"\n".join(raw for _, raw in batch), _LINES, now=at)
            self.accepted += receipt.accepted
            self.duplicates += receipt.duplicates
            for refusal in receipt.refused:
                self.refusals.add(batch[refusal.line - 1][0], f"{refusal.field}: {refusal.message}")


_Timed = tuple[float, int, bytes]


def _in_order(lines: Iterator[_Timed]) -> Iterator[_Timed]:
    """By time, as far as those that stand too early or too late do not stand too far from their place."""
    heap = list(islice(lines, _DISORDER))
    heapq.heapify(heap)
    for line in lines:
        yield heapq.heappushpop(heap, line)
    while heap:
        yield heapq.heappop(heap)
