"""What every answer of the partner API carries around its content: an id, a language, and what a status calls for."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from sandbox.partner.language import language_of, told
from sandbox.wire import LenderAnswer, LenderRequest

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_ACCEPTED = b'{"code":"0"'
_RETRY_AFTER = {409, 429, 503}


def request_id(request: LenderRequest, number: int) -> str:
    """The caller's own X-Request-Id, where it is a plain word, else one made of `number`."""
    given = request.header("X-Request-Id")
    return given if _REQUEST_ID.fullmatch(given) else f"req-{number:010d}"


def enveloped(answer: LenderAnswer, request: LenderRequest, name: str) -> LenderAnswer:
    """The answer in the caller's language, with the request's id; a refusal also says the id in its body."""
    headers = {**answer.headers, "X-Request-Id": name}
    if "Content-Type" in headers:
        return replace(answer, headers=headers)
    language = language_of(request.header("Accept-Language"))
    headers.update({"Content-Language": {"zh": "zh-CN", "en": "en"}[language], "Vary": "Accept-Language"})
    if language == "zh" and answer.body.startswith(_ACCEPTED):
        return replace(answer, headers=headers)
    body = told(msgspec.json.decode(answer.body), language)
    if body["code"] != "0":
        body["request_id"] = name
        headers.update(_called_for(answer.status, body["data"]))
    return replace(answer, headers=headers, body=msgspec.json.encode(body))


def _called_for(status: int, content: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers that RFC 9110 asks for with a status."""
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status == 405:
        return {"Allow": ", ".join(content["allowed"])}
    if status in _RETRY_AFTER:
        return {"Retry-After": str(math.ceil(content.get("retry_after", 1)))}
    return {}
