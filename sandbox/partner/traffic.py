"""What was asked and answered lately, by the second."""

from collections import Counter, deque
from collections.abc import Mapping


class Traffic:
    """Counts words per second of the last `seconds` seconds."""

    def __init__(self, seconds: int = 300) -> None:
        self._seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=seconds)

    def count(self, word: str, now: float) -> None:
        second = int(now)
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][word] += 1

    def since(self, start: float) -> Mapping[str, int]:
        """How often each word was counted at `start` or later, the most frequent first."""
        total: Counter[str] = Counter()
        for second, counts in self._seconds:
            if second >= start:
                total.update(counts)
        return dict(total.most_common())

    def line(self, now: float, seconds: int) -> list[Mapping[str, int]]:
        """The counts of each of the last `seconds` whole seconds, oldest first."""
        known = dict(self._seconds)
        return [known.get(second, {}) for second in range(int(now) - seconds, int(now))]
