"""One identity check of one borrower: asked for, begun, then passed or failed, or it is too late."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from sandbox.identity.method import Method
from sandbox.scheme import Code
from sandbox.wire import Refused

_LINK = "https://lender.example/identity/"


class CheckState(StrEnum):
    ASKED = "asked"
    BEGUN = "begun"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


_ASKED, _BEGUN, _PASSED = CheckState.ASKED, CheckState.BEGUN, CheckState.PASSED
_FAILED, _EXPIRED = CheckState.FAILED, CheckState.EXPIRED


class Check(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It can be passed before `expires_at` (Unix seconds), while there are `tries_left`. `where` are the attributes of
    the drawdown for which it was asked.
    """

    id: str
    method: Method
    where: Mapping[str, str]
    expires_at: float
    tries_left: int
    begun_at: float | None = None
    passed_at: float | None = None

    def state(self, now: float) -> CheckState:
        if self.passed_at is not None:
            return _PASSED
        if now >= self.expires_at:
            return _EXPIRED
        if not self.tries_left:
            return _FAILED
        return _ASKED if self.begun_at is None else _BEGUN

    def begun(self, now: float) -> "Check":
        """The same once the borrower has begun it. To begin it again changes nothing.

        Raises:
            Refused: CHECK_ENDED or IDENTITY_EXPIRED.
        """
        self._check_open(now)
        return self if self.begun_at is not None else msgspec.structs.replace(self, begun_at=now)

    def answered(self, now: float, *, right: bool) -> "Check":
        """The same after an answer: passed, or with a try less.

        Raises:
            Refused: CHECK_ENDED, CHECK_NOT_BEGUN or IDENTITY_EXPIRED.
        """
        self._check_open(now)
        if self.begun_at is None:
            raise Refused(Code.CHECK_NOT_BEGUN, status=409, payload=self.public(now))
        if right:
            return msgspec.structs.replace(self, passed_at=now)
        return msgspec.structs.replace(self, tries_left=self.tries_left - 1)

    def public(self, now: float) -> Mapping[str, Any]:
        """How it stands, and for how many seconds it can still be passed."""
        state = self.state(now)
        is_open = state in (_ASKED, _BEGUN)
        return {
            "check_id": self.id,
            "method": self.method,
            "state": state,
            "link": f"{_LINK}{self.id}",
            "tries_left": self.tries_left,
            "expires_in": round(self.expires_at - now, 3) if is_open else 0.0,
        }

    def _check_open(self, now: float) -> None:
        state = self.state(now)
        if state is _EXPIRED:
            raise Refused(Code.IDENTITY_EXPIRED, status=410, payload=self.public(now))
        if state in (_PASSED, _FAILED):
            raise Refused(Code.CHECK_ENDED, status=409, payload=self.public(now))
