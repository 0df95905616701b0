"""The lender's own codes: the closed set, and what each one means. The mapping is data, in `codes.yaml`."""

from enum import StrEnum
from functools import cache
from importlib import resources

from drawdown.codes import Codes
from drawdown.document import load_document
from drawdown.reasons import Reason

SCHEME = "sandbox"


class Code(StrEnum):
    """What the lender answers instead of `0`."""

    CHANNEL_TIMEOUT = "CHANNEL_TIMEOUT"
    CHANNEL_BUSY = "CHANNEL_BUSY"
    CHANNEL_DOWN = "CHANNEL_DOWN"
    CHANNEL_MAINTENANCE = "CHANNEL_MAINTENANCE"
    CHANNEL_REJECTED = "CHANNEL_REJECTED"
    SYSTEM_BUSY = "SYSTEM_BUSY"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    BUREAU_DOWN = "BUREAU_DOWN"
    BUREAU_TIMEOUT = "BUREAU_TIMEOUT"
    IDENTITY_REQUIRED = "IDENTITY_REQUIRED"
    IDENTITY_FAILED = "IDENTITY_FAILED"
    IDENTITY_EXPIRED = "IDENTITY_EXPIRED"
    ID_EXPIRED = "ID_EXPIRED"
    LIMIT_REDUCED = "LIMIT_REDUCED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    FUNDER_QUOTA = "FUNDER_QUOTA"
    RISK_REJECT = "RISK_REJECT"
    UNDER_REVIEW = "UNDER_REVIEW"
    ACCOUNT_RESTRICTED = "ACCOUNT_RESTRICTED"
    MULTI_DEVICE = "MULTI_DEVICE"
    BURST_CONTROL = "BURST_CONTROL"
    BAD_ACCOUNT = "BAD_ACCOUNT"
    PASSWORD_WRONG = "PASSWORD_WRONG"  # noqa: S105 - a code, not a password
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a code, not a token
    BAD_REQUEST = "BAD_REQUEST"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    KEY_REUSED = "KEY_REUSED"
    KEY_REVERSED = "KEY_REVERSED"
    KEY_RUNNING = "KEY_RUNNING"
    CLIENT_UNKNOWN = "CLIENT_UNKNOWN"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SIGNATURE_EXPIRED = "SIGNATURE_EXPIRED"
    SIGNATURE_REPLAYED = "SIGNATURE_REPLAYED"
    FORBIDDEN = "FORBIDDEN"
    NOT_JSON = "NOT_JSON"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    REVIEW_DECIDED = "REVIEW_DECIDED"
    NOTHING_OWED = "NOTHING_OWED"
    CHECK_ENDED = "CHECK_ENDED"
    CHECK_NOT_BEGUN = "CHECK_NOT_BEGUN"
    PROOF_INVALID = "PROOF_INVALID"

    @property
    def reason(self) -> Reason:
        return _reasons()[self]


def written(code: Code, *, renamed: bool) -> str:
    """How an answer says a code: by its name, or `renamed` by one that is in no scheme."""
    return f"{code.value}_V2" if renamed else code.value


@cache
def _reasons() -> dict[Code, Reason]:
    text = resources.files("sandbox").joinpath("codes.yaml").read_text(encoding="utf-8")
    schemes: dict[str, dict[Code, Reason]] = load_document(text, source="sandbox/codes.yaml").bind(
        dict[str, dict[Code, Reason]]
    )
    return schemes[SCHEME]


def codes() -> Codes:
    """The scheme `sandbox`, to be merged into the codes that the monitor knows."""
    return {SCHEME: {code.value: reason for code, reason in _reasons().items()}}
