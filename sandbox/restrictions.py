"""Restricted accounts: a job looks for fraud now and then, and who is on its list may not draw until it runs again."""

from sandbox.applicants import Applicant
from sandbox.fault import FaultKind
from sandbox.faults import Trouble
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import Rules

_RULE = FaultKind.FRAUD_RULE


class Restrictions:
    """The list, as a function of time: at each run it is made anew of those who look more suspicious than a threshold.
    One that was set too low catches people who only look a little unusual.
    """

    def __init__(self, rules: Rules) -> None:
        self._threshold = 1.0 - rules.restricted
        self._every = rules.fraud_job

    def check(self, applicant: Applicant, trouble: Trouble | None, now: float) -> None:
        """Raises:
        Refused: ACCOUNT_RESTRICTED.
        """
        threshold = self._threshold
        if trouble is not None:
            threshold -= trouble.strength(_RULE, now // self._every * self._every)
        if applicant.suspicion > threshold:
            raise Refused(Code.ACCOUNT_RESTRICTED)
