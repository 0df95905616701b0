"""What an answer, or the lack of one, means: the only place where exceptions and replies become reasons.

An answer is judged in this order: the business code in its body (also under 4xx and 5xx), the HTTP status, whether it
is JSON where JSON is needed, the step's expectations of the body, its captures, and last the time it took.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drawdown.codes import Codes, reason_of
from drawdown.durations import humanize_duration
from drawdown.reasons import Kind, Reason
from probes.body import NotJson, read_json
from probes.exchange import (
    BadAnswer,
    Disconnected,
    ExchangeError,
    LocalFault,
    NotConnected,
    Reply,
    TimedOut,
)
from probes.expect import BodyExpectation
from probes.journey import Answer, Step
from probes.template import Names

STALL = 1.0
"""Seconds by which our own event loop may be late before times measured meanwhile mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a step came to. `definite` is whether the lender itself said so: else the money may have moved."""

    kind: Kind = Kind.SUCCEEDED
    reason: Reason = Reason.NONE
    detail: str = ""
    code: str = ""
    explained: bool | None = None
    definite: bool = True

    @property
    def ok(self) -> bool:
        return self.kind is Kind.SUCCEEDED

    def while_owing(self) -> "Verdict":
        """The same once money may have been drawn: without the lender's word it is unknown, not failed."""
        if self.definite or Kind.UNKNOWN not in self.reason.facts.kinds:
            return self
        return replace(self, kind=Kind.UNKNOWN)

    def after_stall(self, late: float) -> "Verdict":
        """The same when our loop stood still for `late` seconds: a verdict about time is then about us."""
        if late < STALL or self.reason not in _ABOUT_TIME:
            return self
        return fault(f"the monitor itself stood still for {humanize_duration(late)}")


ACCEPTED = Verdict()
_ABOUT_TIME = frozenset({Reason.SLOW_RESPONSE, Reason.SETTLEMENT_STUCK, Reason.DEPENDENCY_DOWN})


def because(reason: Reason, detail: str, *, definite: bool = True) -> Verdict:
    """The usual verdict for `reason`."""
    return Verdict(kind=reason.kind, reason=reason, detail=detail, definite=definite)


def fault(detail: str) -> Verdict:
    """It was us."""
    return because(Reason.MONITOR_FAULT, detail, definite=False)


def stuck(detail: str) -> Verdict:
    """The money is neither here nor refused."""
    return because(Reason.SETTLEMENT_STUCK, detail, definite=False)


def late(detail: str) -> Verdict:
    """Time ran out."""
    return because(Reason.SLOW_RESPONSE, detail, definite=False)


ERRORS: Mapping[type[ExchangeError], Reason] = {
    NotConnected: Reason.DEPENDENCY_DOWN,
    Disconnected: Reason.DEPENDENCY_DOWN,
    TimedOut: Reason.SLOW_RESPONSE,
    BadAnswer: Reason.CONTRACT_CHANGED,
    LocalFault: Reason.MONITOR_FAULT,
}


