"""Faults as a person writes them: times from the start of a run, one that grows slowly, one that comes and goes.

- {kind: channel_timeout, where: {channel: alpha}, strength: 20, from: 10m, to: 15m}
- {kind: slow_servers, from: 5m, to: 25m, ramp: 20m}        # from nothing to its strength within 20 minutes
- {kind: step_up, from: 5m, to: 10m, flapping: 40s}         # 40 s on, 40 s off
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from drawdown.durations import Duration, format_duration
from sandbox.fault import FACTS, Fault, FaultKind
from sandbox.identity.method import Method
from sandbox.world import World

_PIECES: Final = 40
"""By which a fault that grows approaches its strength."""
_SHORTEST: Final = 10.0
"""Seconds of such a piece, at least."""
_MOST_TURNS: Final = 500


class WrittenFault(BaseModel):
    """One fault. `from` and `to` are times after the start; without `strength` it has the usual one of its kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: FaultKind
    where: dict[str, str] = Field(default_factory=dict)
    strength: Annotated[float, Field(ge=0)] | None = None
    from_: Duration = Field(default=0.0, alias="from")
    to: Duration
    ramp: Duration = 0.0
    flapping: Duration | None = Field(default=None, ge=1.0)

    @field_validator("where")
    @classmethod
    def _can_be_narrowed(cls, where: dict[str, str], told: ValidationInfo) -> dict[str, str]:
        kind = told.data.get("kind")
        known = FACTS[kind].slices if kind else tuple(where)
        strange = ", ".join(sorted(set(where) - set(known)))
        if strange:
            raise ValueError(f"{kind} cannot be narrowed by {strange}; it can by {', '.join(known)}")
        misfit = FACTS[kind].misfit(where) if kind else ""
        if misfit:
            raise ValueError(f"{kind} hits nobody: {misfit}")
        return where

    @field_validator("to")
    @classmethod
    def _ends_after_its_start(cls, to: float, told: ValidationInfo) -> float:
        start = told.data.get("from_", 0.0)
        if to <= start:
            raise ValueError(f"ends at {format_duration(to)}, which is not after its start at {format_duration(start)}")
        return to

    @model_validator(mode="after")
    def _changes_within_its_time(self) -> "WrittenFault":
        lasts = self.to - self.from_
        if self.ramp > lasts:
            raise ValueError(
                f"ramp: takes {format_duration(self.ramp)}, longer than the fault's {format_duration(lasts)}"
            )
        if self.ramp and self.flapping:
            raise ValueError("flapping: a fault that grows cannot come and go as well; write two faults")
        if self.flapping and lasts / self.flapping > _MOST_TURNS:
            raise ValueError(f"flapping: comes and goes more than {_MOST_TURNS} times; write a longer time")
        return self

    def faults(self, start: float) -> tuple[Fault, ...]:
        """What acts when the run starts at Unix second `start`."""
        return tuple(self._fault(start, *piece) for piece in self._pieces())

    def _pieces(self) -> Iterator[tuple[float, float, float | None]]:
        """From when to when, and how strong."""
        if self.flapping:
            yield from self._comings(self.flapping)
        elif self.ramp:
            yield from self._growing(self.ramp)
        else:
            yield self.from_, self.to, self.strength

    def _comings(self, each: float) -> Iterator[tuple[float, float, float | None]]:
        at = self.from_
        while at < self.to:
            yield at, min(at + each, self.to), self.strength
            at += 2 * each

    def _growing(self, ramp: float) -> Iterator[tuple[float, float, float | None]]:
        full = FACTS[self.kind].strength if self.strength is None else self.strength
        count = max(1, min(_PIECES, int(ramp / _SHORTEST)))
        for number in range(count):
            begins, ends = (self.from_ + ramp * edge / count for edge in (number, number + 1))
            yield begins, ends, full * (number + 1) / count
        if self.from_ + ramp < self.to:
            yield self.from_ + ramp, self.to, full

    def _fault(self, start: float, begins: float, ends: float, strength: float | None) -> Fault:
        return Fault(
            kind=self.kind, starts_at=start + begins, ends_at=start + ends, where=self.where, strength=strength
        )


def nobody(where: Mapping[str, str], world: World) -> str:
    """Why a slice matches nobody in `world`, in words; empty where somebody is in it."""
    names = {
        "channel": [channel.name for channel in world.channels],
        "bank": [bank.name for bank in world.banks],
        "tier": [tier.name for tier in world.tiers],
        "endpoint": list(world.servers.seconds),
        "region": list(world.regions),
        "app": list(world.apps),
        "method": [method.value for method in Method],
    }
    for slice_, value in where.items():
        if value not in names.get(slice_, (value,)):
            return f"there is no {slice_} {value!r}, only {', '.join(names[slice_])}"
    banks = [bank for bank in world.banks if where.get("bank") in {None, bank.name}]
    if "channel" in where and not any(bank.routes.get(where["channel"]) for bank in banks):
        return f"nobody of bank {where['bank']} is paid by channel {where['channel']}"
    return ""
