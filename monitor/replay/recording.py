"""What can be replayed: samples written in the order of time, and what else rules and notices ask for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from alerts.impact import Journeys
from collector.recorder import Recorder
from collector.vocabulary import Vocabulary
from drawdown.catalogue import ATTEMPTS, Instruments
from drawdown.outcome import Origin
from drawdown.series import NAME, Floats, Labels, SeriesSink
from drawdown.tally import Witnesses
from monitor.replay.counts import Counts
from monitor.replay.witness import CountsWitness

_PARTS = 2
_MOST_PARTS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """When a recording starts and ends (Unix seconds), how far its samples lie apart, and how often rules look that
    say nothing else (seconds). `window` is how long the stretches are that were counted, 0 where each attempt is known.
    """

    start: float
    end: float
    step: float
    interval: float
    window: float = 0.0

    def window_of(self, at: float) -> tuple[float, float] | None:
        """From when until when that was counted which could be seen at `at`."""
        if not self.window:
            return None
        last = self.start + math.ceil((at - self.start) / self.window) * self.window
        return last - self.window, last


class Recording(Protocol):
    """Something to replay."""

    @property
    def tempo(self) -> Tempo: ...
    @property
    def zone(self) -> ZoneInfo:
        """In which times are told."""

    @property
    def series(self) -> int:
        """How many there are, about."""

    @property
    def instruments(self) -> Instruments: ...
    @property
    def witnesses(self) -> Witnesses: ...
    @property
    def journeys(self) -> Journeys: ...
    def play(self, sink: SeriesSink) -> Iterator[float]:
        """Write the samples of one time after the other; each time at which rules may look, once they are written."""


class CountsRecording:
    """Counts as counters. What a step counts is spread evenly over it and sampled twice, as a window needs two samples:
    then `increase` over one step, asked at its end, is what the line says.

    `interval` is the shortest of the rules. Where it is shorter than a step, samples lie at most that far apart, down
    to a part in 256 of a step.
    """

    def __init__(self, counts: Counts, *, zone: ZoneInfo, interval: float) -> None:
        self._counts = counts
        self._parts = _PARTS
        while counts.step / self._parts > interval and self._parts < _MOST_PARTS:
            self._parts *= 2  # halves are exact: no count loses a bit on its way
        self._silent = self._parts if interval >= counts.step else 1
        self.tempo = Tempo(
            start=counts.start,
            end=counts.end,
            step=counts.step / self._parts,
            interval=counts.step,
            window=counts.step,
        )
        self.zone = zone
        self.instruments = Recorder(Vocabulary(), now=counts.start)
        self.witnesses = CountsWitness(counts)
        self.journeys = {Origin.BORROWER: _journeys(counts)}
        self._series = counts.series()

    @property
    def series(self) -> int:
        return len(self._series)

    def play(self, sink: SeriesSink) -> Iterator[float]:
        total = np.zeros(len(self._series))
        sink.append(self.tempo.start, self._series, total)
        yield self.tempo.start
        for start, grown in self._steps():
            for part in range(1, self._parts + 1):
                at = start + part * self.tempo.step
                sink.append(at, self._series, total + grown * (part / self._parts))
                if part % self._silent == 0:
                    yield at
            total += grown

    def _steps(self) -> Iterator[tuple[float, Floats]]:
        """Every step, also those in which nothing was counted."""
        due, nothing = self._counts.start, np.zeros(len(self._series))
        for start, grown in self._counts.added():
            while due < start:
                yield due, nothing
                due += self._counts.step
            yield start, grown
            due += self._counts.step


def _journeys(counts: Counts) -> tuple[str, ...]:
    attempts = (labels for labels in counts.series() if labels[NAME] == ATTEMPTS.name)
    return tuple(dict.fromkeys(labels["journey"] for labels in attempts if _by_borrower(labels)))


def _by_borrower(labels: Labels) -> bool:
    return labels.get("origin") == Origin.BORROWER and "journey" in labels
