"""The review queue: what was blocked automatically, until a person says whether that was right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sandbox.memory import Memory
from sandbox.partner.moments import iso_text
from sandbox.report import Review
from sandbox.scheme import SCHEME, Code
from sandbox.wire import Refused


class Decision(StrEnum):
    UPHELD = "upheld"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A blocked attempt. Without a `decision` it waits. Times are Unix seconds."""

    id: str
    code: Code
    tier: str
    blocked_at: float
    decision: Decision | None = None
    decided_at: float | None = None

    def public(self) -> Mapping[str, Any]:
        """What a partner is shown: no borrower is named."""
        return {
            "review_id": self.id,
            "status": "open" if self.decision is None else "decided",
            "code": self.code.value,
            "tier": self.tier,
            "blocked_at": iso_text(self.blocked_at),
            "decision": self.decision,
            "decided_at": None if self.decided_at is None else iso_text(self.decided_at),
        }

    def report(self) -> Review:
        """The decision as a monitor takes it in."""
        return Review(id=self.id, decision=str(self.decision), code=self.code.value, scheme=SCHEME, tier=self.tier)


class ReviewQueue:
    """Cases in the order in which they came; forgotten after `keep` seconds."""

    def __init__(self, keep: float) -> None:
        self._cases: Memory[str, Case] = Memory(keep)
        self._came = 0

    def add(self, code: Code, tier: str, now: float) -> Case:
        """Put a blocked attempt into the queue."""
        self._came += 1
        case = Case(id=f"review-{self._came:08d}", code=code, tier=tier, blocked_at=now)
        self._cases.put(case.id, case, now)
        return case

    def cases(self, *, waiting: bool | None = None) -> Iterator[Case]:
        """All, those that wait, or those that are decided, oldest first."""
        return (case for case in self._cases if waiting in (None, case.decision is None))

    def get(self, case_id: str) -> Case | None:
        """A case that is remembered."""
        return self._cases.get(case_id)

    def find(self, case_id: str) -> Case:
        """Raises:
        Refused: NOT_FOUND.
        """
        case = self.get(case_id)
        if case is None:
            raise Refused(Code.NOT_FOUND, status=404)
        return case

    def decide(self, case_id: str, decision: Decision, now: float) -> Case:
        """Write down what a person decided. The same decision once more changes nothing.

        Raises:
            Refused: NOT_FOUND, or REVIEW_DECIDED when the other was decided before.
        """
        case = self.find(case_id)
        if case.decision not in (None, decision):
            raise Refused(Code.REVIEW_DECIDED, status=409, payload={"decision": case.decision})
        if case.decision is None:
            case = replace(case, decision=decision, decided_at=now)
            self._cases.replace(case.id, case)
        return case
