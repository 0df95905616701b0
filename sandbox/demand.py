"""How many borrowers come, and when: what a crowd is made of, as frozen values."""

import math
from dataclasses import dataclass

_DAY = 86_400.0
_GRID = 60.0
_HOURS = (
    *(0.35, 0.20, 0.12, 0.08, 0.07, 0.10, 0.25, 0.55),
    *(0.90, 1.25, 1.40, 1.35, 1.40, 1.20, 1.20, 1.30),
    *(1.35, 1.30, 1.35, 1.60, 2.00, 2.05, 1.60, 0.95),
)
"""How many times the average come at each full hour of the day; between them it goes straight. Made up: people sleep,
look at their money around noon, and borrow in the evening.
"""
_AVERAGE = sum(_HOURS) / len(_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """`times` as many come for `lasts` seconds, from `after` seconds after the crowd has begun."""

    after: float = 0.0
    lasts: float = 0.0
    times: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Insistent:
    """One borrower whom the lender declines and who tries `tries` times, `every` seconds, from `after` seconds after
    the crowd has begun.
    """

    after: float = 0.0
    tries: int = 0
    every: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """A release of the app makes everybody log in anew: of those who come for `lasts` seconds, from `after` seconds
    after the crowd has begun, the share `share` does not know the password any more.
    """

    after: float = 0.0
    lasts: float = 0.0
    share: float = 0.3

    def is_on(self, since: float) -> bool:
        """Whether it lasts `since` seconds after the crowd has begun."""
        return 0 <= since - self.after < self.lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """`rate` borrowers a second on average, at random (Poisson). With a `daily` rhythm more come in the evening and few
    at night, by a clock that is `utc_offset` seconds ahead of UTC; on a payday the whole day is `payday` times as busy.

    Of those who fail for the lender's or a channel's fault the share `persistence` tries once more, and again. Of those
    who get a loan the share `returning` comes for another one within the hour. Of those who are asked for an identity
    check the share `obliging` does it, the others leave.
    """

    rate: float = 20.0
    daily: bool = False
    payday: float = 1.0
    utc_offset: float = 28_800.0
    persistence: float = 0.0
    returning: float = 0.05
    obliging: float = 0.5
    promotion: Promotion = Promotion()
    insistent: Insistent = Insistent()
    forgetting: Forgetting = Forgetting()

    def rate_at(self, now: float, began_at: float) -> float:
        """Borrowers a second at Unix second `now` of a crowd that began at `began_at`."""
        rate = self.rate * self.payday
        if self.daily:
            rate *= self._rhythm(now)
        since = now - began_at - self.promotion.after
        return rate * self.promotion.times if 0 <= since < self.promotion.lasts else rate

    def steady_until(self, now: float, began_at: float) -> float:
        """Until when the rate is taken for what it is at `now`: at most a minute where it follows the day."""
        begins = began_at + self.promotion.after
        edges = [begins, begins + self.promotion.lasts] if self.promotion.lasts else []
        if self.daily:
            edges.append((now // _GRID + 1) * _GRID)
        return min((edge for edge in edges if edge > now), default=math.inf)

    def _rhythm(self, now: float) -> float:
        hours = (now + self.utc_offset) % _DAY / 3600.0
        before = int(hours)
        share = hours - before
        return (_HOURS[before] * (1 - share) + _HOURS[(before + 1) % 24] * share) / _AVERAGE
