"""A scenario and its truth, as frozen values. Times are Unix seconds of the scenario's own day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drawdown.reasons import Blame, Reason
from sandbox.demand import Demand
from sandbox.fault import Fault
from sandbox.world import World


class Family(StrEnum):
    """What a scenario asks of a monitor."""

    FULL = "full"
    """A cause at full strength for everybody."""
    SLICE = "slice"
    """A cause for a part of the borrowers only."""
    TWO = "two"
    """Two causes at once, or one that brings another about."""
    SHAPE = "shape"
    """Slow onset, flapping, the night: the same causes in a form that is hard to see."""
    QUIET = "quiet"
    """Nothing is wrong with the lender."""


class OwnKind(StrEnum):
    """What befalls the monitor itself."""

    NETWORK_GONE = "network_gone"
    """No report reaches it; what was not delivered comes when the network is back."""
    STARVED = "starved"
    """Its loop stands still: no report is taken and no rule evaluated."""
    CLOCK_STEP = "clock_step"
    """Its clock is set forward or back by so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """From `starts_at` to `ends_at`; a clock is set `by` seconds at `starts_at`."""

    kind: OwnKind
    starts_at: float
    ends_at: float
    by: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A synthetic borrower of the monitor's own, who draws and gives back `every` so many seconds."""

    every: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An incident that a perfect monitor opens: told within `within` seconds of `starts_at` and resolved within
    `resolves_within` seconds of `ends_at`. A `page` wakes somebody; else a ticket is enough. `where` are the values of
    slices that it is concentrated in, nothing where it hits all alike.
    """

    reason: Reason
    blame: Blame
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: bool = True
    starts_at: float
    ends_at: float
    within: float
    resolves_within: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens from `start` for `seconds`, and the truth about it: what is `expected`, in the order of time, and
    the reasons that may be told `beside` it without being wrong.
    """

    name: str
    title: str
    family: Family
    start: float
    seconds: float
    world: World
    demand: Demand
    faults: tuple[Fault, ...] = ()
    probe: Probe | None = Probe()
    own: tuple[OwnEvent, ...] = ()
    expected: tuple[Expected, ...] = ()
    beside: frozenset[Reason] = frozenset()
