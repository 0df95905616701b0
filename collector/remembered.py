"""Answers to what was asked lately, as long as they do not weigh too much together."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by key, with a weight each. Those that were not asked for the longest are forgotten first."""

    def __init__(self) -> None:
        self.weight = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value, if it is still known."""
        known = self._values.get(key)
        if known is None:
            return None
        self._values.move_to_end(key)
        return known[0]

    def keep(self, key: Key, value: Value, *, weight: int, most: int) -> None:
        """Remember a value, and forget others until all weigh `most` at most; this one stays in any case."""
        _, before = self._values.pop(key, (None, 0))
        self._values[key] = value, weight
        self.weight += weight - before
        while self.weight > most and len(self._values) > 1:
            _, (_, gone) = self._values.popitem(last=False)
            self.weight -= gone

    def clear(self) -> None:
        self._values.clear()
        self.weight = 0
