"""Many files of rule tests, run in as many processes as there are processors."""

import multiprocessing
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from alerts.rule_shape import Names
from alerts.ruletest import Library, Verdict, run_file
from drawdown.catalogue import SERIES_LABELS

_LOT: Final = 4
"""Files that a process takes at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How files are read, and which of their tests are run: those whose name `only` finds."""

    catalogue: bool = False
    names: Names = Names.UTF8
    only: re.Pattern[str] | None = None


def run_files(files: Sequence[Path], choice: Choice, *, jobs: int) -> Iterator[Verdict]:
    """The verdicts in the order of `files`, by `jobs` processes at once."""
    lots = [files[at : at + _LOT] for at in range(0, len(files), _LOT)]
    workers = min(jobs, len(lots) // 2)
    if workers < 2:
        yield from _run(choice, files)
        return
    with ProcessPoolExecutor(workers, mp_context=_context(), initializer=_leave_interrupts) as pool:
        for verdicts in pool.map(partial(_run_lot, choice), lots):
            yield from verdicts


def _run_lot(choice: Choice, files: Sequence[Path]) -> list[Verdict]:
    return list(_run(choice, files))


def _run(choice: Choice, files: Sequence[Path]) -> Iterator[Verdict]:
    library = Library(catalogue=SERIES_LABELS if choice.catalogue else None, names=choice.names)
    return (run_file(file, library, only=choice.only) for file in files)


def _context() -> multiprocessing.context.BaseContext:
    """A fork has everything imported already; only Linux forks safely."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _leave_interrupts() -> None:
    """Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
