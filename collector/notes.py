"""What is done to slots, written down instead of done: so that it can be done many times at once."""

from dataclasses import dataclass

from collector.slots import Slots
from drawdown.catalogue import Metric


@dataclass(frozen=True, slots=True)
class Addition:
    """A counter grows."""

    slot: int
    amount: float


@dataclass(frozen=True, slots=True)
class Latest:
    """A gauge that is raised to when an outcome ended."""

    slot: int


@dataclass(frozen=True, slots=True)
class Observation:
    """`which` of the durations goes into the histogram that begins at slot `first`."""

    first: int
    buckets: tuple[float, ...]
    which: int


Note = Addition | Latest | Observation


class NotingSlots(Slots):
    """Slots that write down what is done to them instead of doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []

    def add(self, metric: Metric, values: tuple[str, ...], amount: float = 1.0) -> None:
        self.notes.append(Addition(self.open(metric, values), amount))

    def raise_to(self, metric: Metric, values: tuple[str, ...], value: float) -> None:  # noqa: ARG002 - it is told later
        self.notes.append(Latest(self.open(metric, values)))

    def observe(self, metric: Metric, values: tuple[str, ...], seconds: float) -> None:
        self.notes.append(Observation(self.open(metric, values), metric.buckets, round(seconds)))

    def taken(self) -> tuple[Note, ...]:
        """The notes since the last time."""
        notes, self.notes = tuple(self.notes), []
        return notes
