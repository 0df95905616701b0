"""The store's rows and the keys of what was counted, on the disk: read at the start, written while the monitor runs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import structlog

from alerts.evaluator import Evaluator
from collector.disk import KeyLog, RowLog
from collector.recorder import Recorder
from collector.seen import Seen
from collector.store import Store
from collector.tier import Tier
from drawdown.catalogue import REPAIRS, WRITE_FAILURES, Instruments
from drawdown.series import NAME, STALE, Floats, Labels, Matcher, Op

SEGMENT: Final = 300.0
"""Seconds of one file of rows a second; files are deleted as a whole."""
DAY: Final = 86_400.0
_ALIVE: Final = 300.0
"""Seconds for which a series that is not written is still seen."""
_EVERYTHING: Final = (Matcher(NAME, Op.NOT_EQUAL, ""),)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """What is left of the run before. `seen` is the time of its last sample (Unix seconds), None without any; `series`
    are those that were alive then, with their last `values`.
    """

    seen: float | None = None
    series: tuple[Labels, ...] = ()
    values: Floats = field(default_factory=lambda: np.empty(0))


class Log(Protocol):
    """Takes to the disk what it was told of; `failures` counts the times that it could not."""

    failures: int

    def write(self) -> None: ...


class Archive:
    """Has `logs` written after each beat: rows before keys, so that nothing is called counted that is not."""

    def __init__(self, logs: Sequence[Log], instruments: Instruments) -> None:
        self._logs = logs
        self._instruments = instruments
        self._failures = 0
        self._beat = asyncio.Event()

    def wake(self) -> None:
        """There are new rows."""
        self._beat.set()

    async def run(self) -> None:
        """Write until cancelled. A slow disk delays nobody else."""
        while True:
            await self._beat.wait()
            self._beat.clear()
            await asyncio.to_thread(self._write)
            failures = sum(log.failures for log in self._logs)
            self._instruments.add(WRITE_FAILURES, failures - self._failures)
            self._failures = failures

    def _write(self) -> None:
        for log in self._logs:
            log.write()


@asynccontextmanager
async def archived(
    store: Store, seen: Mapping[str, Seen], folder: Path | None, instruments: Instruments
) -> AsyncIterator[tuple[Archive, Past]]:
    """What `folder` has is in `store` and in `seen`, by the names of files, and all that comes is written there; when
    the context is left, to the last row. Without a folder there is no past, and nothing is written.

    Raises:
        StoreBusy: another monitor has the folder.
        OSError: the folder cannot be used.
    """
    if folder is None:
        yield Archive((), instruments), Past()
        return
    with ExitStack() as stack:
        raw = stack.enter_context(closing(_log_of(store.raw, folder / "raw", span=SEGMENT)))
        rollups = stack.enter_context(closing(_log_of(store.rollups, folder / "rollups", span=DAY)))
        past = await asyncio.to_thread(_restore, store, raw, rollups)
        store.attach(raw=raw, rollups=rollups)
        keys = [await _remembered(each, folder / f"{name}.sqlite", stack) for name, each in seen.items()]
        instruments.add(REPAIRS, len(raw.repairs) + len(rollups.repairs) + sum(log.repairs for log in keys))
        instruments.add(WRITE_FAILURES, 0.0)
        stack.callback(store.flush)
        yield Archive((raw, rollups, *keys), instruments), past


def take_up(past: Past, store: Store, evaluator: Evaluator, recorder: Recorder, at: float) -> None:
    """At `at` (Unix seconds) rules take up the series that they wrote in the run before, and those end that nobody
    writes any more.
    """
    owned = evaluator.take_up(past.series, past.values, at) if past.seen is not None else frozenset()
    kept = owned.union(recorder.row()[0])
    ended = tuple(one for one in past.series if one not in kept)
    if ended:
        store.append(at, ended, np.full(len(ended), STALE))


def _log_of(tier: Tier, folder: Path, *, span: float) -> RowLog:
    return RowLog(folder, retention=tier.extent.retention, span=span)


async def _remembered(seen: Seen, file: Path, stack: ExitStack) -> KeyLog:
    """What was seen in the run before is seen, and what is seen goes to `file`."""
    log = stack.enter_context(closing(KeyLog(file, age=seen.age, most=seen.most)))
    seen.take_up(await asyncio.to_thread(log.load))
    seen.attach(log.put)
    return log


def _restore(store: Store, raw: RowLog, rollups: RowLog) -> Past:
    rows, minutes = _restore_tier(store.raw, raw), _restore_tier(store.rollups, rollups)
    past, memory = _alive(store), store.footprint()
    _log.info(
        "store_restored",
        rows=rows,
        rollup_rows=minutes,
        series=store.series,
        seconds=0.0 if past.seen is None else past.seen - store.raw.oldest,
        repairs=len(raw.repairs) + len(rollups.repairs),
        bytes_of_a_series=memory.raw_series,
        bytes_of_a_rollup=memory.rolled_series,
        bytes_at_most=memory.most,
    )
    return past


def _restore_tier(tier: Tier, log: RowLog) -> int:
    """How many rows were read."""
    latest, rows = float("-inf"), 0
    for at, labels, values in log.load():
        tier.append(at, labels, values)
        rows += at > latest
        latest = at
    return rows


def _alive(store: Store) -> Past:
    if not np.isfinite(store.raw.latest):
        return Past()
    found = store.raw.select(_EVERYTHING, store.raw.latest - _ALIVE, store.raw.latest)
    newest = found.newest()
    here = np.flatnonzero(newest.present)
    series = tuple(found.labels[place] for place in here)
    return Past(seen=store.raw.latest, series=series, values=newest.values[here])
