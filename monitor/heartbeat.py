"""The beat: each second all series are sampled, and the rules look at that sample."""

import math
from collections.abc import Callable

import structlog

from alerts.ledger import LedgerError
from alerts.pager import Pager
from collector.recorder import Recorder
from collector.store import Store
from drawdown.catalogue import LATE_SAMPLES, MISSED_EVALUATIONS, REFUSED_SERIES, SERIES, Instruments
from drawdown.clock import Clock
from monitor.console import Console

BEAT = 1.0
"""Seconds between two samples; samples lie on whole multiples of it."""

_log = structlog.get_logger()


async def run(  # noqa: PLR0913 - whoever has a part in a beat
    *,
    clock: Clock,
    recorder: Recorder,
    store: Store,
    pager: Pager,
    console: Console,
    take_up: Callable[[float], None] = lambda _at: None,
    sampled: Callable[[], None] = lambda: None,
) -> None:
    """Beat until cancelled. A beat that comes late is not made up for: it is counted as missed.

    `take_up` is called once, with the time of the row that comes before the first beat; `sampled` with every beat.
    """
    due = _after(clock.now())
    series, values = recorder.row()
    if store.latest < due - BEAT:  # else the run before ended in this very second
        store.append(due - BEAT, series, values)  # what comes before the first beat must be seen to have come
    take_up(due - BEAT)
    counts = _StoreCounts(store, recorder)
    while True:
        await clock.sleep_until(clock.monotonic() + due - clock.now())
        counts.tell()
        store.begin(recorder.newborn())
        store.append(due, *recorder.row())
        sampled()
        await _look(pager, console, due)
        after = following(due, clock.now())
        recorder.add(MISSED_EVALUATIONS, max(0, round((after - due) / BEAT) - 1))
        due = after


async def _look(pager: Pager, console: Console, at: float) -> None:
    try:
        await pager.tick(at)
    except LedgerError as error:
        _log.error("ledger_unusable", error=str(error), hint="nothing is announced until it can be written again")
    else:
        console.tick(at)


def following(due: float, now: float) -> float:
    """The beat after that of `due`. Timers and the clock differ by a hair: a beat that came early is not made twice."""
    return due + BEAT if due - BEAT < now < due else _after(now)


class _StoreCounts:
    """What the store counts itself, as metrics."""

    def __init__(self, store: Store, instruments: Instruments) -> None:
        self._store = store
        self._instruments = instruments
        self._refused = self._late = 0
        self.tell()

    def tell(self) -> None:
        refused, late = self._store.refused, self._store.late
        self._instruments.set(SERIES, self._store.series)
        self._instruments.add(REFUSED_SERIES, refused - self._refused)
        self._instruments.add(LATE_SAMPLES, late - self._late)
        self._refused, self._late = refused, late


def _after(now: float) -> float:
    return (math.floor(now / BEAT) + 1) * BEAT
