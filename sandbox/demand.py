"""How many borrowers come, and when: what a crowd is made of, as a frozen value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """`rate` borrowers a second on average, at random (Poisson)."""

    rate: float = 20.0
