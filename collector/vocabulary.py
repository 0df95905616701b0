"""The words that outcomes may use: which journeys there are, their steps, and the values of their slices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from drawdown.outcome import OTHER, SLICES, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyWords:
    """The words of one journey. `slices` holds the values that the configuration lists; borrowers may also send
    others, which are counted as `other`. A probe has one value for each slice. Manual runs use the words of the probe.
    """

    origin: Origin
    journey: str
    steps: tuple[str, ...] = ()
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    location: str = "local"
    """Where a probe runs."""

    def values(self, slice_: str) -> tuple[str, ...]:
        """What the label `slice_` can hold."""
        listed = tuple(dict.fromkeys(self.slices.get(slice_, ())))
        if listed and self.origin is not Origin.BORROWER:
            return listed
        return listed if OTHER in listed else (*listed, OTHER)

    def combinations(self) -> Iterator[tuple[str, ...]]:
        """Every combination of values, in the order of `SLICES`."""
        return product(*(self.values(slice_) for slice_ in SLICES))

    def lists(self, slice_: str, value: str) -> bool:
        """Whether the configuration lists `value`."""
        return value in self.slices.get(slice_, ())

    def spoken_by(self, origin: Origin) -> "JourneyWords":
        """The same words for another origin."""
        return JourneyWords(origin=origin, journey=self.journey, steps=self.steps, slices=self.slices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All journeys that outcomes can belong to."""

    journeys: tuple[JourneyWords, ...] = ()

    def words(self, origin: Origin, journey: str) -> JourneyWords | None:
        """The words of a journey, None if there is no such journey."""
        listed = Origin.PROBE if origin is Origin.MANUAL else origin
        return next((words for words in self.journeys if (words.origin, words.journey) == (listed, journey)), None)

    def names(self, origin: Origin) -> tuple[str, ...]:
        """The journeys of one origin, sorted."""
        return tuple(sorted(words.journey for words in self.journeys if words.origin is origin))
