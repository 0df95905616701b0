"""The partner API: who calls is known first, then the lender is asked, then the answer is dressed and signed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.applicants import Applicants
from sandbox.fault import FaultKind, strength
from sandbox.ledger import Loan
from sandbox.lender import Lender
from sandbox.memory import Memory
from sandbox.partner.addresses import LOOPBACK, checked
from sandbox.partner.callbacks import Callbacks
from sandbox.partner.clients import NOBODY, Clients, parameters_of
from sandbox.partner.envelope import enveloped, request_id
from sandbox.partner.moments import iso_text, unix_seconds
from sandbox.partner.reconciliation import reconcile
from sandbox.partner.reviews import Case, Decision, ReviewQueue
from sandbox.partner.routes import OPEN, route
from sandbox.partner.traffic import Traffic
from sandbox.report import Review
from sandbox.scheme import Code
from sandbox.wire import LARGEST_BODY, LenderAnswer, LenderRequest, Refused, accepted, bad_request, read, refusal
from sandbox.world import Client, Signing, World

_QUICK = 0.005
_MOST_CASES = 500
_KEY_SECONDS = 60.0
_REVIEWED = frozenset({Code.RISK_REJECT, Code.MULTI_DEVICE, Code.BURST_CONTROL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was let in. `name` is what its path names: a loan or a review."""

    request: LenderRequest
    client: Client
    name: str
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyBody:
    notify_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBody:
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBody:
    decision: Decision


