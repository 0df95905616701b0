"""Faults that are put in and taken out by hand while the lender runs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.fault import FACTS, Fault, FaultKind
from sandbox.identity.method import Method
from sandbox.lender import Lender
from sandbox.own_key import OWN_APP
from sandbox.scheme import Code
from sandbox.wire import Refused, bad_request
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultBody:
    """What somebody asks to break: for `seconds`, else until it is healed."""

    kind: FaultKind
    where: dict[str, str] = field(default_factory=dict)
    strength: float | None = None
    seconds: float | None = None


def slices_of(world: World) -> Mapping[str, tuple[str, ...]]:
    """The values by which a fault of this world can be narrowed, where they are known."""
    return {
        "channel": tuple(channel.name for channel in world.channels),
        "bank": tuple(bank.name for bank in world.banks),
        "tier": tuple(tier.name for tier in world.tiers),
        "endpoint": tuple(world.servers.seconds),
        "client": (OWN_APP, *(client.id for client in world.clients)),
        "region": tuple(world.regions),
        "app": tuple(world.apps),
        "method": tuple(Method),
    }


class FaultBoard:
    """The faults put in by hand, beside those that the lender had from its start."""

    def __init__(self, lender: Lender, world: World) -> None:
        self._lender = lender
        self._given = lender.faults
        self._slices = slices_of(world)
        self._faults: dict[str, Fault] = {}
        self._made = 0

    def add(self, body: FaultBody, now: float) -> str:
        """Break something from `now` on; gives the fault's id.

        Raises:
            Refused: BAD_REQUEST, it cannot be or matches nobody.
        """
        fault = self._fault(body, now)
        self._made += 1
        name = f"fault-{self._made}"
        self._drop_ended(now)
        self._faults[name] = fault
        self._apply(now)
        return name

    def heal(self, name: str, now: float) -> None:
        """Raises:
        Refused: NOT_FOUND.
        """
        if self._faults.pop(name, None) is None:
            raise Refused(Code.NOT_FOUND, status=404)
        self._apply(now)

    def heal_all(self, now: float) -> None:
        self._faults.clear()
        self._apply(now)

    def listed(self, now: float) -> Iterator[Mapping[str, Any]]:
        """Those that act, as they are shown."""
        for name, fault in self._faults.items():
            if fault.starts_at <= now < fault.ends_at:
                yield {
                    "id": name,
                    "kind": fault.kind,
                    "where": fault.where,
                    "strength": fault.force,
                    "reason": fault.reason,
                    "starts_at": fault.starts_at,
                    "ends_at": None if math.isinf(fault.ends_at) else fault.ends_at,
                }

    def _fault(self, body: FaultBody, now: float) -> Fault:
        if body.seconds is not None and not 0 < body.seconds < math.inf:
            raise bad_request("must be more than 0 - at `$.seconds`")
        for name, value in body.where.items():
            known = self._slices.get(name, (value,))
            if value not in known:
                raise bad_request(f"nobody has the {name} {value!r}, only {', '.join(known) or 'none'} - at `$.where`")
        ends_at = math.inf if body.seconds is None else now + body.seconds
        try:
            return Fault(kind=body.kind, starts_at=now, ends_at=ends_at, where=body.where, strength=body.strength)
        except ValueError as error:
            raise bad_request(str(error)) from None

    def _drop_ended(self, now: float) -> None:
        self._faults = {name: fault for name, fault in self._faults.items() if now < fault.ends_at}

    def _apply(self, now: float) -> None:
        self._lender.change_faults((*self._given, *self._faults.values()), now)


def kinds() -> list[Mapping[str, Any]]:
    """What can be broken, for a form: each kind with what its strength means and by what it can be narrowed."""
    return [
        {"kind": kind, "meaning": facts.meaning, "strength": facts.strength, "reason": facts.reason, "by": facts.slices}
        for kind, facts in FACTS.items()
    ]
