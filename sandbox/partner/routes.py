"""The paths of the partner API: which endpoint a request is for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.scheme import Code
from sandbox.wire import LenderRequest, Refused

ENDPOINTS: Mapping[str, Mapping[str, str]] = {
    "/v1/login": {"POST": "login"},
    "/v1/quota": {"GET": "quota"},
    "/v1/quotes": {"POST": "quote"},
    "/v1/drawdowns": {"POST": "submit"},
    "/v1/drawdowns/{loan_id}": {"GET": "payout"},
    "/v1/drawdowns/{loan_id}/callback": {"GET": "loan_callback", "PUT": "set_loan_callback"},
    "/v1/reversals": {"POST": "reverse"},
    "/v1/repayments": {"POST": "repay"},
    "/v1/identity/{check_id}": {"GET": "identity"},
    "/v1/identity/{check_id}/begin": {"POST": "begin_check"},
    "/v1/identity/{check_id}/proof": {"POST": "prove"},
    "/v1/callback": {"GET": "callback", "PUT": "set_callback", "DELETE": "drop_callback"},
    "/v1/reviews": {"GET": "reviews"},
    "/v1/reviews/{review_id}": {"GET": "review", "POST": "decide"},
    "/v1/reconciliation": {"GET": "reconciliation"},
    "/v1/keys": {"GET": "keys"},
    "/openapi.yaml": {"GET": "openapi"},
}
"""Path → method → endpoint, as in `openapi.yaml`."""

OPEN = frozenset({"keys", "openapi"})
"""Endpoints for anybody, without an id or a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint, and the `name` that stands in the path."""

    endpoint: str
    name: str = ""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "([A-Za-z0-9._-]+)", re.escape(path)))


_PATTERNS = tuple((_pattern(path), methods) for path, methods in ENDPOINTS.items())


def route(request: LenderRequest) -> Route:
    """Where a request goes.

    Raises:
        Refused: NOT_FOUND or METHOD_NOT_ALLOWED.
    """
    for pattern, methods in _PATTERNS:
        found = pattern.fullmatch(request.path)
        if found and request.method in methods:
            return Route(endpoint=methods[request.method], name=found[1] if found.groups() else "")
        if found:
            raise Refused(Code.METHOD_NOT_ALLOWED, status=405, payload={"allowed": sorted(methods)})
    raise Refused(Code.NOT_FOUND, status=404)
