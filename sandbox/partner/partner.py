"""The partner API: who calls is known first, then the lender is asked, then the answer is dressed and signed."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.fault import FaultKind
from sandbox.faults import strength
from sandbox.lender import Lender
from sandbox.partner.addresses import LOOPBACK, checked
from sandbox.partner.calls import QUICK, Call, NotifyBody
from sandbox.partner.clients import NOBODY, Clients
from sandbox.partner.desk import Desk, Endpoint
from sandbox.partner.envelope import enveloped, request_id
from sandbox.partner.reviewers import Reviewers
from sandbox.partner.routes import OPEN, route
from sandbox.partner.traffic import Traffic
from sandbox.release import RENAMED
from sandbox.reviewing import BackOffice
from sandbox.scheme import Code
from sandbox.wire import LARGEST_BODY, LenderAnswer, LenderRequest, Refused, RepaymentBody, read, refusal
from sandbox.world import Client, Signing

_REPLAYED = "Idempotent-Replayed"


class Partner:
    """Answers requests that come in about the order of time, like the lender that it stands before."""

    def __init__(
        self,
        lender: Lender,
        *,
        key: RSAPrivateKey | None = None,
        hosts: Collection[str] = LOOPBACK,
        office: BackOffice | None = None,
    ) -> None:
        """`key` signs answers, a new one where it is left out; callbacks go to `hosts` alone. What the lender blocks is
        looked at again by the people of an `office`, if there is one, besides whoever asks.

        Raises:
            ValueError: a client of the world cannot be used.
        """
        self.lender = lender
        self.world = lender.world
        self.clients = Clients(self.world, key=key)
        self.desk = Desk(lender, self.world, self.clients, hosts=hosts)
        self.reviewers = Reviewers(self.desk, office)
        lender.on_refusal = self.reviewers.refused
        self.traffic = Traffic()
        self._hosts = hosts
        self._asked = 0
        self._endpoints: Mapping[str, Endpoint] = {
            **self.desk.endpoints,
            "submit": self._submit,
            "payout": self._payout,
            "repay": self._repay,
        }

    def answer(self, request: LenderRequest, now: float) -> LenderAnswer:
        """What a partner is answered to `request` when it arrives at Unix second `now`. Never raises."""
        self._asked += 1
        client, endpoint = NOBODY, "none"
        try:
            where = route(request)
            endpoint = where.endpoint
            if strength(self.lender.faults, FaultKind.SERVERS_DOWN, {"endpoint": endpoint}, now):
                return LenderAnswer(status=0, after=QUICK, broken=True)
            client = self._admit(request, endpoint, now)
            answer = self._serve(endpoint, Call(request=request, client=client, name=where.name, now=now))
        except Refused as refused:
            answer = refusal(refused).leaving(QUICK)
        self.traffic.count(f"{endpoint} {answer.status}", now)
        if answer.broken:
            return answer
        return self._sealed(client, enveloped(answer, request, request_id(request, self._asked)), now)

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
        """Draw, and remember for whom, and who wants to hear how it ends. Who is not logged in learns nothing."""
        self.lender.whose(call.request, call.now)
        url = read(call.request.body, NotifyBody).notify_url
        url = url and checked(url, self._hosts)
        answer = self.lender.answer(call.request, call.now)
        if not answer.broken and _REPLAYED not in answer.headers:
            self._drawn(call, answer, url)
        return answer

    def _drawn(self, call: Call, answer: LenderAnswer, url: str) -> None:
        body = msgspec.json.decode(answer.body)
        if body["code"] != "0":
            return
        loan_id = next(body["data"][name] for name in RENAMED["submit"] if name in body["data"])
        self.desk.owners.put(loan_id, call.client.id, call.now)
        if url or self.desk.callbacks.registered(call.client.id):
            self.desk.callbacks.watch(loan_id, call.client.id, call.now, url=url)

    def _payout(self, call: Call) -> LenderAnswer:
        if self.desk.is_anothers(call):
            raise Refused(Code.NOT_FOUND, status=404)
        return self.lender.answer(call.request, call.now)

    def _repay(self, call: Call) -> LenderAnswer:
        """Who is not logged in learns nothing."""
        self.lender.whose(call.request, call.now)
        return self._payout(replace(call, name=read(call.request.body, RepaymentBody).loan_id))
