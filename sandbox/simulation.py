"""A lender and its borrowers without sockets and without waiting: what their apps report, in the order of time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sandbox.agenda import Agenda
from sandbox.attempt import App
from sandbox.borrowers import Crowd
from sandbox.demand import Demand
from sandbox.fault import Fault
from sandbox.lender import Lender
from sandbox.own_key import with_own_key
from sandbox.report import REPORT_EVERY, Event
from sandbox.reviewing import BackOffice, reviewing
from sandbox.world import World

_AT_ONCE = 1.0


def simulate(  # noqa: PLR0913 - what there is, and the run's three numbers by name
    world: World, faults: Sequence[Fault], demand: Demand, *, start: float, seconds: float, seed: int
) -> Iterator[tuple[float, Event]]:
    """What is reported from `start` (Unix seconds) for `seconds`, each with the second at which it arrives, in that
    order. Faults act by their own times. The same arguments give the same events. Nobody comes back to ask about a
    loan, so the lender keeps no books.
    """
    told: list[tuple[float, Event]] = []

    def tell(now: float, event: Event) -> None:
        told.append((math.ceil(now / REPORT_EVERY) * REPORT_EVERY, event))

    lender = Lender(replace(world, memory=0.0), seed=seed, faults=tuple(faults))
    agenda = Agenda()
    lender.on_refusal = reviewing(BackOffice(world.reviewers, world.rules, seed=seed), agenda, tell)
    Crowd(App(lender=with_own_key(lender), agenda=agenda, tell=tell), demand, seed=seed).begin(start)
    now, end = start, start + seconds
    while now < end:
        now = min(now + _AT_ONCE, end)
        agenda.run_until(now)
        yield from told
        told.clear()
