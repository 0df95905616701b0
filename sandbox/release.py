"""What a release of the lender changes in its answers: codes and fields get other names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind
from sandbox.faults import Faults, Trouble

RENAMED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "quota": ("available", "available_credit"),
        "quote": ("quote_id", "quote_no"),
        "submit": ("loan_id", "loan_no"),
    }
)
"""By endpoint: the field that may be renamed, and its other name."""


def has_new_codes(applicant: Applicant, trouble: Trouble | None, now: float) -> bool:
    """Whether one who is refused gets a code that nobody knows."""
    return trouble is not None and applicant.place < trouble.strength(FaultKind.CODES_RENAMED, now)


def missing(endpoint: str, applicant: Applicant, faults: Faults, now: float) -> str:
    """The field that one who reads an answer of `endpoint` looks for in vain; empty where there is none."""
    where = {"endpoint": endpoint, "tier": applicant.tier, "region": applicant.region, "app": applicant.app}
    return RENAMED[endpoint][0] if applicant.place < faults.strength(FaultKind.FIELDS_RENAMED, where, now) else ""


def with_names(content: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """The content of an answer in which `field` has its other name."""
    names = dict(RENAMED.values())
    return {names[name] if name == field else name: value for name, value in content.items()}
