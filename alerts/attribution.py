"""Whom a reason hits: some values of a slice or trait, or all alike.

The thresholds are simple so that a notice can be checked by hand. At least `ENOUGH` attempts must be affected. A slice
is concentrated if at most half of its values hold `HELD` of the affected, at a share at least `TIMES` that of the other
values; otherwise the reason is spread evenly. Values with so few attempts that chance may have spared them prove
nothing: if all were hit alike, so few of the affected would be among the others with a probability of at most `CHANCE`;
else nothing is said. Attempts whose value nobody knows (`other`) are left out; if they are most of the affected nothing
is said either.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drawdown.outcome import OTHER
from drawdown.tally import Part, Tally

ENOUGH: Final = 10
HELD: Final = 0.9
TIMES: Final = 5.0
CHANCE: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What is known of one slice: `hit` are the values that a reason is concentrated in, empty when it is spread
    evenly; `spared` the others.
    """

    slice: str
    hit: tuple[Part, ...] = ()
    spared: tuple[Part, ...] = ()


def attribute(tally: Tally) -> tuple[Attribution, ...]:
    """One attribution for each slice of which something can be said."""
    found = (_attributed(name, parts, of=tally.affected) for name, parts in tally.slices.items())
    return tuple(attribution for attribution in found if attribution)


def _attributed(name: str, parts: Sequence[Part], *, of: int) -> Attribution | None:
    """`of` are all affected: where several journeys are added up, one may not tell a trait that another does."""
    known = [part for part in parts if part.value != OTHER and part.attempts]
    affected = sum(part.affected for part in known)
    if len(known) < 2 or affected < ENOUGH or affected * 2 < of:
        return None
    ranked = sorted(known, key=lambda part: (-part.affected, part.value))
    for count in range(1, len(ranked) // 2 + 1):
        hit, spared = ranked[:count], ranked[count:]
        if _concentrated(hit, spared):
            return Attribution(slice=name, hit=tuple(hit), spared=tuple(spared)) if _is_no_chance(hit, spared) else None
    return Attribution(slice=name, spared=tuple(ranked))


def _concentrated(hit: Sequence[Part], spared: Sequence[Part]) -> bool:
    inside, outside = _sum(hit), _sum(spared)
    held = inside.affected >= HELD * (inside.affected + outside.affected)
    return held and inside.affected * outside.attempts >= TIMES * outside.affected * inside.attempts


def _is_no_chance(hit: Sequence[Part], spared: Sequence[Part]) -> bool:
    """By Chernoff's bound on how few of the affected there are among the spared."""
    outside, everybody = _sum(spared), _sum((*hit, *spared))
    found, usual = outside.affected / everybody.affected, outside.attempts / everybody.attempts
    surprise = (1 - found) * math.log((1 - found) / (1 - usual)) + (found and found * math.log(found / usual))
    return everybody.affected * surprise >= -math.log(CHANCE)


def _sum(parts: Sequence[Part]) -> Part:
    return Part(value="", affected=sum(part.affected for part in parts), attempts=sum(part.attempts for part in parts))
