"""The lender's own servers: a finite pool. An answer's time is waiting plus service, and waiting grows with load."""

import math
from heapq import heapreplace

from sandbox.answers import BROKEN, TurnedAway, shed
from sandbox.applicants import Applicant
from sandbox.chance import lognormals, uniforms
from sandbox.fault import FaultKind
from sandbox.faults import Faults, Trouble
from sandbox.scaling import Scaling
from sandbox.workers import Load, Workers
from sandbox.world import ServerPool

_DOWN, _SLOW, _LOST = FaultKind.SERVERS_DOWN, FaultKind.SLOW_SERVERS, FaultKind.SERVERS_LOST
_SCALING_OFF, _ERRORS = FaultKind.SCALING_OFF, FaultKind.INTERNAL_ERRORS
_LOOK_EVERY = 1.0
FAULTS = frozenset({_DOWN, _SLOW, _LOST, _SCALING_OFF})
"""The kinds that disturb the pool itself."""


class Servers:
    """One pool for all endpoints. `faults` are those of `FAULTS`; they are replaced as a whole."""

    def __init__(self, pool: ServerPool, faults: Faults, *, seed: int) -> None:
        self.faults = faults
        self._patience = pool.patience
        self._medians = pool.seconds
        self._failures = pool.failures
        self._workers = Workers(pool.workers)
        self._scaling = Scaling(pool.workers, pool.elastic)
        self._look_at = -math.inf
        self._free_at = self._workers.free_at
        self._spread = lognormals(f"servers/{seed}", sigma=pool.spread)
        self._deaths = uniforms(f"deaths/{seed}")

    def serve(self, endpoint: str, now: float, who: Applicant | None = None) -> float:
        """Seconds after which the answer leaves to a request that `who` sends and that arrives at `now`. Load is shed
        early, so that a queue is gone soon after its cause.

        Raises:
            TurnedAway: the request is shed, or the connection breaks.
        """
        if now >= self._look_at:
            self._look(now)
        begins = self._free_at[0]
        if begins < now:
            begins = now
        elif begins > now + self._patience:
            raise TurnedAway(shed())
        ends = begins + self._medians[endpoint] * next(self._spread)
        if self.faults.all and self.faults.at_work(begins):
            ends = self._disturbed(endpoint, who, begins=begins, ends=ends)
        heapreplace(self._free_at, ends)
        return ends - now

    def _disturbed(self, endpoint: str, who: Applicant | None, *, begins: float, ends: float) -> float:
        """When the answer leaves, faults considered."""
        where = {"endpoint": endpoint}
        if who is not None:
            where.update(tier=who.tier, region=who.region, app=who.app)
        if self.faults.strength(_DOWN, where, begins):
            raise TurnedAway(BROKEN)
        slower = self.faults.strength(_SLOW, where, begins)
        return begins + max(1.0, slower) * (ends - begins)

    def load(self, now: float) -> Load:
        return self._workers.load(now)

    def crashes(self, trouble: Trouble | None, now: float, *, steady: bool = False) -> bool:
        """Whether the worker dies on this job; chance alone does not let it die on a `steady` one."""
        share = 0.0 if steady else self._failures
        if trouble is not None:
            share = max(share, trouble.strength(_ERRORS, now))
        return next(self._deaths) < share

    def _look(self, now: float) -> None:
        """Count the servers: those that scaling has given, without those that are lost."""
        self._look_at = now + _LOOK_EVERY
        off = self.faults.strength(_SCALING_OFF, {}, now) > 0
        count = self._scaling.look(self._workers.load(now), now, off=off)
        lost = min(1.0, self.faults.strength(_LOST, {}, now))
        self._workers.resize(max(1, round(count * (1.0 - lost))), now)
