"""A lender and its borrowers without sockets and without waiting: what their apps report, in the order of time."""

import math
from collections.abc import Iterator, Sequence

from sandbox.agenda import Agenda
from sandbox.attempt import App
from sandbox.borrowers import Crowd
from sandbox.demand import Demand
from sandbox.fault import Fault
from sandbox.heard import hearing
from sandbox.hearing import FAULTS as CALLBACK_FAULTS
from sandbox.lender import Lender
from sandbox.own_key import with_own_key
from sandbox.report import REPORT_EVERY, Event
from sandbox.reviewing import BackOffice, reviewing
from sandbox.wire import LenderAnswer, LenderRequest
from sandbox.world import World

_AT_ONCE = 1.0


class Simulation:
    """A lender and its borrowers, who come from `start` (Unix seconds) on. Faults act by their own times. The same
    arguments give the same events. The lender keeps books of those alone who come back, or who ask over HTTP. Callbacks
    are reported where some fault disturbs them.
    """

    def __init__(self, world: World, faults: Sequence[Fault], demand: Demand, *, start: float, seed: int) -> None:
        self._lender = Lender(world, seed=seed, faults=tuple(faults))
        self._agenda = Agenda()
        self._told: list[tuple[float, Event]] = []
        back_office = BackOffice(world.reviewers, world.rules, seed=seed)
        self._lender.on_refusal = reviewing(back_office, self._agenda, self._tell)
        if any(fault.kind in CALLBACK_FAULTS for fault in faults):
            self._lender.on_payout = hearing(self._agenda, self._tell)
        app = App(lender=with_own_key(self._lender), agenda=self._agenda, tell=self._tell, forgetful=True)
        Crowd(app, demand, seed=seed).begin(start)

    def run_until(self, now: float) -> None:
        """Let all happen that is due by `now`."""
        self._agenda.run_until(now)

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What the lender says to `request` over HTTP, in its turn among what borrowers ask. Never raises."""
        self.run_until(now)
        return self._lender.answer(request, now)

    def told(self) -> list[tuple[float, Event]]:
        """What has been reported since the last time, in the order of time."""
        told, self._told = self._told, []
        return told

    def _tell(self, now: float, event: Event) -> None:
        self._told.append((math.ceil(now / REPORT_EVERY) * REPORT_EVERY, event))


def simulate(  # noqa: PLR0913 - what there is, and the run's three numbers by name
    world: World, faults: Sequence[Fault], demand: Demand, *, start: float, seconds: float, seed: int
) -> Iterator[tuple[float, Event]]:
    """What is reported in a `Simulation` from `start` for `seconds`, each with the second at which it arrives, in that
    order.
    """
    simulation = Simulation(world, faults, demand, start=start, seed=seed)
    now, end = start, start + seconds
    while now < end:
        now = min(now + _AT_ONCE, end)
        simulation.run_until(now)
        yield from simulation.told()
