"""When the lender hears how payouts ended. A channel tells it by a callback; until one gets through, or the lender asks
by itself, the loan stays as it was although the money may have left.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

import msgspec

from sandbox.chance import uniforms
from sandbox.channels import Payout
from sandbox.fault import FaultKind
from sandbox.faults import Faults
from sandbox.ledger import Loan
from sandbox.memory import Memory

RETRIES = (240.0, 600.0, 600.0, 3600.0, 7200.0, 21_600.0, 54_000.0)
"""Seconds from a callback that was not taken to the next one; after the last the sender gives up."""
FAULTS = frozenset({FaultKind.CALLBACKS_LOST, FaultKind.CALLBACKS_LATE})
"""The kinds that disturb callbacks."""

_LOST, _LATE = FaultKind.CALLBACKS_LOST, FaultKind.CALLBACKS_LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Of whose payout a channel tells since `told_at`; its first callback leaves at `first_at` (Unix seconds)."""

    where: Mapping[str, str]
    told_at: float
    first_at: float


class Hearing:
    """Callbacks of channels, and the lender's own questions about all payouts of which it has heard nothing: every
    `sweep` seconds, never when that is 0. `faults` are those of `FAULTS`; without any, all is heard at once. What was
    not is remembered for `memory` seconds, in case that the faults change.
    """

    def __init__(self, faults: Faults, *, sweep: float, memory: float, seed: int) -> None:
        self.faults = faults
        self._sweep = sweep
        self._told: Memory[str, _Told] = Memory(memory)
        self._chances = uniforms(f"callbacks/{seed}")

    def heard(self, loan_id: str, payout: Payout, *, where: Mapping[str, str], now: float) -> Payout:
        """A payout that is decided at `now` for what is at `where`, as the lender will hear of it."""
        told_at = payout.told_at
        if told_at is None:
            return payout
        told = _Told(where=where, told_at=told_at, first_at=told_at + self.faults.strength(_LATE, where, told_at))
        heard_at = self._heard_at(told, told_at)
        if heard_at == told_at:
            return payout
        self._told.put(loan_id, told, now)
        return payout.heard(told_at, heard_at)

    def again(self, find: Callable[[str], Loan | None], now: float) -> Iterator[Loan]:
        """The loans that are heard of at another time because the faults were replaced at `now`."""
        for loan_id, told in self._told.items():
            loan = find(loan_id)
            if loan is None or told.told_at + loan.payout.lag <= now:
                continue
            heard_at = self._heard_at(told, max(now, told.told_at))
            if heard_at != told.told_at + loan.payout.lag:
                yield msgspec.structs.replace(loan, payout=loan.payout.heard(told.told_at, heard_at))

    def _heard_at(self, told: _Told, since: float) -> float:
        """When the first callback at `since` or later gets through, or the lender asks before that; infinity where
        neither ever happens.
        """
        asked_at = (since // self._sweep + 1) * self._sweep if self._sweep else math.inf
        for at in accumulate((told.first_at, *RETRIES)):
            if at >= asked_at:
                break
            if at >= since and not self._is_lost(told.where, at):
                return at
        return asked_at

    def _is_lost(self, where: Mapping[str, str], at: float) -> bool:
        share = self.faults.strength(_LOST, where, at)
        return bool(share) and next(self._chances) < share
