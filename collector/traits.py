"""Attempts by region and by app version: nobody lists the values, so that they are bounded here."""

from collections.abc import Mapping
from typing import Final

from collector.slots import Slots
from drawdown.catalogue import FOLDED, TRAIT_ATTEMPTS
from drawdown.outcome import OTHER
from drawdown.reasons import Reason

MOST_VALUES: Final = 50
"""Of one trait in one journey; each has a series for every reason."""


class Traits:
    """The series of attempts by trait. A value has them from the first attempt that tells it until the end, all that
    can be, so that what was normal is known of a reason that has never been. The first `MOST_VALUES` that come are told
    apart, the others are `other`: what is counted cannot be moved to a value that is used more later.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._values: dict[tuple[str, str], set[str]] = {}

    def count(self, journey: str, traits: Mapping[str, str], reason: Reason) -> None:
        """Count an attempt of a borrower under each trait that it tells."""
        for trait, metric in TRAIT_ATTEMPTS.items():
            if value := traits.get(trait):
                self._slots.add(metric, (journey, self._placed(journey, trait, value), reason))

    def _placed(self, journey: str, trait: str, value: str) -> str:
        known = self._values.setdefault((journey, trait), set())
        if value not in known and value != OTHER and len(known) >= MOST_VALUES:
            self._slots.add(FOLDED, (trait,))
            value = OTHER
        if value not in known:
            known.add(value)
            for reason in Reason:
                self._slots.open(TRAIT_ATTEMPTS[trait], (journey, value, reason))
        return value
