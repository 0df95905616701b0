"""One borrower's try to draw money with the app: login, quota, quote, submit, an identity check if he is asked for one,
payout, and the report of it.

It walks by acts on an agenda: each one judges the answer that has come and sends the next request.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from drawdown.reasons import Kind
from sandbox.agenda import Act, Agenda
from sandbox.answers import Answer
from sandbox.applicants import Applicant, Card
from sandbox.calls import Calls
from sandbox.ending import (
    CHANGED_HIS_MIND,
    DRAWN,
    PATIENCE_SECONDS,
    REQUEST_SECONDS,
    STUCK,
    Ending,
    judge,
    says,
    settled,
)
from sandbox.identity.method import RIGHT, WRONG, Method
from sandbox.quotes import Quote
from sandbox.report import JOURNEY, Report, StepReport
from sandbox.scheme import SCHEME, Code

_FIRST_POLL_SECONDS, _POLL_SECONDS = 1.0, 0.5
_RETURN_SECONDS = 3.0
_HUNDRED = 10_000
_SUCCEEDED = Kind.SUCCEEDED.value
_REQUIRED = Code.IDENTITY_REQUIRED
_CHECK_SECONDS: Mapping[Method, float] = {Method.OTP: 15.0, Method.FACE: 25.0, Method.ID_UPLOAD: 90.0}
"""What a check usually takes (the median). Made up."""


class Borrower(msgspec.Struct, frozen=True, gc=False):
    """Who draws, and what chance has in store for him. `share_wanted` is of the limit he is shown. After a
    failure that is not his own he comes back up to `returns` times; after a loan once, `again_after` seconds later, for
    another one, unless that is 0. Over an identity check he takes `pace` times as long as usual, or does none where it
    is 0, and answers wrongly `slips` times first.
    """

    applicant: Applicant
    card: Card
    share_wanted: float
    cancels: bool
    returns: int = 0
    again_after: float = 0.0
    pace: float = 0.0
    slips: int = 0
    knows_password: bool = True


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What all borrowers share: the lender they call, the agenda, and who is told how an attempt ended, and when.
    Where it is `forgetful`, loans of those who do not come back are not asked about by anybody else.
    """

    lender: Calls
    agenda: Agenda
    tell: Callable[[float, Report], None]
    forgetful: bool = False


