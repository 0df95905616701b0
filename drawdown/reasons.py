"""Why an attempt ended as it did: the closed set of reasons, and for each one whose doing it is.

The same word is the metric's label, the notice's text, the runbook's anchor and the name in a journey. What a reason
says to people, in English and Chinese, stands in `reasons.yaml` beside this file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import ConfigDict

from drawdown.document import load_document

Language = Literal["en", "zh"]


class Kind(StrEnum):
    """How an attempt ended; the label `outcome`. `pending` is not an end: the money is on its way."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"
    ABANDONED = "abandoned"
    UNKNOWN = "unknown"
    PENDING = "pending"


class Blame(StrEnum):
    """Whose doing a reason is. `nobody` stands with success alone."""

    NOBODY = "nobody"
    CHANNEL = "channel"
    LENDER = "lender"
    RISK = "risk"
    BEHAVIOUR = "behaviour"
    LIMIT = "limit"
    BORROWER = "borrower"
    MONITOR = "monitor"


class Retry(StrEnum):
    """Whether asking again can help."""

    NO = "no"
    SAME_KEY = "ask_first_then_same_key"
    OTHER_CHANNEL = "other_channel"
    BACK_OFF = "back_off"
    YES = "yes"
    AFTER_REMEDY = "after_remedy"
    LATER = "later"


