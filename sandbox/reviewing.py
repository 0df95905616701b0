"""The back office: what was blocked automatically is looked at again by people, in their hours and at their pace."""

from collections.abc import Callable
from functools import partial

from sandbox.agenda import Agenda
from sandbox.applicants import Applicant
from sandbox.chance import uniforms
from sandbox.report import JOURNEY, Review
from sandbox.scheme import SCHEME, Code
from sandbox.workers import Workers
from sandbox.world import Reviewers, Rules

REVIEWED = frozenset(
    {Code.RISK_REJECT, Code.ACCOUNT_RESTRICTED, Code.MULTI_DEVICE, Code.BURST_CONTROL, Code.UNDER_REVIEW}
)
"""What is looked at again. Other refusals are a matter of money or identity, which no opinion changes."""

_DAY, _HOUR = 86_400.0, 3600.0

TellReview = Callable[[float, Review], None]


class BackOffice:
    """A queue of blocked drawdowns before so many reviewers. Each decision is told when it is made."""

    def __init__(self, reviewers: Reviewers, rules: Rules, *, seed: int) -> None:
        self._reviewers = reviewers
        self._rules = rules
        self._desks = Workers(reviewers.count)
        self._chances = uniforms(f"reviews/{seed}")
        self._taken = 0

    def take(self, code: Code, applicant: Applicant, now: float) -> tuple[float, Review] | None:
        """When what was blocked at `now` will be decided, and how; None where nobody looks at it again."""
        if code not in REVIEWED or next(self._chances) >= self._reviewers.looked_at:
            return None
        self._taken += 1
        begins = self._in_hours(now + self._desks.wait(now))
        decided_at = begins + self._reviewers.pace
        self._desks.occupy(decided_at)
        return decided_at, self._review(code, applicant, is_right=next(self._chances) >= self._reviewers.errs)

    def _review(self, code: Code, applicant: Applicant, *, is_right: bool) -> Review:
        guilty = self._is_guilty(code, applicant)
        return Review(
            id=f"review-{self._taken}",
            journey=JOURNEY,
            decision="upheld" if guilty is is_right else "overturned",
            code=code.value,
            scheme=SCHEME,
            tier=applicant.tier,
        )

    def _is_guilty(self, code: Code, applicant: Applicant) -> bool:
        """Whether the rule would have hit him as it is meant to be."""
        if code is Code.MULTI_DEVICE:
            return applicant.devices > self._rules.devices
        if code is Code.ACCOUNT_RESTRICTED:
            return applicant.suspicion > 1.0 - self._rules.restricted
        return code is not Code.BURST_CONTROL and applicant.margin < 0

    def _in_hours(self, at: float) -> float:
        """`at`, or when the office opens next."""
        reviewers = self._reviewers
        second = (at + reviewers.utc_offset) % _DAY
        if second < reviewers.opens * _HOUR:
            return at + reviewers.opens * _HOUR - second
        if second >= reviewers.closes * _HOUR:
            return at + _DAY + reviewers.opens * _HOUR - second
        return at


def reviewing(office: BackOffice, agenda: Agenda, tell: TellReview) -> Callable[[Code, Applicant, float], None]:
    """What a lender tells of its refusals, so that `tell` hears of each decision when it is made."""

    def refused(code: Code, applicant: Applicant, now: float) -> None:
        decided = office.take(code, applicant, now)
        if decided is not None:
            at, review = decided
            agenda.at(at, partial(_tell, tell, review))

    return refused


def _tell(tell: TellReview, review: Review, now: float) -> None:
    tell(now, review)
