"""A finite pool: whoever is free first takes the next job. Queueing is what happens when nobody is."""

import heapq
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy a pool is: `busy` of `workers`, and the seconds that the next job would wait."""

    busy: int
    workers: int
    wait: float


class Workers:
    """`count` equal workers, known by the Unix second at which each is free. Jobs come in about the order of time."""

    def __init__(self, count: int) -> None:
        self._free_at = [0.0] * count

    def wait(self, now: float) -> float:
        """Seconds until a job that comes at `now` starts."""
        return max(0.0, self._free_at[0] - now)

    def load(self, now: float) -> Load:
        return Load(busy=sum(at > now for at in self._free_at), workers=len(self._free_at), wait=self.wait(now))

    def occupy(self, until: float) -> None:
        """Give the next job to the worker that is free first; it is busy until then."""
        heapq.heapreplace(self._free_at, until)
