"""Faults at work: of those that act on one place at one time the strongest wins."""

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter

from sandbox.fault import Fault, FaultKind


def strength(faults: Iterable[Fault], kind: FaultKind, where: Mapping[str, str], now: float) -> float:
    """How strongly faults of `kind` act on `where` at `now`: as the strongest of them; 0 when none does."""
    return max((fault.force for fault in faults if fault.kind == kind and fault.hits(where, now)), default=0.0)


class Faults:
    """The faults there are. It is made once and asked often: who asks in about the order of time is answered by those
    alone that are at work.
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.all = tuple(faults)
        self._turns = sorted({at for fault in self.all for at in (fault.starts_at, fault.ends_at)})
        self._since, self._until = math.inf, -math.inf
        self._at_work: dict[FaultKind, list[Fault]] = {}

    def strength(self, kind: FaultKind, where: Mapping[str, str], now: float) -> float:
        """As `strength` says of these."""
        if not self._since <= now < self._until:
            self._turn(now)
        for fault in self._at_work.get(kind, ()):
            if not fault.where or fault.where.items() <= where.items():
                return fault.force
        return 0.0

    def at_work(self, now: float) -> bool:
        """Whether there is any that may act at `now`."""
        if not self._since <= now < self._until:
            self._turn(now)
        return bool(self._at_work)

    def may_act(self, since: float, until: float) -> bool:
        """Whether any may act between two times."""
        return self.at_work(until) or since < self._since

    def are_narrowed(self, kind: FaultKind, by: str, now: float) -> bool:
        """Whether one of `kind` acts on a part of that slice alone at `now`."""
        return self.at_work(now) and any(by in fault.where for fault in self._at_work.get(kind, ()))

    def at(self, where: Mapping[str, str]) -> "Trouble | None":
        """The faults as they act on one place, None when there are none at all."""
        return Trouble(self, where) if self.all else None

    def only(self, kinds: Collection[FaultKind]) -> "Faults":
        """Those of these kinds."""
        return Faults(fault for fault in self.all if fault.kind in kinds)

    def _turn(self, now: float) -> None:
        """Find those at work at `now`, the strongest first, and the times between which they are the same."""
        after = bisect_right(self._turns, now)
        self._since = self._turns[after - 1] if after else -math.inf
        self._until = self._turns[after] if after < len(self._turns) else math.inf
        self._at_work = {}
        for fault in sorted(self.all, key=attrgetter("force"), reverse=True):
            if fault.starts_at <= now < fault.ends_at:
                self._at_work.setdefault(fault.kind, []).append(fault)


class Trouble:
    """What is wrong at one place."""

    __slots__ = ("_faults", "_where")

    def __init__(self, faults: Faults, where: Mapping[str, str]) -> None:
        self._faults = faults
        self._where = where

    def strength(self, kind: FaultKind, now: float) -> float:
        """As `Faults.strength` says of this place."""
        return self._faults.strength(kind, self._where, now)

    def is_narrowed(self, kind: FaultKind, by: str, now: float) -> bool:
        """Whether a fault of `kind` acts on a part of that slice alone at `now`, here or elsewhere."""
        return self._faults.are_narrowed(kind, by, now)

    def within(self, name: str, value: str) -> "Trouble":
        """What is wrong at a part of the place."""
        return Trouble(self._faults, {**self._where, name: value})
