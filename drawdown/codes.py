"""From a lender's own codes to reasons. The mapping is data: `codes.yaml` beside this file holds the public sets, and a
configuration adds its own or overrides single codes.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from drawdown.document import load_document
from drawdown.reasons import Reason

Codes = Mapping[str, Mapping[str, Reason]]
"""Scheme → code → reason. Codes are compared as text, without regard to case."""

_NAMES = {reason.value: reason for reason in Reason}


@cache
def public_codes() -> Codes:
    """The sets that come with the project."""
    text = resources.files("drawdown").joinpath("codes.yaml").read_text(encoding="utf-8")
    schemes: dict[str, dict[str, Reason]] = load_document(text, source="drawdown/codes.yaml").bind(
        dict[str, dict[str, Reason]]
    )
    return merged({}, schemes)


def merged(codes: Codes, more: Codes) -> Codes:
    """`codes` with `more` on top."""
    schemes = {*codes, *more}
    return {
        scheme: {code.casefold(): reason for part in (codes, more) for code, reason in part.get(scheme, {}).items()}
        for scheme in sorted(schemes)
    }


def reason_of(codes: Codes, scheme: str, code: str) -> Reason:
    """The reason of `code`; a code that nobody has mapped is `unmapped`. The name of a reason is a code for itself."""
    known = codes.get(scheme, {}).get(code.casefold())
    if known is not None:
        return known
    return _NAMES.get(code, Reason.UNMAPPED)
