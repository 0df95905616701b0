"""Whom a reason hits: some values of a slice or trait, or all alike.

Some reasons are never away: a lender declines a few, more of one tier than of another. So what counts is how many more
attempts are affected than the shares of the time before make one expect, the excess.

The thresholds are simple so that a notice can be checked by hand. There must be an excess of at least `ENOUGH`. A slice
is concentrated if some of its values, the fewest, hold `HELD` of it, at a share of their attempts at least `TIMES` that
of the other values, and these are as they were before. Most of the values must be hit alike to be told, else all feel
the same fault, some more and some less. Otherwise the reason is spread evenly. Values with so few attempts that chance
may have spared them prove nothing: if all were hit alike, so few of the affected would be among the others with a
probability of at most `CHANCE`; else nothing is said. Attempts whose value nobody knows (`other`) are left out; if they
are most of the affected nothing is said either.

Slices hang together: a channel that is down hits the banks that are paid through it. Of several that are concentrated
one explains the most, by its likelihood. Another is its shadow, and is not told, if within the part that is hit it is
spread evenly; if it is concentrated there too, the fault is where both meet.
"""

import math
from collections.abc import Mapping, Sequence
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

_FEW: Final = 50
"""Attempts before that are too few to learn from them what is usual for a value."""

_Shares = Mapping[str, float]


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
        _attributed(name, parts, _usual(before.slices.get(name, ())), of=tally.affected)
        for name, parts in tally.slices.items()
    )
    return tuple(attribution for attribution in found if attribution)


def _usual(before: Sequence[Part]) -> _Shares:
    return {part.value: part.affected / max(_FEW, part.attempts) for part in before}


def _attributed(name: str, parts: Sequence[Part], usual: _Shares, *, of: int) -> Attribution | None:
    """`of` are all affected: where several journeys are added up, one may not tell a trait that another does."""
    known = [part for part in parts if part.value != OTHER and part.attempts]
    if len(known) < 2 or _excess(known, usual) < ENOUGH or _sum(known).affected * 2 < of:
        return None
    ranked = sorted(known, key=lambda part: (-_excess([part], usual), part.value))
    most = len(ranked) // 2
    for count in range(1, len(ranked)):
        hit, spared = ranked[:count], ranked[count:]
        if _concentrated(hit, spared, usual) and _is_normal(spared, usual) and (count <= most or _alike(hit, usual)):
            found = Attribution(slice=name, hit=tuple(hit), spared=tuple(spared))
            return found if _is_no_chance(hit, spared, usual) else None
    return Attribution(slice=name, spared=tuple(ranked))


def _concentrated(hit: Sequence[Part], spared: Sequence[Part], usual: _Shares) -> bool:
    inside, outside = _excess(hit, usual), _excess(spared, usual)
    held = inside >= HELD * (inside + outside)
    return held and inside * _sum(spared).attempts >= TIMES * outside * _sum(hit).attempts


def _alike(hit: Sequence[Part], usual: _Shares) -> bool:
    """Whether no value has less than half the share of another."""
    shares = [_excess([part], usual) / part.attempts for part in hit]
    return 2 * min(shares) >= max(shares)


def _excess(parts: Sequence[Part], usual: _Shares) -> float:
    return max(0.0, _sum(parts).affected - _expected(parts, usual))


def _expected(parts: Sequence[Part], usual: _Shares) -> float:
    """How many of `parts` would be affected as usual."""
    return sum(part.attempts * usual.get(part.value, 0.0) for part in parts)


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


def _is_normal(parts: Sequence[Part], usual: _Shares) -> bool:
    """Whether `parts` are affected as usual, or hardly more, give or take chance."""
    now = _sum(parts)
    expected = SPARED * now.attempts + 2 * _expected(parts, usual)
    return now.affected <= expected + 1 + 3 * math.sqrt(expected)


def _is_no_chance(hit: Sequence[Part], spared: Sequence[Part], usual: _Shares) -> bool:
    """By Chernoff's bound on how few of the affected there are among the spared, where the excess is everybody's."""
    everybody, outside = (*hit, *spared), _sum(spared)
    theirs = _excess(everybody, usual) * outside.attempts / _sum(everybody).attempts
    affected = _sum(everybody).affected
    alike, found = (_expected(spared, usual) + theirs) / affected, outside.affected / affected
    surprise = (1 - found) * math.log((1 - found) / (1 - alike)) + (found and found * math.log(found / alike))
    return found < alike and affected * surprise >= -math.log(CHANCE)


def _sum(parts: Sequence[Part]) -> Part:
    return Part(value="", affected=sum(part.affected for part in parts), attempts=sum(part.attempts for part in parts))
