"""Chance that does not depend on who asks first: a number for a text, the same in every run."""

import hashlib
from collections.abc import Iterable


def share_of(text: str) -> float:
    """A number in [0, 1), evenly spread over texts."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def choose(weighted: Iterable[tuple[str, float]], share: float) -> str:
    """The name at `share` of the way through the weights, which need not add up to 1."""
    choices = tuple(weighted)
    left = share * sum(weight for _, weight in choices)
    for name, weight in choices:
        left -= weight
        if left < 0:
            return name
    return choices[-1][0]
