"""The rows of one tier on the disk, so that a restart forgets nothing."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Final

import structlog

from collector.disk.folder import Folder, Repair
from collector.disk.frames import Kind
from collector.disk.reading import Reading, Sample, Shelf
from collector.disk.segment import Segment
from collector.disk.waiting import Entry, Waiting
from drawdown.errors import DrawdownError
from drawdown.lock import hold
from drawdown.series import Floats, Labels

SYNC: Final = 5.0
"""Seconds of rows that a loss of power may take."""
_MOST_WAITING: Final = 64 * 1024 * 1024
_log = structlog.get_logger(__name__)


class StoreBusy(DrawdownError):
    """Another process writes to the folder."""


class RowLog:
    """Segment files in `folder`, each with the rows of `span` seconds, kept for `retention` seconds.

        log = RowLog(folder, retention=3600, span=300)
        for at, labels, values in log.load(): ...
        log.put(at, labels, values)      # from the loop: only remembered
        log.write()                      # from a thread: written
        log.close()

    Nothing in a file makes it fail. While the disk does not take what is written, `write` says so once and tries again
    each time; what waits is bounded, and of more the oldest is dropped.
    """

    def __init__(self, folder: Path, *, retention: float, span: float, most_waiting: int = _MOST_WAITING) -> None:
        """Raises:
        StoreBusy: another process has the folder.
        OSError: the folder cannot be used.
        """
        self.failures = 0
        """Times that writing failed."""
        self.repairs: tuple[Repair, ...] = ()
        """What `load` had to repair."""
        self._retention = retention
        self._span = span
        self._folder = Folder(folder)
        self._lock = _locked(folder)
        self._waiting = Waiting(most_waiting)
        self._writing = threading.Lock()
        self._segment: Segment | None = None
        self._resumable: Reading | None = None
        self._from = float("-inf")
        self._latest = self._synced = float("-inf")
        self._failing = False

    def load(self) -> Iterator[Sample]:
        """Repair what is damaged, and give the rows in their order: the time, the series, and a sample of each or
        `ABSENT`. A row may be followed by samples that came late for it, with the same time. To be called once, before
        anything is put.
        """
        readings, repairs = self._folder.survey(shelf := Shelf())
        self.repairs = tuple(repairs)
        if readings and readings[-1].end == readings[-1].size:
            self._resumable = readings[-1]
            self._latest = readings[-1].latest
        shelf.turn()
        return (sample for reading in readings for sample in reading.samples())

    def put(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """A row is complete: `labels` are to stay as they are, `values` are copied."""
        self._waiting.put(Entry(Kind.WHOLE, at, labels, values.copy()))

    def patch(self, at: float, labels: Sequence[Labels], values: Floats) -> None:
        """Samples came late for the row at `at`, which was put before."""
        self._waiting.put(Entry(Kind.PATCH, at, labels, values.copy()))

    def cut(self, at: float) -> None:
        """The rows after `at` are void."""
        self._waiting.put(Entry(Kind.CUT, at))

    def write(self) -> None:
        """Write what was put. It blocks."""
        with self._writing:
            self._write()

    def close(self) -> None:
        """Write all, have it on the disk, and give the folder free."""
        with self._writing:
            self._write()
            self._sync(every=0.0)
            with suppress(OSError):
                self._leave()
        self._lock.close()

    def _write(self) -> None:
        while (entry := self._waiting.take()) is not None:
            try:
                self._save(entry)
            except OSError as error:
                self._waiting.give_back(entry)
                self._fail(error)
                return
        self._sync(every=SYNC)

    def _save(self, entry: Entry) -> None:
        segment = self._segment_for(entry)
        if entry.kind is Kind.WHOLE:
            segment.put(entry.at, entry.labels, entry.values)
            self._latest = entry.at
        elif entry.kind is Kind.PATCH:
            segment.patch(entry.at, entry.labels, entry.values)
        else:
            segment.cut(entry.at)
            self._folder.cut(entry.at)
            self._latest = min(self._latest, entry.at)
        self._recover()

    def _segment_for(self, entry: Entry) -> Segment:
        is_over = entry.kind is Kind.WHOLE and not self._from <= entry.at < self._from + self._span
        if self._segment is None or is_over:
            self._leave(sync=True)
            self._from = entry.at // self._span * self._span
            self._segment = self._resumed() or Segment.begin(self._folder.next())
            self._folder.delete_before(entry.at - self._retention)
        return self._segment

    def _resumed(self) -> Segment | None:
        """The last segment of the run before, if it is one of the same time."""
        reading, self._resumable = self._resumable, None
        if reading is None or not reading.rows or reading.rows[-1].at // self._span * self._span != self._from:
            return None
        self._folder.forget(reading.path)
        return Segment.resume(reading.path, reading.page, size=reading.end)

    def _sync(self, *, every: float) -> None:
        """Have it all on the disk, if the last time is so many seconds of rows ago."""
        if self._segment is None or abs(self._latest - self._synced) < every:
            return
        try:
            self._segment.sync()
        except OSError as error:
            self._fail(error)
        else:
            self._synced = self._latest

    def _leave(self, *, sync: bool = False) -> None:
        """Close the segment. Raises OSError: it could not be brought to the disk."""
        segment, self._segment = self._segment, None
        if segment is None:
            return
        self._folder.note(segment.path, self._latest)
        with closing(segment):
            if sync:
                segment.sync()
        if not segment.size:
            segment.path.unlink(missing_ok=True)

    def _fail(self, error: OSError) -> None:
        self.failures += 1
        if not self._failing:
            why = error.strerror or str(error)
            hint = "the monitor goes on in memory and tries again; free the disk, or give the folder back"
            _log.error("store_not_saved", folder=str(self._folder.path), error=why, hint=hint)
        self._failing = True
        with suppress(OSError):  # what follows is written into a file of its own
            self._leave()

    def _recover(self) -> None:
        if self._failing:
            _log.info("store_saved_again", folder=str(self._folder.path), rows_lost=self._waiting.dropped())
        self._failing = False


def _locked(folder: Path) -> IO[bytes]:
    try:
        file = hold(folder / "lock")
    except OSError as error:
        raise OSError(f"{folder} cannot be used for the store: {error.strerror}") from None
    if file is None:
        raise StoreBusy(f"{folder} is in use by another monitor; stop it or configure another state folder")
    return file
