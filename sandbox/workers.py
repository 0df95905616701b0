"""A finite pool: whoever is free first takes the next job. Queueing is what happens when nobody is."""

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy a pool is: `busy` of `workers`, and the seconds that the next job would wait."""

    busy: int
    workers: int
    wait: float


class Workers:
    """`count` equal workers, known by the Unix second at which each is free. Jobs come in about the order of time.
    `free_at` is a heap.
    """

    def __init__(self, count: int) -> None:
        self.free_at = [0.0] * count

    def __len__(self) -> int:
        return len(self.free_at)

    def wait(self, now: float) -> float:
        """Seconds until a job that comes at `now` starts."""
        free_at = self.free_at[0]
        return free_at - now if free_at > now else 0.0

    def load(self, now: float) -> Load:
        return Load(busy=sum(at > now for at in self.free_at), workers=len(self.free_at), wait=self.wait(now))

    def occupy(self, until: float) -> None:
        """Give the next job to the worker that is free first; it is busy until then."""
        heapreplace(self.free_at, until)

    def resize(self, count: int, now: float) -> None:
        """From `now` on there are `count` workers, at least one; who goes is who would be free first, after his job."""
        while len(self.free_at) < count:
            heappush(self.free_at, now)
        while len(self.free_at) > max(1, count):
            heappop(self.free_at)
