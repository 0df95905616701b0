"""A request that was let in, the bodies that the partner API reads, and its simplest answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.partner.clients import NOBODY
from sandbox.partner.moments import unix_seconds
from sandbox.partner.reviews import Decision
from sandbox.scheme import Code
from sandbox.wire import LenderAnswer, LenderRequest, Refused, accepted, bad_request
from sandbox.world import Client

QUICK = 0.005
"""Seconds that an answer takes which needs none of the lender's servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`name` is what the path names: a loan or a review."""

    request: LenderRequest
    client: Client
    name: str
    now: float

    def known_client(self) -> Client:
        """Raises:
        Refused: FORBIDDEN, nobody can be remembered without an id.
        """
        if self.client is NOBODY:
            problem = "only a client with an X-Client-Id can register; for a single loan use its own path"
            raise Refused(Code.FORBIDDEN, status=403, payload={"problem": problem})
        return self.client


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyBody:
    notify_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBody:
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBody:
    decision: Decision


def moment(span: Mapping[str, str], name: str, otherwise: float) -> float:
    """A time in a query.

    Raises:
        Refused: BAD_REQUEST, it is no time.
    """
    if name not in span:
        return otherwise
    seconds = unix_seconds(span[name])
    if seconds is None:
        raise bad_request(f"must be Unix seconds - at `{name}`")
    return seconds


def yes(payload: Mapping[str, Any]) -> LenderAnswer:
    """An answer from the desk."""
    return accepted(payload).leaving(QUICK)
