"""What an hour of the sandbox costs: the lender and its borrowers alone, in simulated time, on one core.
`python -m bench.sandbox --help`
"""

import argparse
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox import Fault, FaultKind, World
from sandbox.demand import Demand
from sandbox.simulation import simulate
from sandbox.world import ServerPool

START = 1_700_000_000.0
HOUR = 3600.0
BUDGET = 10.0
"""Seconds of one core that an hour of a whole scenario may take, the monitor included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is simulated: the world as it is shipped, sized for the rate, unless it says otherwise."""

    name: str
    demand: Demand
    faults: Sequence[Fault] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description="Processor time of the simulated lender and its borrowers.")
    parser.add_argument("--seconds", type=float, default=HOUR, help="simulated for each case (default an hour)")
    parser.add_argument("--rate", type=float, default=50.0, help="borrowers a second (default 50)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| | attempts | processor, s | attempts a second | an hour, s | of the budget |")
    print("|---|---|---|---|---|---|")
    for case in _cases(options.rate, options.seconds):
        print(_line(case, options.seconds, options.seed), flush=True)


def _cases(rate: float, seconds: float) -> Iterator[Case]:
    yield Case(name="peace", demand=Demand(rate=rate))
    yield Case(
        name="a channel times out", demand=Demand(rate=rate), faults=(_fault(FaultKind.CHANNEL_TIMEOUT, seconds),)
    )
    yield Case(name="a step-up for all", demand=Demand(rate=rate), faults=(_fault(FaultKind.STEP_UP, seconds),))
    persistent = Demand(rate=rate, persistence=0.6)
    yield Case(
        name="servers are slow, and retries", demand=persistent, faults=(_fault(FaultKind.SLOW_SERVERS, seconds),)
    )


def _fault(kind: FaultKind, seconds: float) -> Fault:
    """In the middle third of the time."""
    where = {"channel": "alpha"} if kind is FaultKind.CHANNEL_TIMEOUT else {}
    return Fault(kind=kind, starts_at=START + seconds / 3, ends_at=START + seconds * 2 / 3, where=where)


def _line(case: Case, seconds: float, seed: int) -> str:
    world = World(servers=ServerPool(workers=64))
    before = _processor()
    events = sum(1 for _ in simulate(world, case.faults, case.demand, start=START, seconds=seconds, seed=seed))
    used = _processor() - before
    hour = used * HOUR / seconds
    return f"| {case.name} | {events:,} | {used:.1f} | {events / used:,.0f} | {hour:.1f} | {hour / BUDGET:.0%} |"


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
