"""Chance that does not depend on who asks first: numbers in [0, 1) for a text or for a number, and endless draws.

What a number gets is the mixing function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
generators", 2014), which is quick over whole columns and gives the same one by one.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WHOLE = (1 << 64) - 1
_UNIT = 2.0**-53
_AT_ONCE = 1024


def number_of(text: str) -> int:
    """The number that digits say; another text gets one of its own."""
    if len(text) <= 18 and text.isascii() and text.isdigit():
        return int(text)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def share_of(text: str) -> float:
    """A number in [0, 1), evenly spread over texts."""
    return chance_of(number_of(text), 0)


def chance_of(number: int, about: int) -> float:
    """A number in [0, 1), evenly spread over `number`; for another subject `about` it is another."""
    mixed = (number + about * _GOLDEN) & _WHOLE
    mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _WHOLE
    mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _WHOLE
    return ((mixed ^ (mixed >> 31)) >> 11) * _UNIT


def chances_of(numbers: NDArray[np.uint64], about: int) -> NDArray[np.float64]:
    """`chance_of` of each."""
    mixed = numbers + np.uint64((about * _GOLDEN) & _WHOLE)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
    mixed = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)
    return mixed.astype(np.float64) * _UNIT


def generator(name: str) -> np.random.Generator:
    """Chance for the one who has this name, the same in every run."""
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest()))


def endless(draw: Callable[[], NDArray[np.float64]]) -> Iterator[float]:
    """What `draw` draws, again and again, one by one."""
    return chain.from_iterable(draw().tolist() for _ in repeat(None))


def uniforms(name: str) -> Iterator[float]:
    """Numbers in [0, 1) without end."""
    chance = generator(name)
    return endless(lambda: chance.random(_AT_ONCE))


def lognormals(name: str, *, median: float = 1.0, sigma: float) -> Iterator[float]:
    """Log-normal numbers without end; `sigma` is the deviation of their logarithm."""
    chance, middle = generator(name), math.log(median)
    return endless(lambda: np.exp(chance.normal(middle, sigma, _AT_ONCE)))


class Weights:
    """Names with weights, which need not add up to 1."""

    def __init__(self, weighted: Iterable[tuple[str, float]]) -> None:
        pairs = tuple(weighted)
        self.names = tuple(name for name, _ in pairs)
        total = sum(weight for _, weight in pairs)
        self._ends = np.cumsum([weight / total for _, weight in pairs])[:-1]

    def places(self, shares: NDArray[np.float64]) -> NDArray[np.intp]:
        """Where in `names` those are that stand at `shares` of the way through the weights."""
        return np.searchsorted(self._ends, shares, side="right")

    def names_at(self, places: NDArray[np.intp]) -> list[str]:
        return [self.names[at] for at in places.tolist()]

    def choose_each(self, shares: NDArray[np.float64]) -> list[str]:
        """The names at `shares` of the way through the weights."""
        return self.names_at(self.places(shares))
