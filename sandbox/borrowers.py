"""A crowd of borrowers: people with a phone and an app, who come to draw money."""

import math
from collections.abc import Iterator
from functools import partial
from itertools import count

import msgspec
import numpy as np

from sandbox.attempt import App, Attempt, Borrower
from sandbox.calls import Calls
from sandbox.chance import Weights, endless, generator, uniforms
from sandbox.demand import Demand

_FIRST_PHONE, _PHONES = 13_900_000_000, 100_000_000
_INSISTENT_PHONE = 13_800_100_000
_AT_ONCE = 1024
_MOST_RETURNS = 5
_ABOVE_LIMIT, _CANCEL = 0.01, 0.01
_SOONEST, _LATEST = 180.0, 3300.0
_PACE_SPREAD = 0.5
_RIGHT_AT_ONCE = 0.8


class Crowd:
    """Borrowers who come to `app` as `demand` says. One seed gives one crowd."""

    def __init__(self, app: App, demand: Demand, *, seed: int) -> None:
        self._app = app
        self._demand = demand
        self._borrowers = _borrowers(app.lender, demand, seed)
        self._gaps = _gaps(seed)
        self._memories = uniforms(f"passwords/{seed}")
        self._came = 0
        self._began_at = 0.0
        self._rate = 0.0
        self._steady_until = -math.inf

    def begin(self, now: float) -> None:
        """They come from `now` on, one after the other."""
        self._began_at = now
        self._name = f"app-{round(now * 1000):x}"
        self._expect(now)
        if self._demand.insistent.tries:
            self._insist(now)

    def _expect(self, now: float) -> None:
        """Write down when the next one comes: as many after the last one as come in one gap of a rate that changes."""
        left = next(self._gaps)
        while True:
            if now >= self._steady_until:
                self._rate = self._demand.rate_at(now, self._began_at)
                self._steady_until = self._demand.steady_until(now, self._began_at)
            if left < self._rate * (self._steady_until - now):
                self._app.agenda.at(now + left / self._rate, self._arrive)
                return
            if self._steady_until == math.inf:
                return
            left -= self._rate * (self._steady_until - now)
            now = self._steady_until

    def _arrive(self, now: float) -> None:
        borrower = next(self._borrowers)
        if self._demand.forgetting.lasts:
            borrower = self._with_memory(borrower, now)
        Attempt(f"{self._name}-{self._came}", borrower, self._app, now, now, []).begin(now)
        self._came += 1
        self._expect(now)

    def _with_memory(self, borrower: Borrower, now: float) -> Borrower:
        """He, if his password is in his head; else he without it."""
        forgetting = self._demand.forgetting
        forgets = forgetting.is_on(now - self._began_at) and next(self._memories) < forgetting.share
        return msgspec.structs.replace(borrower, knows_password=False) if forgets else borrower

    def _insist(self, now: float) -> None:
        """One whom the lender declines comes back again and again."""
        insistent, borrower = self._demand.insistent, _declined(self._app.lender)
        for number in range(insistent.tries):
            at = now + insistent.after + number * insistent.every
            self._app.agenda.at(at, partial(self._try_again, borrower, number))

    def _try_again(self, borrower: Borrower, number: int, now: float) -> None:
        Attempt(f"{self._name}-again-{number}", borrower, self._app, now, now, []).begin(now)


def _declined(lender: Calls) -> Borrower:
    """The first one whose score is too low."""
    blocks = (lender.applicants.block(first, _AT_ONCE) for first in count(_INSISTENT_PHONE, _AT_ONCE))
    applicant = next(one for block in blocks for one in block if one.margin < 0)
    card = next(iter(lender.applicants.cards(0, [lender.world.banks[0].name])))
    return Borrower(applicant, card, share_wanted=0.5, cancels=False)


def _gaps(seed: int) -> Iterator[float]:
    """Seconds between borrowers where one comes a second on average."""
    chance = generator(f"gaps/{seed}")
    return endless(lambda: chance.exponential(size=_AT_ONCE))


def _borrowers(lender: Calls, demand: Demand, seed: int) -> Iterator[Borrower]:
    """All of a borrower's chances are drawn with him, so that they do not depend on what the others do."""
    chance, later = generator(f"crowd/{seed}"), generator(f"returning/{seed}")
    checking = generator(f"checks/{seed}")
    banks = Weights((bank.name, bank.share) for bank in lender.world.banks)
    first = int(chance.integers(_PHONES))
    while True:
        number = _FIRST_PHONE + first
        chosen = banks.choose_each(chance.random(_AT_ONCE))
        wanted = chance.uniform(0.1, 1.0, _AT_ONCE)
        wanted[chance.random(_AT_ONCE) < _ABOVE_LIMIT] = 1.2
        columns = (
            lender.applicants.block(number, _AT_ONCE),
            lender.applicants.cards(number, chosen),
            wanted.tolist(),
            (chance.random(_AT_ONCE) < _CANCEL).tolist(),
            _returns(chance, demand),
            _comings(later, demand),
            _paces(checking, demand),
            _slips(checking),
        )
        yield from map(Borrower, *columns)
        first = (first + _AT_ONCE) % _PHONES


def _comings(chance: np.random.Generator, demand: Demand) -> list[float]:
    """Seconds after his loan at which each one comes for another, 0 for never."""
    after = chance.uniform(_SOONEST, _LATEST, _AT_ONCE)
    after[chance.random(_AT_ONCE) >= demand.returning] = 0.0
    return [float(each) for each in after.tolist()]


def _returns(chance: np.random.Generator, demand: Demand) -> list[int]:
    """How often each one tries again if nothing comes of it."""
    if not demand.persistence:
        return [0] * _AT_ONCE
    tries = chance.geometric(max(1e-6, 1.0 - demand.persistence), _AT_ONCE)
    return [min(int(each) - 1, _MOST_RETURNS) for each in tries]


def _paces(chance: np.random.Generator, demand: Demand) -> list[float]:
    """How many times as long as usual each one takes over an identity check; 0, he does none."""
    does = chance.random(_AT_ONCE) < demand.obliging
    paces: list[float] = (does * chance.lognormal(0.0, _PACE_SPREAD, _AT_ONCE)).tolist()
    return paces


def _slips(chance: np.random.Generator) -> list[int]:
    """How many answers of each one are wrong before the right one."""
    slips: list[int] = (chance.geometric(_RIGHT_AT_ONCE, _AT_ONCE) - 1).tolist()
    return slips
