"""Which colour a reason has: the same in all pictures of a page."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from drawdown.reasons import Reason

COLOURS: Final = (
    "#d1495b", "#3a86b7", "#c97a1e", "#8e6bbf", "#1e781e", "#e45dc0",
    "#815d4b", "#54a51e", "#275dd2", "#ae3093", "#ae78ff", "#788a66",
)  # fmt: skip
"""Far from each other, and to be seen on white as on black."""


def colours(pictures: Iterable[Collection[Reason]]) -> Mapping[Reason, str]:
    """A colour for each reason of some pictures. Where there are more reasons than colours, some share one: those first
    that no picture shows together.
    """
    shown = [frozenset(each) for each in pictures]
    often = Counter(reason for each in shown for reason in each)
    given: dict[Reason, str] = {}
    for reason in sorted(often, key=lambda reason: (-often[reason], reason)):
        beside = Counter(given[other] for each in shown if reason in each for other in each if other in given)
        taken = Counter(given.values())
        given[reason] = min(COLOURS, key=lambda colour: (beside[colour], taken[colour]))
    return given
