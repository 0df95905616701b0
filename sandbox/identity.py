"""Step-up policies: one more identity check, asked of a slice of borrowers while the policy is on."""

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind, Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused

_METHODS = ("otp", "face", "id_upload")


def check_identity(applicant: Applicant, trouble: Trouble, now: float) -> None:
    """Raises:
    Refused: IDENTITY_FAILED where the check that everybody passes unseen is failed, IDENTITY_REQUIRED where one more is
        asked for: which it is and where to do it.
    """
    if applicant.place < trouble.strength(FaultKind.IDENTITY_FAILS, now):
        raise Refused(Code.IDENTITY_FAILED, payload={"method": "device", "tries_left": 2})
    share = trouble.strength(FaultKind.STEP_UP, now)
    if applicant.place >= share:
        return
    method = _METHODS[int(applicant.place / share * len(_METHODS))]
    raise Refused(
        Code.IDENTITY_REQUIRED, payload={"method": method, "link": f"https://lender.example/identity/{method}"}
    )
