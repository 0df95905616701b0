"""What waits to be written."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from collector.disk.frames import Kind
from drawdown.series import Floats, Labels


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A row (`WHOLE`), a patch or a cut at Unix second `at`."""

    kind: Kind
    at: float
    labels: Sequence[Labels] = ()
    values: Floats = field(default_factory=lambda: np.empty(0))


class Waiting:
    """Entries in their order, put in by one thread and taken out by another.

    When their samples take more than `most` bytes, the oldest are dropped.
    """

    def __init__(self, most: int) -> None:
        self._dropped = 0
        self._most = most
        self._size = 0
        self._entries: deque[Entry] = deque()
        self._lock = threading.Lock()

    def put(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self._size += entry.values.nbytes
            while self._size > self._most and len(self._entries) > 1:
                self._size -= self._entries.popleft().values.nbytes
                self._dropped += 1

    def take(self) -> Entry | None:
        with self._lock:
            if not self._entries:
                return None
            entry = self._entries.popleft()
            self._size -= entry.values.nbytes
            return entry

    def give_back(self, entry: Entry) -> None:
        """It was taken last and is still to be written."""
        with self._lock:
            self._entries.appendleft(entry)
            self._size += entry.values.nbytes

    def dropped(self) -> int:
        """How many were dropped since it was asked the last time."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
            return dropped
