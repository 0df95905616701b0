"""Who calls: a partner is known by his id and his signature, each signature counts once, and nobody calls too often."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from sandbox.fault import Fault, FaultKind
from sandbox.faults import strength
from sandbox.memory import Memory
from sandbox.partner.moments import china_seconds, china_text, unix_seconds
from sandbox.partner.pace import Pace
from sandbox.partner.signing import (
    hmac_fits,
    hmac_signature,
    new_key,
    public_pem,
    read_public_key,
    rsa2_fits,
    rsa2_signature,
)
from sandbox.scheme import Code
from sandbox.wire import LenderRequest, Refused, bad_request
from sandbox.world import Client, Signing, World

WINDOW = 300.0
"""Seconds by which the time of a signed request may differ from the lender's."""

NOBODY = Client(id="", rate=0.0)
"""Whoever calls without an id, where that is allowed."""


def _refused(code: Code, problem: str, *, status: int = 401) -> Refused:
    return Refused(code, status=status, payload={"problem": problem})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a request says of its own signature. `seconds` is its time as Unix seconds, None when it says none."""

    signature: str
    seconds: float | None
    fits: bool


class Clients:
    """The partners of a world.

    Raises:
        ValueError: a client's public key cannot be read, an id stands twice, or a client who signs has no key.
    """

    def __init__(self, world: World, *, key: RSAPrivateKey | None = None) -> None:
        """`key` is the lender's own, by which it signs; left out, it gets a new one when one is needed."""
        self._anonymous = world.anonymous
        self._given_key = key
        self._clients = {client.id: client for client in world.clients}
        if len(self._clients) != len(world.clients):
            raise ValueError("two clients have the same id")
        self._public_keys = {client.id: _public_key(client) for client in world.clients if _has_key(client)}
        self._used: Memory[bytes, bool] = Memory(2 * WINDOW)
        self._paces = {client.id: Pace(client.rate) for client in world.clients}

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return self._given_key or new_key()

    @property
    def public_key(self) -> str:
        """The lender's, in PEM."""
        return public_pem(self._key)

    def find(self, client_id: str) -> Client:
        """A client by its id, `NOBODY` for any other."""
        return self._clients.get(client_id, NOBODY)

    def admit(self, request: LenderRequest, faults: Sequence[Fault], now: float) -> Client:
        """Who sent `request`.

        Raises:
            Refused: CLIENT_UNKNOWN, SIGNATURE_INVALID, SIGNATURE_EXPIRED, SIGNATURE_REPLAYED, TOO_MANY_REQUESTS.
        """
        client_id = request.header("X-Client-Id")
        if not client_id and self._anonymous:
            return NOBODY
        client = self._clients.get(client_id)
        if client is None:
            raise _refused(Code.CLIENT_UNKNOWN, "the header X-Client-Id must name a client that the lender knows")
        if client.signing is not Signing.NONE:
            rotated = strength(faults, FaultKind.KEY_ROTATED, {"client": client.id}, now) > 0
            self._check(client, self._signed(client, request, rotated=rotated), now)
        wait = self._paces[client.id].wait(now)
        if wait:
            problem = f"more than {client.rate:g} requests a second"
            payload = {"problem": problem, "retry_after": wait}
            raise Refused(Code.TOO_MANY_REQUESTS, status=429, payload=payload)
        return client

    def _signed(self, client: Client, request: LenderRequest, *, rotated: bool) -> Signed:
        if client.signing is Signing.HMAC:
            return _hmac_signed(request, _secret(client, rotated=rotated))
        key = self._key.public_key() if rotated else self._public_keys[client.id]
        return _rsa2_signed(client, request, key)

    def _check(self, client: Client, signed: Signed, now: float) -> None:
        if not signed.signature:
            raise _refused(Code.SIGNATURE_INVALID, f"the request must be signed by {client.signing}")
        if signed.seconds is None:
            raise _refused(Code.SIGNATURE_INVALID, "the timestamp is missing or cannot be read")
        if abs(now - signed.seconds) > WINDOW:
            problem = f"the timestamp differs from the lender's by more than {WINDOW:.0f} s"
            raise _refused(Code.SIGNATURE_EXPIRED, problem)
        if not signed.fits:
            raise _refused(Code.SIGNATURE_INVALID, "the signature does not fit the request")
        mark = hashlib.sha256(f"{client.id} {signed.signature}".encode()).digest()
        if self._used.get(mark):
            raise _refused(Code.SIGNATURE_REPLAYED, "this signature was used before: sign each request anew")
        self._used.put(mark, value=True, now=now)

    def seal(self, client: Client, body: bytes, now: float, *, rotated: bool = False) -> Mapping[str, str]:
        """The headers that sign an answer or a callback to `client` which leaves at `now`: by HMAC with those who share
        a secret, else by the lender's own key.
        """
        if client.signing is Signing.HMAC:
            at = f"{now:.3f}"
            return {"X-Timestamp": at, "X-Signature": hmac_signature(at, body, _secret(client, rotated=rotated))}
        at = china_text(now)
        parameters = {"app_id": client.id.encode(), "biz_content": body, "timestamp": at.encode()}
        return {"X-Timestamp": at, "X-Signature": rsa2_signature(parameters, self._key)}


def _has_key(client: Client) -> bool:
    if client.signing is Signing.HMAC and not client.secret:
        raise ValueError(f"client {client.id!r} signs by hmac and has no secret")
    return client.signing is Signing.RSA2


def _public_key(client: Client) -> RSAPublicKey:
    try:
        return read_public_key(client.public_key)
    except ValueError as error:
        raise ValueError(f"the public_key of client {client.id!r} {error}") from None


def _secret(client: Client, *, rotated: bool) -> str:
    return hashlib.sha256(client.secret.encode()).hexdigest() if rotated else client.secret


def _hmac_signed(request: LenderRequest, secret: str) -> Signed:
    timestamp, signature = request.header("X-Timestamp"), request.header("X-Signature")
    seconds = unix_seconds(timestamp)
    fits = seconds is not None and hmac_fits(timestamp, request.body, signature=signature, secret=secret)
    return Signed(signature=signature, seconds=seconds, fits=fits)


def _rsa2_signed(client: Client, request: LenderRequest, key: RSAPublicKey) -> Signed:
    """The parameters stand in the query; they must say for whom and for what the request is."""
    query = parameters_of(request.query)
    expected = {"app_id": client.id, "method": f"{request.method} {request.path}", "sign_type": "RSA2"}
    for name, value in expected.items():
        if query.get(name) != value:
            raise _refused(Code.SIGNATURE_INVALID, f"the parameter {name} must be {value!r}")
    parameters = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    signature = query.get("sign", "")
    fits = rsa2_fits({**parameters, "biz_content": request.body}, signature, key)
    return Signed(signature=signature, seconds=china_seconds(query.get("timestamp", "")), fits=fits)


def parameters_of(query: str) -> dict[str, str]:
    """The parameters of a query, decoded.

    Raises:
        Refused: BAD_REQUEST, one stands twice or there are too many.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise bad_request("the query has too many parameters") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise bad_request("a parameter of the query stands twice")
    return parameters
