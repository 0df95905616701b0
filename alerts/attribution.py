"""Whom a reason hits: some values of a slice or trait, or all alike.

The thresholds are simple so that a notice can be checked by hand. At least `ENOUGH` attempts must be affected. A slice
is concentrated if at most half of its values hold `HELD` of the affected, at a share at least `TIMES` that of the other
values, and these are as they were before; otherwise the reason is spread evenly. Values with so few attempts that
chance may have spared them prove nothing: if all were hit alike, so few of the affected would be among the others with
a probability of at most `CHANCE`; else nothing is said. Attempts whose value nobody knows (`other`) are left out; if
they are most of the affected nothing is said either.

Slices hang together: a channel that is down hits the banks that are paid through it. Of several that are concentrated
one explains the most, by its likelihood. Another is its shadow, and is not told, if within the part that is hit it is
spread evenly; if it is concentrated there too, the fault is where both meet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alerts.incident import Impact
from drawdown.outcome import OTHER
from drawdown.tally import Part, Tally

ENOUGH: Final = 10
HELD: Final = 0.9
TIMES: Final = 5.0
CHANCE: Final = 1e-4
SPARED: Final = 0.01
"""Share of the others that may be affected beside twice what is usual for them."""

NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What is known of one slice: `hit` are the values that a reason is concentrated in, empty when it is spread
    evenly; `spared` the others.
    """

    slice: str
    hit: tuple[Part, ...] = ()
    spared: tuple[Part, ...] = ()


def attribute(tally: Tally, before: Tally = NOTHING) -> tuple[Attribution, ...]:
    """One attribution for each slice of which something can be said. `before` is what is normal."""
    found = (
        _attributed(name, parts, before.slices.get(name, ()), of=tally.affected) for name, parts in tally.slices.items()
    )
    return tuple(attribution for attribution in found if attribution)


def _attributed(name: str, parts: Sequence[Part], before: Sequence[Part], *, of: int) -> Attribution | None:
    """`of` are all affected: where several journeys are added up, one may not tell a trait that another does."""
    known = [part for part in parts if part.value != OTHER and part.attempts]
    affected = sum(part.affected for part in known)
    if len(known) < 2 or affected < ENOUGH or affected * 2 < of:
        return None
    ranked = sorted(known, key=lambda part: (-part.affected, part.value))
    for count in range(1, len(ranked) // 2 + 1):
        hit, spared = ranked[:count], ranked[count:]
        if _concentrated(hit, spared) and _is_normal(spared, before):
            return Attribution(slice=name, hit=tuple(hit), spared=tuple(spared)) if _is_no_chance(hit, spared) else None
    return Attribution(slice=name, spared=tuple(ranked))


def _concentrated(hit: Sequence[Part], spared: Sequence[Part]) -> bool:
    inside, outside = _sum(hit), _sum(spared)
    held = inside.affected >= HELD * (inside.affected + outside.affected)
    return held and inside.affected * outside.attempts >= TIMES * outside.affected * inside.attempts


def whom(impact: Impact) -> tuple[Attribution, ...]:
    """What is to be told of an incident's reach: what explains it first, and no shadows."""
    found = (each for each in attribute(impact.since, impact.before) if each.slice not in impact.shadows)
    return tuple(sorted(found, key=lambda each: -likelihood(each)))


def likelihood(found: Attribution) -> float:
    """By how much what is seen is more likely if the values that are hit have a share of their own (a logarithm)."""
    inside, outside = _sum(found.hit), _sum(found.spared)
    return _likelihood(inside) + _likelihood(outside) - _likelihood(_sum((inside, outside)))


def _likelihood(part: Part) -> float:
    shares = (part.affected, part.attempts - part.affected)
    return sum(count * math.log(count / part.attempts) for count in shares if count)


def _is_normal(parts: Sequence[Part], before: Sequence[Part]) -> bool:
    """Whether `parts` are affected as they were `before`, or hardly more, give or take chance."""
    values = {part.value for part in parts}
    now, usual = _sum(parts), _sum([part for part in before if part.value in values])
    expected = now.attempts * (SPARED + 2 * usual.affected / max(1, usual.attempts))
    return now.affected <= expected + 1 + 3 * math.sqrt(expected)


def _is_no_chance(hit: Sequence[Part], spared: Sequence[Part]) -> bool:
    """By Chernoff's bound on how few of the affected there are among the spared."""
    outside, everybody = _sum(spared), _sum((*hit, *spared))
    found, usual = outside.affected / everybody.affected, outside.attempts / everybody.attempts
    surprise = (1 - found) * math.log((1 - found) / (1 - usual)) + (found and found * math.log(found / usual))
    return everybody.affected * surprise >= -math.log(CHANCE)


def _sum(parts: Sequence[Part]) -> Part:
    return Part(value="", affected=sum(part.affected for part in parts), attempts=sum(part.attempts for part in parts))
