"""Which attempts, reviews and callbacks were taken already."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from collector.settings import CollectorSettings

Note = Callable[[bytes, float], None]
"""Is told of each key that is seen, and when (Unix seconds)."""

_BYTES = 16


def digest(text: str) -> bytes:
    """What stands for `text`: ids may be long, and may say more than they should, so they are not kept."""
    return hashlib.blake2b(text.encode(), digest_size=_BYTES).digest()


def remembering(settings: CollectorSettings) -> "Seen":
    """For as long as a report of an attempt would be young enough to be taken (`max_age` and `max_ahead`), while at
    most `remembered` come in that time.
    """
    return Seen(most=settings.remembered, age=settings.max_age + settings.max_ahead)


class Seen:
    """Remembers keys for `age` seconds since they were last seen, at most `most` of them, the oldest going first."""

    def __init__(self, *, most: int, age: float) -> None:
        self.most = most
        self.age = age
        self._keys: OrderedDict[bytes, float] = OrderedDict()
        self._note: Note | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def again(self, key: str, *, now: float) -> bool:
        """Whether `key` was seen before. Either way it is seen now."""
        short = digest(key)
        known = short in self._keys
        self._see(short, now)
        if self._note:
            self._note(short, now)
        return known

    def take_up(self, keys: Iterable[tuple[bytes, float]]) -> None:
        """Remember digests that were seen at these times (Unix seconds), in their order, before anything else."""
        for key, at in keys:
            self._see(key, at)

    def attach(self, note: Note) -> None:
        """From now on `note` hears of what is seen."""
        self._note = note

    def _see(self, key: bytes, now: float) -> None:
        self._keys[key] = now
        self._keys.move_to_end(key)
        while len(self._keys) > self.most or next(iter(self._keys.values())) < now - self.age:
            self._keys.popitem(last=False)
