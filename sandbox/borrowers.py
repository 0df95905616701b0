"""A crowd of borrowers: people with a phone and an app, who come to draw money."""

from collections.abc import Iterator

from sandbox.attempt import App, Attempt, Borrower
from sandbox.calls import Calls
from sandbox.chance import Weights, generator
from sandbox.demand import Demand

_FIRST_PHONE, _PHONES = 13_900_000_000, 100_000_000
_AT_ONCE = 1024
_ABOVE_LIMIT, _CANCEL = 0.01, 0.01


class Crowd:
    """Borrowers who come to `app` as `demand` says, and never twice. One seed gives one crowd."""

    def __init__(self, app: App, demand: Demand, *, seed: int) -> None:
        self._app = app
        self._rate = demand.rate
        self._borrowers = _borrowers(app.lender, seed)
        self._gaps = _gaps(seed)
        self._came = 0

    def begin(self, now: float) -> None:
        """They come from `now` on, one after the other."""
        self._name = f"app-{round(now * 1000):x}"
        if self._rate > 0:
            self._expect(now)

    def _expect(self, now: float) -> None:
        self._app.agenda.at(now + next(self._gaps) / self._rate, self._arrive)

    def _arrive(self, now: float) -> None:
        Attempt(f"{self._name}-{self._came}", next(self._borrowers), self._app, now, now, []).begin(now)
        self._came += 1
        self._expect(now)


def _gaps(seed: int) -> Iterator[float]:
    """Seconds between borrowers where one comes a second on average."""
    chance = generator(f"gaps/{seed}")
    while True:
        yield from chance.exponential(size=_AT_ONCE).tolist()


def _borrowers(lender: Calls, seed: int) -> Iterator[Borrower]:
    """All of a borrower's chances are drawn with him, so that they do not depend on what the others do."""
    chance = generator(f"crowd/{seed}")
    banks = Weights((bank.name, bank.share) for bank in lender.world.banks)
    first = int(chance.integers(_PHONES))
    while True:
        number = _FIRST_PHONE + first
        chosen = [banks.names[at] for at in banks.choose_each(chance.random(_AT_ONCE))]
        wanted = chance.uniform(0.1, 1.0, _AT_ONCE)
        wanted[chance.random(_AT_ONCE) < _ABOVE_LIMIT] = 1.2
        columns = (
            lender.applicants.block(number, _AT_ONCE),
            lender.applicants.cards(number, chosen),
            wanted.tolist(),
            (chance.random(_AT_ONCE) < _CANCEL).tolist(),
        )
        for applicant, card, share_wanted, cancels in zip(*columns, strict=True):
            yield Borrower(
                applicant=applicant,
                card=card,
                share_wanted=share_wanted,
                cancels=cancels,
            )
        first = (first + _AT_ONCE) % _PHONES
