"""Callbacks: a loan's end is told to whoever asked for it, at least once, again and again until it was taken."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from sandbox.fault import Fault, FaultKind
from sandbox.faults import strength
from sandbox.hearing import RETRIES
from sandbox.ledger import Loan, LoanStatus
from sandbox.memory import Memory
from sandbox.partner.moments import iso_text
from sandbox.scheme import written
from sandbox.wire import money

TAKEN = "success"
"""What the receiver must answer, with a status of 2xx."""
KEPT = 3600.0
"""Seconds for which a callback is remembered that was delivered or given up."""

_SOON = 0.25
_LATER = 10.0
_UNSETTLED = {LoanStatus.AUDITING, LoanStatus.CREATED}


class CallbackState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One delivery: when it ended (Unix seconds), and how in a word or two."""

    at: float
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """That a loan became `status` at `occurred_at` (Unix seconds), to be told to `url`. It is due at `due_at`."""

    id: str
    loan: Loan
    status: LoanStatus
    client: str
    url: str
    occurred_at: float
    due_at: float
    tries: tuple[Try, ...] = ()
    state: CallbackState = CallbackState.WAITING

    def tried(self, result: str, now: float) -> "Callback":
        """The same after a try that ended at `now`."""
        tries = (*self.tries, Try(at=now, result=result))
        if result == TAKEN:
            return replace(self, tries=tries, state=CallbackState.DELIVERED)
        if len(tries) > len(RETRIES):
            return replace(self, tries=tries, state=CallbackState.GIVEN_UP)
        return replace(self, tries=tries, due_at=now + RETRIES[len(self.tries)])

    def lag(self, now: float) -> float:
        """Seconds from the loan's end until it was taken; until `now` where it has not been."""
        return (self.tries[-1].at if self.state is CallbackState.DELIVERED else now) - self.occurred_at

    def message(self) -> Mapping[str, Any]:
        """What the receiver is told."""
        failure = self.loan.payout.failure if self.status is LoanStatus.FAILED else None
        return {
            "callback_id": self.id,
            "loan_id": self.loan.id,
            "status": self.status,
            "fail_code": written(failure, renamed=self.loan.renamed) if failure else None,
            "amount": money(self.loan.amount),
            "channel": self.loan.channel,
            "occurred_at": iso_text(self.occurred_at),
            "attempt": len(self.tries) + 1,
        }

    def public(self, now: float) -> Mapping[str, Any]:
        """How its delivery goes."""
        return {
            "callback_id": self.id,
            "status": self.status,
            "state": self.state,
            "url": self.url,
            "occurred_at": iso_text(self.occurred_at),
            "next_at": iso_text(self.due_at) if self.state is CallbackState.WAITING else None,
            "lag": round(self.lag(now), 3),
            "tries": [{"at": iso_text(one.at), "result": one.result} for one in self.tries],
        }


@dataclass(slots=True, kw_only=True)
class Watched:
    """A loan whose ends are told. `told` is the last status that was."""

    loan: str
    client: str
    url: str = ""
    told: LoanStatus | None = None
    callbacks: list[str] = field(default_factory=list)


class Callbacks:
    """Who wants to hear of which loan, and what is still to be told. A registration for a loan goes before its
    client's.
    """

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}
        self._watched: dict[str, Watched] = {}
        self._looks: list[tuple[float, str]] = []
        self._waiting: dict[str, Callback] = {}
        self._ended: Memory[str, Callback] = Memory(KEPT)
        self._dues: list[tuple[float, str]] = []
        self._made = 0

    def register(self, client: str, url: str) -> None:
        """All loans that a client draws from now on are told to `url`."""
        self._urls[client] = url

    def forget(self, client: str) -> None:
        self._urls.pop(client, None)

    def registered(self, client: str) -> str:
        """A client's address, empty when there is none."""
        return self._urls.get(client, "")

    def watch(self, loan_id: str, client: str, now: float, *, url: str = "") -> None:
        """Tell how a loan ends: to `url`, else to where its client is registered."""
        watched = self._watched.get(loan_id)
        if watched is None:
            watched = Watched(loan=loan_id, client=client)
            self._watched[loan_id] = watched
            heapq.heappush(self._looks, (now, loan_id))
        watched.url = url or watched.url or self.registered(client)

    def address(self, loan_id: str) -> str:
        """Where a loan's ends are told, empty when nowhere."""
        watched = self._watched.get(loan_id)
        return watched.url if watched else ""

    def of(self, loan_id: str) -> Iterator[Callback]:
        """A loan's callbacks, oldest first."""
        watched = self._watched.get(loan_id)
        for name in watched.callbacks if watched else ():
            callback = self._waiting.get(name) or self._ended.get(name)
            if callback is not None:
                yield callback

    def look(self, find: Callable[[str], Loan | None], faults: Sequence[Fault], now: float) -> None:
        """Make a callback of each end that a watched loan has come to. What the lender forgets is watched no more."""
        while self._looks and self._looks[0][0] <= now:
            _, loan_id = heapq.heappop(self._looks)
            watched, loan = self._watched[loan_id], find(loan_id)
            if loan is None:
                del self._watched[loan_id]
                continue
            status = loan.status(now)
            if status not in _UNSETTLED and status is not watched.told:
                self._tell(watched, loan, faults, now)
            pause = min(_LATER, max(_SOON, (now - loan.audited_at) / 20)) if status in _UNSETTLED else _LATER
            heapq.heappush(self._looks, (now + pause, loan_id))

    def _tell(self, watched: Watched, loan: Loan, faults: Sequence[Fault], now: float) -> None:
        watched.told = loan.status(now)
        if not watched.url:
            return
        self._made += 1
        callback = Callback(
            id=f"callback-{self._made:08d}",
            loan=loan,
            status=watched.told,
            client=watched.client,
            url=watched.url,
            occurred_at=now,
            due_at=now + strength(faults, FaultKind.CALLBACKS_LATE, {"client": watched.client}, now),
        )
        watched.callbacks.append(callback.id)
        self._waiting[callback.id] = callback
        heapq.heappush(self._dues, (callback.due_at, callback.id))

    def take_due(self, now: float) -> Iterator[Callback]:
        """What is to be delivered now. Each is given out once until `settle` says how it went."""
        while self._dues and self._dues[0][0] <= now:
            yield self._waiting[heapq.heappop(self._dues)[1]]

    def settle(self, callback: Callback, result: str, now: float) -> Callback:
        """Write down how a delivery ended, and when it is due again if it must be."""
        after = callback.tried(result, now)
        if after.state is CallbackState.WAITING:
            self._waiting[after.id] = after
            heapq.heappush(self._dues, (after.due_at, after.id))
        else:
            del self._waiting[after.id]
            self._ended.put(after.id, after, now)
        return after

    def all(self) -> Iterator[Callback]:
        """All that are remembered: those that ended, then those that wait."""
        return chain(self._ended, self._waiting.values())
