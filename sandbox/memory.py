"""What the lender remembers for a while and then forgets, so that it can run for ever."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A mapping that forgets what was put more than `keep` seconds ago; putting it again renews it. With `keep` 0 it
    remembers nothing.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._oldest_at = 0.0

    def put(self, key: K, value: V, now: float) -> None:
        if not self._keep:
            return
        if self._oldest_at <= now - self._keep:
            self._forget(now)
        if key in self._entries:
            self._entries.move_to_end(key)
        self._entries[key] = (now, value)

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def replace(self, key: K, value: V) -> None:
        """Change what is remembered under `key` without renewing it.

        Raises:
            KeyError: nothing is.
        """
        self._entries[key] = (self._entries[key][0], value)

    def _forget(self, now: float) -> None:
        """Leaves `_oldest_at` no later than the time of the oldest entry."""
        entries = self._entries
        while entries:
            self._oldest_at = next(iter(entries.values()))[0]
            if self._oldest_at > now - self._keep:
                return
            entries.popitem(last=False)
        self._oldest_at = now

    def items(self) -> Iterator[tuple[K, V]]:
        """Each key with what is remembered under it, oldest first."""
        return ((key, value) for key, (_, value) in self._entries.items())

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._entries.values())

    def __reversed__(self) -> Iterator[V]:
        return (value for _, value in reversed(self._entries.values()))
