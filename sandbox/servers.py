"""The lender's own servers: a finite pool. An answer's time is waiting plus service, and waiting grows with load."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from sandbox.fault import Fault, FaultKind, strength
from sandbox.workers import Load, Workers
from sandbox.world import ServerPool

_TURN_AWAY_SECONDS = 0.005


class Fate(StrEnum):
    """What becomes of a request at the door."""

    SERVED = "served"
    SHED = "shed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`after` seconds until the answer leaves."""

    fate: Fate
    after: float


class Servers:
    """One pool for all endpoints."""

    def __init__(self, pool: ServerPool, *, seed: int) -> None:
        self._pool = pool
        self._workers = Workers(pool.workers)
        self._scale = {endpoint: math.log(seconds) for endpoint, seconds in pool.seconds.items()}
        self._random = Random(f"servers/{seed}")

    def serve(self, endpoint: str, faults: Sequence[Fault], now: float) -> Service:
        """Take a request that arrives at `now`. Load is shed early, so that a queue is gone soon after its cause."""
        where = {"endpoint": endpoint}
        if strength(faults, FaultKind.SERVERS_DOWN, where, now):
            return Service(fate=Fate.BROKEN, after=_TURN_AWAY_SECONDS)
        wait = self._workers.wait(now)
        if wait > self._pool.patience:
            return Service(fate=Fate.SHED, after=_TURN_AWAY_SECONDS)
        slower = max(1.0, strength(faults, FaultKind.SLOW_SERVERS, where, now + wait))
        after = wait + slower * self._seconds(endpoint)
        self._workers.occupy(now + after)
        return Service(fate=Fate.SERVED, after=after)

    def load(self, now: float) -> Load:
        return self._workers.load(now)

    def crashes(self) -> bool:
        """Whether the worker dies on this job."""
        return self._random.random() < self._pool.failures

    def _seconds(self, endpoint: str) -> float:
        return self._random.lognormvariate(self._scale[endpoint], self._pool.spread)