class Partner:
    """Answers requests that come in about the order of time, like the lender that it stands before."""

    def __init__(
        self,
        lender: Lender,
        *,
        world: World | None = None,
        key: RSAPrivateKey | None = None,
        hosts: Collection[str] = LOOPBACK,
    ) -> None:
        """`key` signs answers, a new one where it is left out; callbacks go to `hosts` alone.

        Raises:
            ValueError: a client of the world cannot be used.
        """
        self.lender = lender
        self.world = world or World()
        self.hosts = hosts
        self.clients = Clients(self.world, key=key)
        self.callbacks = Callbacks()
        self.reviews = ReviewQueue(self.world.memory)
        self.traffic = Traffic()
        self.on_review: Callable[[Review], None] = lambda _: None
        self._applicants = Applicants(self.world)
        self._owners: Memory[str, str] = Memory(self.world.memory)
        self._running: Memory[tuple[str, str], float] = Memory(_KEY_SECONDS)
        self._asked = 0
        self._endpoints: Mapping[str, Callable[[Call], LenderAnswer]] = {
            "submit": self._submit,
            "payout": self._payout,
            "loan_callback": self._loan_callback,
            "set_loan_callback": self._set_loan_callback,
            "callback": self._callback,
            "set_callback": self._set_callback,
            "drop_callback": self._drop_callback,
            "reviews": self._reviews,
            "review": self._review,
            "decide": self._decide,
            "reconciliation": self._reconciliation,
            "keys": self._keys,
            "openapi": _openapi,
        }

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What a partner is answered to `request` when it arrives at Unix second `now`. Never raises."""
        self._asked += 1
        client, endpoint = NOBODY, "none"
        try:
            where = route(request)
            endpoint = where.endpoint
            if strength(self.lender.faults, FaultKind.SERVERS_DOWN, {"endpoint": endpoint}, now):
                return LenderAnswer(status=0, after=_QUICK, broken=True)
            client = self._admit(request, endpoint, now)
            answer = self._serve(endpoint, Call(request=request, client=client, name=where.name, now=now))
        except Refused as refused:
            answer = refusal(refused).leaving(_QUICK)
        self.traffic.count(f"{endpoint} {answer.status}", now)
        if answer.broken:
            return answer
        return self._sealed(client, enveloped(answer, request, request_id(request, self._asked)), now)

    def find(self, loan_id: str) -> Loan | None:
        """A loan by its id."""
        return self.lender.loan(loan_id)

    def seal(self, client: Client, body: bytes, now: float) -> Mapping[str, str]:
        """The headers that sign what leaves for `client` at `now`."""
        rotated = strength(self.lender.faults, FaultKind.KEY_ROTATED, {"client": client.id}, now) > 0
        return self.clients.seal(client, body, now, rotated=rotated)

    def _admit(self, request: LenderRequest, endpoint: str, now: float) -> Client:
        if len(request.body) > LARGEST_BODY:
            problem = f"the body is larger than {LARGEST_BODY // 1024} KiB"
            raise Refused(Code.TOO_LARGE, status=413, payload={"problem": problem})
        client = NOBODY if endpoint in OPEN else self.clients.admit(request, self.lender.faults, now)
        content_type = request.header("Content-Type").partition(";")[0].strip().lower()
        if request.body and content_type not in {"", "application/json"}:
            problem = "send the body as application/json"
            raise Refused(Code.NOT_JSON, status=415, payload={"problem": problem})
        return client

    def _serve(self, endpoint: str, call: Call) -> LenderAnswer:
        if endpoint in self._endpoints:
            return self._endpoints[endpoint](call)
        return self.lender.answer(call.request, call.now)

    def _sealed(self, client: Client, answer: LenderAnswer, now: float) -> LenderAnswer:
        if client.signing is Signing.NONE:
            return answer
        return replace(answer, headers={**answer.headers, **self.seal(client, answer.body, now + answer.after)})

    def _submit(self, call: Call) -> LenderAnswer:
        """Draw, and remember for whom: while the first answer is on its way the same key is not answered again."""
        phone = self.lender.whose(call.request, call.now)
        url = read(call.request.body, NotifyBody).notify_url
        url = url and checked(url, self.hosts)
        key = (phone, call.request.header("Idempotency-Key"))
        if (self._running.get(key) or 0.0) > call.now:
            problem = "the first request under this key is still at work: ask again in a moment"
            raise Refused(Code.KEY_RUNNING, status=409, payload={"problem": problem})
        answer = self.lender.answer(call.request, call.now)
        if not answer.broken and "Idempotent-Replayed" not in answer.headers:
            self._running.put(key, call.now + answer.after, call.now)
            self._drawn(call, answer, phone, url=url)
        return answer

    def _drawn(self, call: Call, answer: LenderAnswer, phone: str, *, url: str) -> None:
        body = msgspec.json.decode(answer.body)
        if body["code"] in _REVIEWED:
            self.reviews.add(Code(body["code"]), self._applicants.find(phone).tier, call.now)
        if body["code"] != "0":
            return
        loan_id = body["data"]["loan_id"]
        self._owners.put(loan_id, call.client.id, call.now)
        if url or self.callbacks.registered(call.client.id):
            self.callbacks.watch(loan_id, call.client.id, call.now, url=url)

    def _payout(self, call: Call) -> LenderAnswer:
        if self._owners.get(call.name) not in (None, call.client.id):
            raise Refused(Code.NOT_FOUND, status=404)
        return self.lender.answer(call.request, call.now)

    def _own_loan(self, call: Call) -> Loan:
        """The loan that the path names, if it is the caller's and the borrower's whose token he shows.

        Raises:
            Refused: TOKEN_INVALID or NOT_FOUND.
        """
        phone = self.lender.whose(call.request, call.now)
        loan = self.lender.loan(call.name)
        if loan is None or loan.phone != phone or self._owners.get(call.name) not in (None, call.client.id):
            raise Refused(Code.NOT_FOUND, status=404)
        return loan

    def _loan_callback(self, call: Call) -> LenderAnswer:
        loan = self._own_loan(call)
        deliveries = [callback.public(call.now) for callback in self.callbacks.of(loan.id)]
        return _yes({"loan_id": loan.id, "url": self.callbacks.address(loan.id), "deliveries": deliveries})

    def _set_loan_callback(self, call: Call) -> LenderAnswer:
        loan = self._own_loan(call)
        url = checked(read(call.request.body, CallbackBody).url, self.hosts)
        self.callbacks.watch(loan.id, call.client.id, call.now, url=url)
        return self._loan_callback(call)

    def _callback(self, call: Call) -> LenderAnswer:
        return _yes({"client": _known(call).id, "url": self.callbacks.registered(call.client.id)})

    def _set_callback(self, call: Call) -> LenderAnswer:
        url = checked(read(call.request.body, CallbackBody).url, self.hosts)
        self.callbacks.register(_known(call).id, url)
        return self._callback(call)

    def _drop_callback(self, call: Call) -> LenderAnswer:
        self.callbacks.forget(_known(call).id)
        return self._callback(call)

    def _reviews(self, call: Call) -> LenderAnswer:
        status = parameters_of(call.request.query).get("status", "")
        if status not in {"", "open", "decided"}:
            raise bad_request("status must be open or decided - at `status`")
        cases = list(self.reviews.cases(waiting={"": None, "open": True, "decided": False}[status]))
        shown = [case.public() for case in cases[-_MOST_CASES:]]
        return _yes({"count": len(cases), "reviews": shown})

    def _review(self, call: Call) -> LenderAnswer:
        return _yes(self.reviews.find(call.name).public())

    def _decide(self, call: Call) -> LenderAnswer:
        before = self.reviews.find(call.name)
        decision = read(call.request.body, DecisionBody).decision
        return _yes(self.decide(before, decision, call.now).public())

    def decide(self, case: Case, decision: Decision, now: float) -> Case:
        """Write down a decision and tell it, once.

        Raises:
            Refused: REVIEW_DECIDED when the other was decided before.
        """
        after = self.reviews.decide(case.id, decision, now)
        if case.decision is None:
            self.on_review(after.report())
        return after

    def _reconciliation(self, call: Call) -> LenderAnswer:
        """All loans of the caller that were accepted within a span; of everybody for a caller without an id."""
        span = parameters_of(call.request.query)
        start, end = _moment(span, "from", 0.0), _moment(span, "to", call.now)
        owned = (loan for loan in self.lender.loans() if call.client is NOBODY or self._is_owner(call.client, loan))
        loans = [loan for loan in owned if start <= loan.audited_at < end]
        return _yes({"from": iso_text(start), "to": iso_text(end), **reconcile(loans, call.now)})

    def _is_owner(self, client: Client, loan: Loan) -> bool:
        return self._owners.get(loan.id) == client.id

    def _keys(self, _: Call) -> LenderAnswer:
        return _yes({"sign_type": "RSA2", "public_key": self.clients.public_key})


def _known(call: Call) -> Client:
    """Raises:
    Refused: FORBIDDEN, nobody can be remembered without an id.
    """
    if call.client is NOBODY:
        problem = "only a client with an X-Client-Id can register; for a single loan use its own path"
        raise Refused(Code.FORBIDDEN, status=403, payload={"problem": problem})
    return call.client


def _moment(span: Mapping[str, str], name: str, otherwise: float) -> float:
    if name not in span:
        return otherwise
    seconds = unix_seconds(span[name])
    if seconds is None:
        raise bad_request(f"must be Unix seconds - at `{name}`")
    return seconds


def _yes(payload: Mapping[str, Any]) -> LenderAnswer:
    return accepted(payload).leaving(_QUICK)


def _openapi(_: Call) -> LenderAnswer:
    body = resources.files("sandbox.partner").joinpath("openapi.yaml").read_bytes()
    return LenderAnswer(status=200, body=body, headers={"Content-Type": "application/yaml"}, after=_QUICK)
