"""What the lender remembers for a while and then forgets, so that it can run for ever."""

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A mapping that forgets what was put more than `keep` seconds ago; putting it again renews it."""

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._entries: dict[K, tuple[float, V]] = {}

    def put(self, key: K, value: V, now: float) -> None:
        self._forget(now)
        self._entries.pop(key, None)
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
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest][0] > now - self._keep:
                return
            del self._entries[oldest]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._entries.values())
