"""What was recorded, in a file that may be compressed; and the lines of it that could not be used."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, cast

from drawdown.errors import InvalidInput, Place, Problem

BROKEN = (OSError, EOFError, zlib.error)
"""What reading a damaged file raises."""

FAR = 31 * 86_400.0
"""Seconds without a line after which what follows is taken for a mistake, or another story."""

_GZIP = b"\x1f\x8b"
_KEPT = 1000


@dataclass(slots=True)
class Refusals:
    """The lines of one file that could not be used: all are counted, the first ones kept with what is wrong."""

    source: str
    count: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note that a line (0 is unknown) was passed over."""
        self.count += 1
        if len(self.problems) < _KEPT:
            place = Place(source=self.source, line=line, column=1 if line else 0)
            self.problems.append(Problem(place=place, message=message))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed where they are gzip.

    Raises:
        InvalidInput: it cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise unusable(path, f"cannot be read: {error.strerror}") from None
    with file:
        try:
            packed = file.read(2) == _GZIP
        except OSError as error:
            raise unusable(path, f"cannot be read: {error.strerror}") from None
        file.seek(0)
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file


def unusable(path: Path, message: str) -> InvalidInput:
    """The error that says why nothing can be made of a file."""
    return InvalidInput([Problem(place=Place(source=str(path)), message=message)])


def main_stretch(lines: Counter[float], *, gap: float = FAR) -> tuple[float, float]:
    """The first and the last time of the stretch without a `gap` that holds most lines; `lines` are numbered by time.
    A single wrong year must not make a replay of decades.
    """
    stretches = list(_stretches(sorted(lines), gap))
    return max(((part[0], part[-1]) for part in stretches), key=lambda ends: _within(lines, ends))


def _stretches(times: list[float], gap: float) -> Iterator[list[float]]:
    cuts = [place for place, (left, right) in enumerate(pairwise(times), start=1) if right - left > gap]
    for first, last in pairwise([0, *cuts, len(times)]):
        yield times[first:last]


def _within(lines: Counter[float], ends: tuple[float, float]) -> int:
    first, last = ends
    return sum(count for at, count in lines.items() if first <= at <= last)


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that hold anything, counted from 1, without their ends."""
    stripped = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return ((number, line) for number, line in stripped if line)
