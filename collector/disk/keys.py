"""The keys of what was counted, on the disk, so that a report that comes again after a restart is known again."""

import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import structlog

_VERSION: Final = 1
_CLEAN_EVERY: Final = 60.0
_log = structlog.get_logger(__name__)


class KeyLog:
    """Keys and when they were last seen, in the SQLite file `path`, for `age` seconds.

        log = KeyLog(path, age=3900, most=200_000)
        for key, at in log.load(): ...
        log.put(key, at)      # from the loop: only remembered
        log.write()           # from a thread: written
        log.close()

    A file that cannot be read is put aside. While the disk does not take what is written, `write` says so once and
    tries again each time; at most `most` keys wait, the oldest are dropped.
    """

    def __init__(self, path: Path, *, age: float, most: int) -> None:
        """Raises:
        OSError: there can be no file at `path`.
        """
        self.failures = 0
        """Times that writing failed."""
        self.repairs = 0
        """Files that had to be put aside."""
        self._path = path
        self._age = age
        self._waiting: deque[tuple[bytes, float]] = deque(maxlen=most)
        self._writing = threading.Lock()
        self._cleaned = float("-inf")
        self._failing = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._base = self._opened()

    def load(self) -> Sequence[tuple[bytes, float]]:
        """What was seen, the oldest first."""
        try:
            return self._base.execute("SELECT key, at FROM keys ORDER BY at").fetchall()
        except sqlite3.DatabaseError:
            self._base.close()
            self._base = self._anew()
            return ()

    def put(self, key: bytes, at: float) -> None:
        """A key was seen at Unix second `at`."""
        self._waiting.append((key, at))

    def write(self) -> None:
        """Write what was put. It blocks."""
        with self._writing:
            self._write()

    def close(self) -> None:
        """Write all, and let go of the file."""
        with self._writing, closing(self._base):
            self._write()

    def _write(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not batch:
            return
        try:
            self._save(batch)
        except sqlite3.Error as error:
            self._waiting.extendleft(reversed(batch))
            self._fail(error)
        else:
            self._recover()

    def _save(self, batch: Sequence[tuple[bytes, float]]) -> None:
        latest = batch[-1][1]
        with self._base:
            self._base.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?)", batch)
            if abs(latest - self._cleaned) >= _CLEAN_EVERY:
                self._base.execute("DELETE FROM keys WHERE at < ?", (latest - self._age,))
                self._cleaned = latest

    def _opened(self) -> sqlite3.Connection:
        base = _connect(self._path)
        try:
            _prepare(base)
        except sqlite3.DatabaseError:
            base.close()
            return self._anew()
        return base

    def _anew(self) -> sqlite3.Connection:
        """A new file in place of one that cannot be read."""
        aside = self._path.with_name(self._path.name + ".unreadable")
        _log.error(
            "keys_unreadable",
            file=str(self._path),
            kept_in=str(aside),
            hint="what was reported before and is reported again counts twice; nothing else is lost",
        )
        self.repairs += 1
        self._path.rename(aside)
        for ending in ("-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        base = _connect(self._path)
        _prepare(base)
        return base

    def _fail(self, error: sqlite3.Error) -> None:
        self.failures += 1
        if not self._failing:
            hint = "the monitor goes on in memory and tries again; free the disk, or give the file back"
            _log.error("keys_not_saved", file=str(self._path), error=str(error), hint=hint)
        self._failing = True
        with suppress(sqlite3.Error):
            self._base.rollback()

    def _recover(self) -> None:
        if self._failing:
            _log.info("keys_saved_again", file=str(self._path))
        self._failing = False


def _connect(path: Path) -> sqlite3.Connection:
    """To a file that nobody else writes to, so that there is nobody to wait for."""
    return sqlite3.connect(path, timeout=0.0, check_same_thread=False)


def _prepare(base: sqlite3.Connection) -> None:
    """Raises:
    sqlite3.DatabaseError: it is no file of ours, of another version, or damaged.
    """
    (sound,) = base.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise sqlite3.DatabaseError(sound)
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if version not in {0, _VERSION}:
        raise sqlite3.DatabaseError(f"version {version}")
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    base.execute("CREATE TABLE IF NOT EXISTS keys (key BLOB PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID")
    base.execute(f"PRAGMA user_version = {_VERSION}")
