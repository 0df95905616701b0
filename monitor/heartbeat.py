"""The beat: each second all series are sampled, and the rules look at that sample."""

import math

import structlog

from alerts.ledger import LedgerError
from alerts.pager import Pager
from collector.recorder import Recorder
from collector.store import Store
from drawdown.catalogue import MISSED_EVALUATIONS, SERIES
from drawdown.clock import Clock
from monitor.console import Console

BEAT = 1.0
"""Seconds between two samples; samples lie on whole multiples of it."""

_log = structlog.get_logger()


async def run(*, clock: Clock, recorder: Recorder, store: Store, pager: Pager, console: Console) -> None:
    """Beat until cancelled. A beat that comes late is not made up for: it is counted as missed."""
    due = _after(clock.now())
    store.append(due - BEAT, *recorder.row())  # what comes before the first beat must be seen to have come
    while True:
        await clock.sleep_until(clock.monotonic() + due - clock.now())
        recorder.set(SERIES, store.series)
        store.append(due, *recorder.row())
        await _look(pager, console, due)
        following = _following(due, clock.now())
        recorder.add(MISSED_EVALUATIONS, max(0, round((following - due) / BEAT) - 1))
        due = following


async def _look(pager: Pager, console: Console, at: float) -> None:
    try:
        await pager.tick(at)
    except LedgerError as error:
        _log.error("ledger_unusable", error=str(error), hint="nothing is announced until it can be written again")
    else:
        console.tick(at)


def _following(due: float, now: float) -> float:
    """The beat after that of `due`. Timers and the clock differ by a hair: a beat that came early is not made twice."""
    return due + BEAT if due - BEAT < now < due else _after(now)


def _after(now: float) -> float:
    return (math.floor(now / BEAT) + 1) * BEAT
