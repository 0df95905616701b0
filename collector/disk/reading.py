"""A segment that is read: first what it holds, then, when all segments are known, its rows."""

import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from collector.disk.bodies import read_patch, read_row, read_series, time_of
from collector.disk.frames import HEADER, Damaged, Frame, Kind, frames
from collector.disk.page import Page
from collector.disk.timeline import Row, Timeline
from drawdown.series import Floats, Labels

Sample = tuple[float, tuple[Labels, ...], Floats]
"""A time, series, and a sample of each."""
_ROWS: Final = frozenset({Kind.WHOLE, Kind.CHANGES})


class Foreign(Exception):
    """The file is not a segment, or one of another version."""


class Shelf:
    """Remembers the labels of the last segments: mostly the next one has the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Labels, ...]] = {}
        self._fresh: dict[bytes, tuple[Labels, ...]] = {}

    def turn(self) -> None:
        """A new segment begins; what the last one did not ask for is forgotten."""
        self._known, self._fresh = self._fresh, {}

    def labels(self, body: bytes) -> tuple[Labels, ...]:
        """Raises Damaged."""
        found = self._known.get(body)
        self._fresh[body] = read_series(body) if found is None else found
        return self._fresh[body]


class Reading:
    """What is read of the file at `path`. After `survey`, `end` is where it is cut off, `size` how long it was, and
    `written_at` when it was last written to.
    """

    def __init__(self, path: Path, shelf: Shelf) -> None:
        self.path = path
        self.page = Page()
        self.rows: list[Row] = []
        self.end = 0
        self.size = 0
        self.written_at = -math.inf
        self._shelf = shelf
        self._patched: list[Row] = []

    @property
    def latest(self) -> float:
        """The time of the last row that counts, of those here and those that were patched here; before the first, minus
        infinity.
        """
        return max((row.at for row in (*self.rows, *self._patched) if not row.void), default=-math.inf)

    def survey(self, timeline: Timeline) -> None:
        """Find out what counts.

        Raises:
            Foreign: the file is not one of ours.
            OSError: it cannot be read.
        """
        content = self.path.read_bytes()
        self.size, self.written_at = len(content), self.path.stat().st_mtime
        if not content.startswith(HEADER):
            if HEADER.startswith(content):
                return
            raise Foreign
        self._shelf.turn()
        self.end = len(HEADER)
        with suppress(Damaged):
            for frame in frames(content):
                self._note(frame, timeline)
                self.end = frame.end

    def samples(self) -> Iterator[Sample]:
        """The rows that count, each followed by what came late for it. It ends where the file can no longer be read."""
        page, rows = Page(), iter(self.rows)
        with suppress(Damaged, OSError):
            self._shelf.turn()
            for frame in frames(self.path.read_bytes()[: self.end]):
                if frame.kind is Kind.SERIES:
                    page.add(self._shelf.labels(frame.body))
                elif frame.kind in _ROWS:
                    yield from _of(next(rows), frame, page)

    def _note(self, frame: Frame, timeline: Timeline) -> None:
        if frame.kind is Kind.SERIES:
            self.page.add(self._shelf.labels(frame.body))
        elif frame.kind is Kind.CUT:
            timeline.cut(time_of(frame.body))
        elif frame.kind is Kind.PATCH:
            self._patch(frame.body, timeline)
        else:
            self.rows.append(Row(time_of(frame.body)))
            timeline.add(self.rows[-1])

    def _patch(self, body: bytes, timeline: Timeline) -> None:
        columns, values = read_patch(body, len(self.page))
        row = timeline.find(time_of(body))
        if row:
            self._patched.append(row)
            row.patches.append((tuple(self.page.labels[column] for column in columns), values))


def _of(row: Row, frame: Frame, page: Page) -> Iterator[Sample]:
    samples = page.follow(read_row(frame.body, len(page)), whole=frame.kind is Kind.WHOLE)
    if not row.void:
        yield row.at, page.labels, samples
        yield from ((row.at, labels, values) for labels, values in row.patches)
