"""What synthetic borrowers drew and must give back: a journal on disk that survives `kill -9`.

Each line is one JSON object: `{"owe": run, "journey", "since", "values"}` or `{"settled": run}`. A debt is on the disk
(fsync) before the request that draws leaves, so that a crash at any point leaves either no loan or a line about it.
"""

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec
import structlog

from drawdown.catalogue import OWED, OWED_AGE, Instruments
from drawdown.errors import DrawdownError
from drawdown.folder import sync_folder
from drawdown.lock import hold

_log = structlog.get_logger(__name__)


class SettlementError(DrawdownError):
    """The journal cannot be kept: another process has it, or the disk refuses."""


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """What the run `run` of `journey` may have drawn at Unix second `since`; `values` is what its reversal needs."""

    run: str
    journey: str
    since: float
    values: dict[str, str]


class _Owe(msgspec.Struct, frozen=True):
    owe: Debt


class _Settled(msgspec.Struct, frozen=True):
    settled: str


class Debts:
    """What is owed, in memory alone: for runs that draw nothing real."""

    def __init__(self, debts: Mapping[str, Debt] | None = None) -> None:
        """`debts` by the runs that left them."""
        self._debts = dict(debts or {})
        self._held: set[str] = set()

    def owe(self, debt: Debt) -> None:
        """Write `debt` down; it is held by its run until `settle` or `leave`.

        Raises:
            OSError: it is not safely written down; nothing must be drawn.
        """
        self._debts[debt.run] = debt
        self._held.add(debt.run)

    def settle(self, run: str) -> None:
        """The loan of `run` is given back.

        Raises:
            OSError: that cannot be written down; the debt stays and is given back once more.
        """
        self._debts.pop(run, None)
        self._held.discard(run)

    def hold(self, run: str) -> None:
        """The debt of `run` is about to be given back."""
        self._held.add(run)

    def find(self, run: str) -> Debt | None:
        """The debt of `run`, if there is one."""
        return self._debts.get(run)

    def leave(self, run: str) -> None:
        """Nobody is about to give the debt of `run` back; if there still is one, it waits for the next replay."""
        self._held.discard(run)

    def owed(self) -> tuple[Debt, ...]:
        """All debts, oldest first."""
        return tuple(sorted(self._debts.values(), key=lambda debt: debt.since))

    def left(self) -> tuple[Debt, ...]:
        """The debts that no run in this process is about to give back, oldest first."""
        return tuple(debt for debt in self.owed() if debt.run not in self._held)

    def observe(self, instruments: Instruments, *, journeys: Iterable[str], now: float) -> None:
        """Export how many loans are owed and for how long, for `journeys` and for every journey that owes."""
        for journey in sorted({*journeys, *(debt.journey for debt in self._debts.values())}):
            since = [debt.since for debt in self._debts.values() if debt.journey == journey]
            instruments.set(OWED, len(since), journey=journey)
            instruments.set(OWED_AGE, max(0.0, now - min(since, default=now)), journey=journey)


class Settlement(Debts):
    """The journal at `path`, kept by one process at a time: what is owed is on the disk before anything is drawn.

        with Settlement(path) as settlement:
            settlement.owe(debt)        # on disk when this returns
            settlement.settle(debt.run)

    Writing is synchronous on purpose: no request may overtake it, and a cancelled task cannot wait for a thread.
    """

    def __init__(self, path: Path) -> None:
        """Read the journal, repair a last line that a crash cut off, and write it anew without what is settled.

        Raises:
            SettlementError: another process has it open, or it cannot be read or written.
        """
        self._path = path
        self._lock = _lock(path.with_name(path.name + ".lock"))
        try:
            super().__init__(_read(path))
            self._file = _rewrite(path, self._debts.values())
        except OSError as error:
            self._lock.close()
            raise SettlementError(f"{path} cannot be used: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the journal free."""
        self._file.close()
        self._lock.close()

    def owe(self, debt: Debt) -> None:
        self._append(msgspec.json.encode({"owe": debt}))
        super().owe(debt)

    def settle(self, run: str) -> None:
        self._append(msgspec.json.encode({"settled": run}))
        super().settle(run)

    def _append(self, line: bytes) -> None:
        line = b"\n" + line + b"\n"  # a write that failed half-way must not spoil this one
        if self._file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        os.fsync(self._file.fileno())


def _lock(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = hold(path)
    except OSError as error:
        raise SettlementError(f"{path} cannot be used: {error.strerror}") from None
    if file is None:
        raise SettlementError(f"{path} is in use by another monitor; stop it or configure another path")
    return file


def _read(path: Path) -> dict[str, Debt]:
    debts: dict[str, Debt] = {}
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        if entry is None and line:
            _set_aside(path, line, number=number, cut_off=number == len(lines))
        elif isinstance(entry, _Owe):
            debts[entry.owe.run] = entry.owe
        elif isinstance(entry, _Settled):
            debts.pop(entry.settled, None)
    return debts


def _set_aside(path: Path, line: bytes, *, number: int, cut_off: bool) -> None:
    """Keep what cannot be read for a person. A last line that was cut off never reached the disk as a whole, so that
    its request never left: it is repaired by forgetting it.
    """
    if cut_off:
        _log.warning("settlement_repaired", path=str(path), line=number, hint="a crash cut the last line off")
        return
    aside = path.with_name(path.name + ".unreadable")
    with aside.open("ab") as file:
        file.write(line + b"\n")
    _log.error("settlement_unreadable", path=str(path), line=number, kept_in=str(aside), hint="reverse it by hand")


def _entry(line: bytes) -> _Owe | _Settled | None:
    with suppress(msgspec.DecodeError, ValueError):
        return msgspec.json.decode(line, type=_Owe)
    with suppress(msgspec.DecodeError, ValueError):
        return msgspec.json.decode(line, type=_Settled)
    return None


def _rewrite(path: Path, debts: Iterable[Debt]) -> FileIO:
    """The journal with these debts alone, swapped in whole, open for appending."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(b"".join(msgspec.json.encode({"owe": debt}) + b"\n" for debt in debts))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)
    return path.open("ab", buffering=0)
