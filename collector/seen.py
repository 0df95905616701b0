"""Which attempts were taken already."""

from collections import OrderedDict


class Seen:
    """Remembers keys for `age` seconds since they were last seen, at most `most` of them, the oldest going first."""

    def __init__(self, *, most: int, age: float) -> None:
        self._most = most
        self._age = age
        self._keys: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def again(self, key: str, *, now: float) -> bool:
        """Whether `key` was seen before. Either way it is seen now."""
        known = key in self._keys
        self._keys[key] = now
        self._keys.move_to_end(key)
        while len(self._keys) > self._most or next(iter(self._keys.values())) < now - self._age:
            self._keys.popitem(last=False)
        return known
