"""How many attempts and whose were hit by a reason: what a notice and the console say of an incident's reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drawdown.outcome import Origin
from drawdown.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The attempts with one value of a slice or trait: how many were hit, of how many."""

    value: str
    affected: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Attempts of one journey between two times. `affected` of `attempts` ended with the reason asked for."""

    attempts: int = 0
    affected: int = 0
    borrowers: int = 0
    """Different borrowers among the affected; attempts without a borrower count as one each."""
    unexplained: int = 0
    """Affected whose borrower was shown no reason."""
    steps: Mapping[str, int] = field(default_factory=dict)
    """Affected by the step in which they ended, most first."""
    slices: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    """By slice (channel, bank, tier), by trait (region, app) where one was told: its values, most affected first."""
    codes: Mapping[str, int] = field(default_factory=dict)
    """Affected by the lender's own code, most first."""

    @property
    def share(self) -> float | None:
        """Affected over attempts, None without attempts."""
        return self.affected / self.attempts if self.attempts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A part of the attempts: those that have one of `values` of a slice or trait."""

    slice: str
    values: frozenset[str]


class Witnesses(Protocol):
    """Who remembers single outcomes."""

    def tally(  # noqa: PLR0913 - what single outcomes are told apart by
        self, *, origin: Origin, journey: str, reason: Reason, since: float, until: float, within: Within | None = None
    ) -> Tally:
        """Count the attempts that ended with `since <= ended_at < until` (Unix seconds); of these only a part where
        that is asked for.
        """
