"""What passes between a borrower's app and the lender, and the bodies that the lender reads."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Self, TypeVar

import msgspec

from drawdown.document import load_document
from drawdown.errors import DrawdownError
from drawdown.reasons import POLICY
from sandbox.scheme import Code, written

T = TypeVar("T")
_LARGEST = Decimal(1_000_000_000)
LARGEST_BODY = 64 * 1024
"""Bytes of a request's body; what is larger is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderRequest:
    """An HTTP request. `path` is without its query, which stands in `query` as it came; names of headers are compared
    without regard to case. Whoever sends it waits `patience` seconds at most.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""
    patience: float = math.inf

    def header(self, name: str) -> str:
        """Its value, empty when it is absent."""
        if name in self.headers:
            return self.headers[name]
        wanted = name.casefold()
        return next((value for key, value in self.headers.items() if key.casefold() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderAnswer:
    """An HTTP answer that leaves `after` seconds; when `broken`, the connection ends then and nothing is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    broken: bool = False

    def leaving(self, after: float) -> Self:
        """The same answer, `after` seconds later."""
        return type(self)(status=self.status, body=self.body, headers=self.headers, after=after, broken=self.broken)


class Refused(DrawdownError):
    """The lender says no. `payload` goes into the answer's `data`."""

    def __init__(self, code: Code, *, status: int = 200, payload: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.payload = payload or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginBody:
    phone: str
    password: str
    device_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteBody:
    amount: Decimal
    term_months: int
    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawdownBody:
    quote_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofBody:
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalBody:
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepaymentBody:
    loan_id: str


def read(body: bytes, kind: type[T]) -> T:
    """The body as a `kind`; keys that it does not know are passed over.

    Raises:
        Refused: BAD_REQUEST, and what is wrong with which field.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(str(error)) from None


def bad_request(problem: str) -> Refused:
    return Refused(Code.BAD_REQUEST, status=400, payload={"problem": problem})


def check_amount(amount: Decimal) -> None:
    """Raises:
    Refused: BAD_REQUEST, it is no sum of money with two decimals at most.
    """
    if not (amount.is_finite() and 0 < amount <= _LARGEST and amount == round(amount, 2)):
        raise bad_request("amount must be more than 0, at most 1000000000.00, with two decimals - at `$.amount`")


def money(amount: Decimal) -> str:
    """An amount as it is written: `5000.00`."""
    return f"{amount:.2f}"


def cents(amount: Decimal) -> int:
    """A sum of money in hundredths of a currency unit."""
    return int(amount * 100)


def units(hundredths: int) -> Decimal:
    """The sum of money that so many hundredths are."""
    return Decimal(hundredths) / 100


def accepted(payload: Mapping[str, Any], *, status: int = 200) -> LenderAnswer:
    """The answer that says yes."""
    return LenderAnswer(status=status, body=msgspec.json.encode({"code": "0", "message": "ok", "data": payload}))


SILENCE: Mapping[str, str] = {
    "message": "操作失败",
    "message_en": "the request failed",
    "guidance": "",
    "guidance_en": "",
}
"""What is said where the explanation is missing."""


def refusal(refused: Refused, *, silent: bool = False, renamed: bool = False) -> LenderAnswer:
    """The answer that says no, and, unless it is `silent`, why, and what the borrower can do about it; `renamed`, with
    a code that nobody knows.
    """
    said = SILENCE if silent else words(refused.code)
    body = {"code": written(refused.code, renamed=renamed), **said, "data": refused.payload}
    return LenderAnswer(status=refused.status, body=msgspec.json.encode(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    message: str
    guidance: str
    message_en: str
    guidance_en: str


@cache
def _wordings() -> Mapping[Code, Wording]:
    """What is said of codes that only a partner can put right, and of a few that their reason does not explain."""
    text = resources.files("sandbox").joinpath("words.yaml").read_text(encoding="utf-8")
    bound: dict[Code, Wording] = load_document(text, source="sandbox/words.yaml").bind(dict[Code, Wording])
    return bound


def is_for_partners(code: Code) -> bool:
    """Whether what is said of a code tells a partner what to do, and a borrower nothing."""
    return code in _wordings() and code.reason.blame not in POLICY


@cache
def words(code: Code) -> Mapping[str, str]:
    """What a refusal says to the borrower, or to the partner where it is his doing, in Chinese and English."""
    if code in _wordings():
        return asdict(_wordings()[code])
    chinese, english = code.reason.words("zh"), code.reason.words("en")
    return {
        "message": chinese.title,
        "message_en": english.title,
        "guidance": chinese.guidance,
        "guidance_en": english.guidance,
    }