def judge_error(error: ExchangeError) -> Verdict:
    """No answer."""
    return because(ERRORS[type(error)], str(error), definite=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An answer and all that is needed to judge it. `content` is its JSON, `trouble` why there is none."""

    step: Step
    reply: Reply
    names: Names
    answer: Answer | None
    codes: Codes
    content: Any = None
    trouble: str = ""

    @property
    def code(self) -> str:
        """The lender's code, empty if there is none."""
        found = (path.text_in(self.content) for path in (self.answer.code if self.answer else ()))
        return next((code for code in found if code), "")

    @property
    def explained(self) -> bool | None:
        """Whether the answer tells the borrower what to do; None when the journey does not say where to look."""
        if self.answer is None or self.answer.explanation is None:
            return None
        return bool((self.answer.explanation.text_in(self.content) or "").strip())

    def refused(self, reason: Reason, detail: str, *, code: str = "", definite: bool = True) -> Verdict:
        verdict = because(reason, detail, definite=definite)
        return replace(verdict, code=code, explained=self.explained)


def look(reply: Reply, step: Step, *, names: Names, answer: Answer | None, codes: Codes) -> Seen:
    """Read `reply` for judgement."""
    content, trouble = None, ""
    try:
        content = read_json(reply.body, reply.encoding)
    except NotJson as error:
        trouble = str(error)
    return Seen(step=step, reply=reply, names=names, answer=answer, codes=codes, content=content, trouble=trouble)


def judge_answer(seen: Seen) -> Verdict:
    """Whether the lender answers at all and does not refuse: code, status, JSON."""
    return _first((_by_code, _by_status, _by_form), seen)


def judge_content(seen: Seen, *, seconds: float) -> Verdict:
    """Whether the answer is what the step expects. `seconds` is the time that the step took."""
    verdict = _first((_by_body, _by_capture), seen)
    limit = seen.step.expect.latency
    if not verdict.ok or limit is None or seconds <= limit:
        return verdict
    return because(
        Reason.SLOW_RESPONSE, f"took {humanize_duration(seconds)}, expected at most {humanize_duration(limit)}"
    )


def _first(judges: tuple[Callable[[Seen], Verdict | None], ...], seen: Seen) -> Verdict:
    verdicts = (judge(seen) for judge in judges)
    return next((verdict for verdict in verdicts if verdict is not None), ACCEPTED)


def _by_code(seen: Seen) -> Verdict | None:
    if seen.answer is None or not seen.code or seen.code in seen.answer.accepted:
        return None
    reason = reason_of(seen.codes, seen.answer.scheme, seen.code)
    if reason.kind is Kind.SUCCEEDED:
        return None
    if reason is Reason.UNMAPPED and seen.reply.status >= 500:
        return None  # the status says more than a code that nobody knows
    return seen.refused(reason, f"answered HTTP {seen.reply.status} with code {seen.code}", code=seen.code)


def _by_status(seen: Seen) -> Verdict | None:
    status = seen.reply.status
    if seen.step.expect.allows(status):
        return None
    reason = _reason_of_status(status, page=seen.trouble.startswith("the answer is a web page"))
    return seen.refused(reason, f"answered HTTP {status}", code=seen.code, definite=status < 500)


STATUSES: Mapping[int, Reason] = {
    401: Reason.CREDENTIAL,
    403: Reason.ACCOUNT_RESTRICTED,
    408: Reason.SLOW_RESPONSE,
    429: Reason.GATEWAY_CONGESTED,
    504: Reason.GATEWAY_TIMEOUT,
}


def _reason_of_status(status: int, *, page: bool) -> Reason:
    if status == 403 and page:
        return Reason.CONTRACT_CHANGED  # a firewall's page, not the lender's word
    usual = Reason.INTERNAL_ERROR if status >= 500 else Reason.CONTRACT_CHANGED
    return STATUSES.get(status, usual)


def _by_form(seen: Seen) -> Verdict | None:
    if seen.trouble and (seen.answer is not None or seen.step.reads_body):
        return seen.refused(Reason.CONTRACT_CHANGED, f"{seen.trouble} (HTTP {seen.reply.status})")
    if seen.answer is not None and seen.answer.accepted and not seen.code:
        return seen.refused(Reason.CONTRACT_CHANGED, f"no business code at {seen.answer.code[0].text}")
    return None


def _by_body(seen: Seen) -> Verdict | None:
    missed = next(seen.step.expect.missed(seen.content, seen.names), None)
    if missed is None:
        return None
    detail = missed.shortfall(seen.content, seen.names)
    code = (missed.code.text_in(seen.content) if missed.code else None) or ""
    return seen.refused(_reason_of_miss(missed, code, seen), f"{detail} ({code})" if code else detail, code=code)


def _reason_of_miss(missed: BodyExpectation, code: str, seen: Seen) -> Reason:
    if code:
        reason = reason_of(seen.codes, seen.answer.scheme if seen.answer else "", code)
        return reason if reason.kind is not Kind.SUCCEEDED else Reason.UNMAPPED
    if missed.exists is None and missed.path.text_in(seen.content) is None:
        return Reason.CONTRACT_CHANGED  # what is not there is neither too little nor wrong
    return missed.reason or Reason.CONTRACT_CHANGED


def _by_capture(seen: Seen) -> Verdict | None:
    gone = [f"{name} at {path.text}" for name, path in seen.step.capture.items() if path.text_in(seen.content) is None]
    if not gone:
        return None
    return seen.refused(Reason.CAPTURE_MISSING, f"the answer has no {', '.join(gone)}")