class Reason(StrEnum):
    """The closed vocabulary of `domain` reasons; `none` goes with success."""

    NONE = "none"
    DUPLICATE = "duplicate"
    GATEWAY_TIMEOUT = "gateway_timeout"
    GATEWAY_UNAVAILABLE = "gateway_unavailable"
    GATEWAY_CONGESTED = "gateway_congested"
    GATEWAY_REJECTED = "gateway_rejected"
    SETTLEMENT_STUCK = "settlement_stuck"
    SLOW_RESPONSE = "slow_response"
    INTERNAL_ERROR = "internal_error"
    DEPENDENCY_DOWN = "dependency_down"
    SIGNATURE_REJECTED = "signature_rejected"
    CONTRACT_CHANGED = "contract_changed"
    CAPTURE_MISSING = "capture_missing"
    IDENTITY_REQUIRED = "identity_required"
    IDENTITY_FAILED = "identity_failed"
    RISK_DECLINED = "risk_declined"
    UNDER_REVIEW = "under_review"
    ACCOUNT_RESTRICTED = "account_restricted"
    MULTI_DEVICE = "multi_device"
    BURST_CONTROL = "burst_control"
    LIMIT_REDUCED = "limit_reduced"
    LIMIT_EXCEEDED = "limit_exceeded"
    FUNDER_QUOTA = "funder_quota"
    BAD_ACCOUNT = "bad_account"
    ID_EXPIRED = "id_expired"
    CREDENTIAL = "credential"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    MONITOR_FAULT = "monitor_fault"
    UNMAPPED = "unmapped"

    @property
    def facts(self) -> "Facts":
        return FACTS[self]

    @property
    def blame(self) -> Blame:
        return FACTS[self].blame

    @property
    def kind(self) -> Kind:
        """How an attempt with this reason ends unless its reporter knows better."""
        return FACTS[self].kinds[0]

    def words(self, language: Language = "en") -> "Words":
        """What this reason says to people."""
        return _words()[self][language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is fixed about a reason. `kinds` are the ways an attempt with it can end, the usual one first."""

    kinds: tuple[Kind, ...]
    blame: Blame
    retry: Retry = Retry.NO
    remedy: bool = False
    """Whether the borrower can put it right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A reason for people: `title` names it, `guidance` is for the borrower, `action` for the one on call."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    title: str
    guidance: str
    action: str


def _facts() -> Iterator[tuple[Reason, Facts]]:
    failed, blocked, unknown = (Kind.FAILED,), (Kind.BLOCKED,), (Kind.UNKNOWN,)
    unsure = (Kind.FAILED, Kind.UNKNOWN)
    settled = (Kind.SUCCEEDED,)
    yield Reason.NONE, Facts(kinds=settled, blame=Blame.NOBODY)
    yield Reason.DUPLICATE, Facts(kinds=settled, blame=Blame.NOBODY)
    yield Reason.GATEWAY_TIMEOUT, Facts(kinds=unsure, blame=Blame.CHANNEL, retry=Retry.SAME_KEY)
    yield Reason.GATEWAY_UNAVAILABLE, Facts(kinds=failed, blame=Blame.CHANNEL, retry=Retry.OTHER_CHANNEL)
    yield Reason.GATEWAY_CONGESTED, Facts(kinds=failed, blame=Blame.CHANNEL, retry=Retry.BACK_OFF)
    yield Reason.GATEWAY_REJECTED, Facts(kinds=failed, blame=Blame.CHANNEL)
    yield Reason.SETTLEMENT_STUCK, Facts(kinds=unknown, blame=Blame.CHANNEL, retry=Retry.SAME_KEY)
    yield Reason.SLOW_RESPONSE, Facts(kinds=unsure, blame=Blame.LENDER, retry=Retry.YES)
    yield Reason.INTERNAL_ERROR, Facts(kinds=unsure, blame=Blame.LENDER, retry=Retry.YES)
    yield Reason.DEPENDENCY_DOWN, Facts(kinds=unsure, blame=Blame.LENDER, retry=Retry.YES)
    for reason in (Reason.SIGNATURE_REJECTED, Reason.CONTRACT_CHANGED, Reason.CAPTURE_MISSING):
        yield reason, Facts(kinds=failed, blame=Blame.LENDER)
    yield Reason.IDENTITY_REQUIRED, Facts(kinds=blocked, blame=Blame.RISK, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.IDENTITY_FAILED, Facts(kinds=blocked, blame=Blame.RISK, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.RISK_DECLINED, Facts(kinds=blocked, blame=Blame.RISK, retry=Retry.LATER)
    yield Reason.UNDER_REVIEW, Facts(kinds=blocked, blame=Blame.RISK, retry=Retry.LATER)
    yield Reason.ACCOUNT_RESTRICTED, Facts(kinds=blocked, blame=Blame.RISK)
    yield Reason.MULTI_DEVICE, Facts(kinds=blocked, blame=Blame.BEHAVIOUR, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.BURST_CONTROL, Facts(kinds=blocked, blame=Blame.BEHAVIOUR, retry=Retry.LATER, remedy=True)
    yield Reason.LIMIT_REDUCED, Facts(kinds=blocked, blame=Blame.LIMIT, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.LIMIT_EXCEEDED, Facts(kinds=blocked, blame=Blame.LIMIT, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.FUNDER_QUOTA, Facts(kinds=blocked, blame=Blame.LIMIT, retry=Retry.LATER)
    for reason in (Reason.BAD_ACCOUNT, Reason.ID_EXPIRED, Reason.CREDENTIAL, Reason.OVERDUE):
        yield reason, Facts(kinds=blocked, blame=Blame.BORROWER, retry=Retry.AFTER_REMEDY, remedy=True)
    yield Reason.CANCELLED, Facts(kinds=(Kind.ABANDONED,), blame=Blame.BORROWER, retry=Retry.YES, remedy=True)
    yield Reason.MONITOR_FAULT, Facts(kinds=unknown, blame=Blame.MONITOR)
    yield Reason.UNMAPPED, Facts(kinds=(Kind.FAILED, Kind.BLOCKED, Kind.UNKNOWN), blame=Blame.LENDER)


FACTS: Mapping[Reason, Facts] = dict(_facts())

ENDINGS: tuple[tuple[Kind, Reason], ...] = tuple((kind, reason) for reason in Reason for kind in FACTS[reason].kinds)
"""Every pair of labels (outcome, reason) that can exist."""

TECHNICAL: frozenset[Blame] = frozenset({Blame.CHANNEL, Blame.LENDER})
"""Availability counts these alone."""

POLICY: frozenset[Blame] = frozenset({Blame.RISK, Blame.BEHAVIOUR, Blame.LIMIT})
"""Blocks have their own rate."""


@cache
def _words() -> Mapping[Reason, Mapping[Language, Words]]:
    text = resources.files("drawdown").joinpath("reasons.yaml").read_text(encoding="utf-8")
    return load_document(text, source="drawdown/reasons.yaml").bind(dict[Reason, dict[Language, Words]])
