"""Clients of the partner API for tests: they sign as a partner would, with keys of their own."""

import json
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

from sandbox import Lender, LenderAnswer, LenderRequest, World
from sandbox.partner import Partner
from sandbox.partner.moments import china_text
from sandbox.partner.signing import hmac_signature, new_key, public_pem, rsa2_signature
from sandbox.world import Client, Signing

NOON = 1_700_000_000.0
SECRET = "a shared secret"
PHONE = "13800000001"


@cache
def keys():
    """The lender's key and a client's: made once, they are slow to make."""
    return new_key(), new_key()


def partner_of(*clients, lender=None, **settings):
    """A partner API whose world has these clients."""
    world = World(clients=clients, **settings)
    return Partner(lender or Lender(world, seed=1), key=keys()[0])


def shop(**changed):
    return Client(**{"id": "shop", "signing": Signing.HMAC, "secret": SECRET, **changed})


def bank(**changed):
    return Client(**{"id": "bank", "signing": Signing.RSA2, "public_key": public_pem(keys()[1]), **changed})


@dataclass
class Caller:
    """Sends one request after the other, a second apart unless told otherwise. Without a client it has no id."""

    partner: Partner
    client: Client | None = None
    now: float = NOON
    headers: dict[str, str] = field(default_factory=dict)
    nonces: Any = field(default_factory=count)
    answer: LenderAnswer = LenderAnswer(status=0)

    def ask(self, method, path, body=None, *, query=None, **headers):
        self.now += 1
        request = self.request(method, path, body, query=query, **headers)
        return self.send(request)

    def send(self, request):
        self.answer = self.partner.answer(request, self.now)
        return json.loads(self.answer.body) if self.answer.body.startswith(b"{") else None

    def request(self, method, path, body=None, *, query=None, **headers):
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        query = dict(query or {})
        if self.client:
            sent["X-Client-Id"] = self.client.id
        if self.client and self.client.signing is Signing.HMAC:
            at = f"{self.now:.3f}"
            sent |= {"X-Timestamp": at, "X-Signature": hmac_signature(at, content, self.client.secret)}
        if self.client and self.client.signing is Signing.RSA2:
            query = self.signed(method, path, content, query=query)
        return LenderRequest(method=method, path=path, headers=sent, body=content, query=urlencode(query))

    def signed(self, method, path, content, *, query):
        query |= {"app_id": self.client.id, "method": f"{method} {path}", "sign_type": "RSA2"}
        query |= {"timestamp": china_text(self.now), "nonce": str(next(self.nonces))}
        parameters = {name: value.encode() for name, value in query.items()}
        return query | {"sign": rsa2_signature({**parameters, "biz_content": content}, keys()[1])}

    def login(self):
        body = {"phone": PHONE, "password": "probe-password", "device_id": "d"}
        answer = self.ask("POST", "/v1/login", body)
        if answer["code"] == "0":
            self.headers["Authorization"] = f"Bearer {answer['data']['token']}"
        return answer

    def quote(self):
        """Log in and ask for a quote; its id."""
        self.login()
        quote = self.ask("POST", "/v1/quotes", {"amount": "10.00", "term_months": 6, "card": "6222-icbc-1"})
        return quote["data"]["quote_id"]

    def draw(self, key="key-1", **more):
        """Log in, quote and submit; the answer to the submit."""
        body = {"quote_id": self.quote(), "amount": "10.00", **more}
        return self.ask("POST", "/v1/drawdowns", body, Idempotency_Key=key)