class Attempt(msgspec.Struct, gc=False):
    """Walks the steps once. One that failed may be followed by another one of the same borrower, his `number`th."""

    id: str
    borrower: Borrower
    app: App
    began_at: float
    step_at: float
    steps: list[StepReport]
    content: Any = None
    shown: int | None = None
    quote: Quote | None = None
    number: int = 0
    check: Any = None
    slipped: int = 0

    def begin(self, now: float) -> None:
        borrower, lender = self.borrower, self.app.lender
        password = lender.world.password if borrower.knows_password else ""
        answer = lender.login(borrower.applicant, now, password=password)
        self._wait("login", answer, self._quota, now)

    def _quota(self, now: float) -> None:
        self._wait("quota", self.app.lender.quota(self.borrower.applicant, now), self._ask_quote, now)

    def _ask_quote(self, now: float) -> None:
        borrower = self.borrower
        self.shown = shown = self.content
        if shown < _HUNDRED:
            self._tell(CHANGED_HIS_MIND, now)
            return
        cents = max(_HUNDRED, round(shown * borrower.share_wanted / _HUNDRED) * _HUNDRED)
        answer = self.app.lender.quote(borrower.applicant, now, cents=cents, card=borrower.card)
        self._wait("quote", answer, self._submit, now)

    def _submit(self, now: float) -> None:
        self.quote = quote = self.content
        borrower = self.borrower
        if borrower.cancels:
            self._tell(CHANGED_HIS_MIND, now)
            return
        answer = self.app.lender.submit(borrower.applicant, now, key=self._key(self.id), quote=quote)
        self._wait("submit", answer, self._poll, now, later=_FIRST_POLL_SECONDS)

    def _key(self, name: str) -> str:
        """The key to submit under: none where nobody will ask for what came of it."""
        return "" if self.app.forgetful and not self.borrower.again_after else name

    def _obliges(self, answer: Answer) -> bool:
        """Whether he does the identity check that he is asked for: at most one, and only if he is told of it."""
        return says(answer, _REQUIRED) and not answer.silent and self.borrower.pace > 0 and self.check is None

    def _oblige(self, now: float) -> None:
        """He begins the identity check that he was asked for, and does it."""
        self.step_at = now
        answer = self.app.lender.begin_check(self.borrower.applicant, now, check=self.check["check_id"])
        ending = judge(answer)
        if ending is None:
            self.app.agenda.at(now + answer.after + self._time_to_do(), self._prove)
        else:
            self._expect("identity", ending, now + min(answer.after, REQUEST_SECONDS))

    def _time_to_do(self) -> float:
        return self.borrower.pace * _CHECK_SECONDS[self.check["method"]]

    def _prove(self, now: float) -> None:
        """He answers, and again if it was wrong and may be tried again; then he submits again."""
        slips = self.slipped < self.borrower.slips
        proof = (WRONG if slips else RIGHT)[self.check["method"]]
        answer = self.app.lender.prove(self.borrower.applicant, now, check=self.check["check_id"], proof=proof)
        ending, heard_at = judge(answer), now + min(answer.after, REQUEST_SECONDS)
        if ending is None:
            self.steps.append(StepReport("identity", heard_at - self.step_at, _SUCCEEDED))
            self.app.agenda.at(heard_at, self._submit_again)
        elif says(answer, Code.IDENTITY_FAILED) and answer.content["tries_left"]:
            self.slipped += 1
            self.app.agenda.at(heard_at + self._time_to_do(), self._prove)
        else:
            self._expect("identity", ending, heard_at)

    def _submit_again(self, now: float) -> None:
        """Under another key, since what he was answered the first time belongs to the first one."""
        key = self._key(f"{self.id}/checked")
        answer = self.app.lender.submit(self.borrower.applicant, now, key=key, quote=self.content)
        self._wait("submit", answer, self._poll, now, later=_FIRST_POLL_SECONDS)

    def _poll(self, now: float) -> None:
        """Ask until the money is there, refused, or patience ends."""
        answer = self.app.lender.status(self.borrower.applicant, now, loan=self.content.loan)
        ending = judge(answer) or settled(answer.content)
        heard_at = now + min(answer.after, REQUEST_SECONDS)
        if ending is None and heard_at < self.step_at + PATIENCE_SECONDS:
            self.app.agenda.at(heard_at + _POLL_SECONDS, self._poll)
        else:
            self._expect("payout", ending or STUCK, heard_at)

    def _wait(self, step: str, answer: Answer, then: Act, now: float, *, later: float = 0.0) -> None:
        """Go on when the answer has come, or `later` seconds after that; when it is none that one could go on with,
        the attempt ends then.
        """
        ending, after = judge(answer), answer.after
        if ending is None:
            self.content = answer.content
            self.steps.append(StepReport(step, after, _SUCCEEDED))
            self.step_at = heard_at = now + after
            self.app.agenda.at(heard_at + later, then)
        elif self._obliges(answer):
            self.check = answer.content
            self.steps.append(StepReport(step, after, ending.kind))
            self.app.agenda.at(now + after, self._oblige)
        else:
            self.step_at = now
            self._expect(step, ending, now + min(after, REQUEST_SECONDS))

    def _expect(self, step: str, ending: Ending, at: float) -> None:
        """The attempt will have ended in `step` at `at`."""
        self.steps.append(StepReport(step, at - self.step_at, ending.kind))
        self.app.agenda.at(at, partial(self._tell, ending))

    def _tell(self, ending: Ending, now: float) -> None:
        borrower = self.borrower
        self.app.tell(now, self._report(ending, now))
        if ending.technical and self.number < borrower.returns:
            self.app.agenda.at(now + _RETURN_SECONDS * (self.number + 1), self._return)
        elif borrower.again_after and ending is DRAWN:
            self.app.agenda.at(now + borrower.again_after, self._draw_again)

    def _report(self, ending: Ending, now: float) -> Report:
        """What is told of it, field by field: by their names it would take eight times as long."""
        quote, card, who = self.quote, self.borrower.card, self.borrower.applicant
        return Report(
            self.id,
            JOURNEY,
            self.began_at,
            now - self.began_at,
            ending.outcome,
            ending.reason,
            ending.code,
            SCHEME if ending.code else "",
            "" if quote is None else quote.card.channel,
            card.bank,
            who.tier,
            who.region,
            who.app,
            f"u-{who.alias}",
            None if quote is None else quote.cents / 100,
            None if self.shown is None else self.shown / 100,
            ending.explained,
            self.steps[-1].name,
            self.steps,
            ending.detail,
        )

    def _return(self, now: float) -> None:
        """He tries again from the beginning."""
        number = self.number + 1
        stem = self.id.partition("+")[0]
        Attempt(f"{stem}+{number}", self.borrower, self.app, now, now, [], number=number).begin(now)

    def _draw_again(self, now: float) -> None:
        """He comes for another loan."""
        borrower = msgspec.structs.replace(self.borrower, again_after=0.0)
        stem = self.id.partition("+")[0]
        Attempt(f"{stem}-2", borrower, self.app, now, now, []).begin(now)
