"""Chance that does not depend on who asks first: a number for a text, the same in every run."""

import hashlib
import struct
from collections.abc import Iterable

_FOUR = struct.Struct("<4I")


def share_of(text: str) -> float:
    """A number in [0, 1), evenly spread over texts."""
    return shares_of(text)[0]


def shares_of(text: str) -> tuple[float, float, float, float]:
    """Four such numbers that have nothing to do with each other."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    first, second, third, fourth = _FOUR.unpack(digest)
    return first / 2**32, second / 2**32, third / 2**32, fourth / 2**32


def choose(weighted: Iterable[tuple[str, float]], share: float) -> str:
    """The name at `share` of the way through the weights, which need not add up to 1."""
    choices = tuple(weighted)
    left = share * sum(weight for _, weight in choices)
    for name, weight in choices:
        left -= weight
        if left < 0:
            return name
    return choices[-1][0]
