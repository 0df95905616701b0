"""How an identity is checked, and what counts as a proof of it in a sandbox."""

import re
from collections.abc import Mapping
from enum import StrEnum

from sandbox.scheme import Code
from sandbox.wire import Refused


class Method(StrEnum):
    """What a borrower is asked to do: type a code that was sent to him, show his face, upload his document."""

    __hash__ = str.__hash__  # an Enum's own is slow, and whoever is asked is asked by one of them

    OTP = "otp"
    FACE = "face"
    ID_UPLOAD = "id_upload"


RIGHT: Mapping[Method, str] = {
    Method.OTP: "246810",
    Method.FACE: "face-alive",
    Method.ID_UPLOAD: "document-valid",
}
"""The proof by which anybody passes."""

WRONG: Mapping[Method, str] = {
    Method.OTP: "135790",
    Method.FACE: "face-blurred",
    Method.ID_UPLOAD: "document-blurred",
}
"""A proof that looks like one and is none."""

_FORMS: Mapping[Method, re.Pattern[str]] = {
    Method.OTP: re.compile(r"[0-9]{6}", re.ASCII),
    Method.FACE: re.compile(r"face-[a-z]{1,20}"),
    Method.ID_UPLOAD: re.compile(r"document-[a-z]{1,20}"),
}
_LOOKS: Mapping[Method, str] = {
    Method.OTP: "six digits",
    Method.FACE: "face-… in small letters",
    Method.ID_UPLOAD: "document-… in small letters",
}


def is_right(method: Method, proof: str) -> bool:
    """Whether somebody passes by it.

    Raises:
        Refused: PROOF_INVALID, no proof by this method looks like that.
    """
    if not _FORMS[method].fullmatch(proof):
        problem = f"a proof by {method} is {_LOOKS[method]} - at `$.proof`"
        raise Refused(Code.PROOF_INVALID, status=422, payload={"problem": problem})
    return proof == RIGHT[method]
