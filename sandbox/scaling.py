"""Elastic scaling: servers that are added some time after they are needed, and taken away when they are not."""

from sandbox.workers import Load
from sandbox.world import Elastic


class Scaling:
    """Decides how many servers there are: never fewer than `least`, by the rules of `elastic`, if there are any."""

    def __init__(self, least: int, elastic: Elastic | None) -> None:
        self.count = least
        self._least = least
        self._elastic = elastic
        self._arrives_at: float | None = None

    def look(self, load: Load, now: float, *, off: bool = False) -> int:
        """How many there are at `now`, when they are as busy as `load` says. While it is `off` none are ordered."""
        if self._elastic is None:
            return self.count
        busy = load.busy / load.workers
        if self._arrives_at is not None and now >= self._arrives_at:
            self.count = min(self._elastic.most, self.count + self._elastic.step)
            self._arrives_at = None
        elif busy > self._elastic.above and not off and self._can_grow():
            self._arrives_at = now + self._elastic.delay
        elif busy < self._elastic.below:
            self.count = max(self._least, self.count - self._elastic.step)
        return self.count

    def _can_grow(self) -> bool:
        return self._elastic is not None and self._arrives_at is None and self.count < self._elastic.most
