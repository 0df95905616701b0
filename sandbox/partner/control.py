"""The lender's controls over HTTP: its state, and what is broken and healed by hand.

They are for the operator alone: from the same machine, or with a token. A page of another site cannot reach them
through the operator's browser, and neither can a callback of the lender itself.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from yarl import URL

from drawdown.clock import Clock
from sandbox.partner.calls import DecisionBody
from sandbox.partner.courier import AGENT
from sandbox.partner.envelope import enveloped, request_id
from sandbox.partner.faults import FaultBoard, FaultBody, kinds, slices_of
from sandbox.partner.partner import Partner
from sandbox.partner.state import state
from sandbox.scheme import Code
from sandbox.wire import LARGEST_BODY, LenderAnswer, LenderRequest, Refused, accepted, read, refusal

Extra = Callable[[float], Mapping[str, Any]]
"""More of the state at a Unix second."""

Answering = Callable[[web.Request], Awaitable[LenderAnswer]]
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


class Control:
    """Shows and changes a running lender. `token` lets others than this machine in; empty, nobody."""

    def __init__(self, partner: Partner, *, clock: Clock, token: str = "", extra: Extra = lambda _: {}) -> None:
        self.board = FaultBoard(partner.lender, partner.world)
        self._partner = partner
        self._clock = clock
        self._token = token
        self._extra = extra

    def add_routes(self, app: web.Application) -> None:
        """Everything below `/-/`."""
        for method, path, answering in (
            ("GET", "/-/state.json", self._state),
            ("POST", "/-/faults", self._break),
            ("DELETE", "/-/faults", self._heal_all),
            ("DELETE", "/-/faults/{name}", self._heal),
            ("POST", "/-/reviews/{name}", self._decide),
        ):
            app.router.add_route(method, path, self._guarded(answering))

    def _guarded(self, answering: Answering) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                self._check(request)
                answer = await answering(request)
            except Refused as refused:
                answer = refusal(refused)
            asked = LenderRequest(method=request.method, path=request.path, headers=request.headers)
            answer = enveloped(answer, asked, request_id(asked, 0))
            headers = {**answer.headers, "Cache-Control": "no-store"}
            return web.json_response(body=answer.body, status=answer.status, headers=headers)

        return serve

    def _check(self, request: web.Request) -> None:
        """Raises:
        Refused: FORBIDDEN.
        """
        if not _is_foreign(request) and (_is_local(request) or self._knows_token(request)):
            return
        problem = "the controls are for this machine alone, or for whoever sends the token as Authorization: Bearer"
        raise Refused(Code.FORBIDDEN, status=403, payload={"problem": problem})

    def _knows_token(self, request: web.Request) -> bool:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return bool(self._token) and hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), self._token.encode())

    async def _state(self, _: web.Request) -> LenderAnswer:
        now = self._clock.now()
        known = {"kinds": kinds(), "slices": slices_of(self._partner.world), "faults": list(self.board.listed(now))}
        return accepted({"now": now, **known, **state(self._partner, now), **self._extra(now)})

    async def _break(self, request: web.Request) -> LenderAnswer:
        name = self.board.add(read(await _json(request), FaultBody), self._clock.now())
        return accepted({"id": name}, status=201)

    async def _heal(self, request: web.Request) -> LenderAnswer:
        self.board.heal(request.match_info["name"], self._clock.now())
        return accepted({})

    async def _heal_all(self, _: web.Request) -> LenderAnswer:
        self.board.heal_all(self._clock.now())
        return accepted({})

    async def _decide(self, request: web.Request) -> LenderAnswer:
        decision = read(await _json(request), DecisionBody).decision
        case = self._partner.desk.reviews.find(request.match_info["name"])
        return accepted(self._partner.desk.decide(case, decision, self._clock.now()).public())


def _is_foreign(request: web.Request) -> bool:
    """Whether a page of another site or one of the lender's own callbacks asks."""
    origin = request.headers.get("Origin")
    elsewhere = origin is not None and origin.partition("://")[2] != request.host
    return elsewhere or request.headers.get("User-Agent") == AGENT


def _is_local(request: web.Request) -> bool:
    """Whether it comes from this machine, under a name of this machine, and not through a proxy."""
    try:
        address = ipaddress.ip_address(request.remote or "")
        name = URL(f"http://{request.host}").host
    except ValueError:
        return False
    return address.is_loopback and name in _LOCAL_NAMES and "X-Forwarded-For" not in request.headers


async def _json(request: web.Request) -> bytes:
    """A body that a form of another site could not send.

    Raises:
        Refused: NOT_JSON or TOO_LARGE.
    """
    if request.content_type != "application/json":
        raise Refused(Code.NOT_JSON, status=415, payload={"problem": "send the body as application/json"})
    body = await request.content.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise Refused(Code.TOO_LARGE, status=413, payload={"problem": "the body is larger than 64 KiB"})
    return body
