"""One borrower and one identity check after the other, in any order, held against what must always be so."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sandbox import Fault, FaultKind
from sandbox.applicants import Applicant, Card
from sandbox.faults import Faults
from sandbox.identity.check import CheckState
from sandbox.identity.identity import Identity
from sandbox.identity.method import RIGHT, WRONG, Method
from sandbox.quotes import Quote
from sandbox.scheme import Code
from sandbox.wire import Refused
from sandbox.world import IdentityChecks

NOON = 1_700_000_000.0
WHO = Applicant("1", 1, "A", 1000)
QUOTE = Quote(1, WHO, 1000, Card("icbc", "alpha", closed=False))
FAULTS = Faults([Fault(kind=FaultKind.STEP_UP, starts_at=0, ends_at=4e9)])


def refused(call, *given, **named):
    """Why a call is refused, None when it is not."""
    try:
        call(*given, **named)
    except Refused as no:
        return no
    return None


class Checked(RuleBasedStateMachine):
    """`id` is the check that he was asked for last, `wrong` how many answers to it were."""

    @initialize(tries=st.integers(1, 3), valid=st.floats(1, 100), holds=st.floats(1, 100))
    def ask_for_checks(self, tries, valid, holds):
        self.settings = IdentityChecks(methods={"face": 1.0}, tries=tries, valid=valid, holds=holds)
        self.identity = Identity(self.settings)
        self.now, self.id, self.asked_at, self.passed_at, self.wrong = NOON, "", 0.0, None, 0

    def is_in_time(self):
        return self.now < self.asked_at + self.settings.valid

    def holds(self):
        return self.passed_at is not None and self.now < self.passed_at + self.settings.holds

    @rule(seconds=st.floats(0, 60))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def submit(self):
        no = refused(self.identity.check_submit, QUOTE, FAULTS.at({}), self.now)
        assert (no is None) == self.holds()
        if no is not None and no.payload["check_id"] != self.id:
            assert self.passed_at is not None or not self.is_in_time()
            self.id, self.asked_at, self.passed_at, self.wrong = no.payload["check_id"], self.now, None, 0
        if no is not None:
            is_used_up = self.wrong >= self.settings.tries
            assert no.code is (Code.IDENTITY_FAILED if is_used_up else Code.IDENTITY_REQUIRED)

    @precondition(lambda self: self.id)
    @rule()
    def begin(self):
        no = refused(self.identity.begin, "1", self.id, self.now)
        is_open = self.passed_at is None and self.is_in_time() and self.wrong < self.settings.tries
        assert (no is None) == is_open
        assert no is None or no.code in {Code.CHECK_ENDED, Code.IDENTITY_EXPIRED}

    @precondition(lambda self: self.id)
    @rule(right=st.booleans())
    def prove(self, right):
        before = self.identity.find("1", self.id).state(self.now)
        proof = (RIGHT if right else WRONG)[Method.FACE]
        no = refused(self.identity.prove, WHO, self.id, self.now, proof=proof, faults=FAULTS)
        assert (no is None) == (right and before is CheckState.BEGUN)
        if no is None:
            assert self.is_in_time()
            self.passed_at = self.now
        self.wrong += no is not None and no.code is Code.IDENTITY_FAILED

    @invariant()
    def tries_are_counted_and_what_is_passed_stays_so(self):
        if not getattr(self, "id", ""):
            return
        check = self.identity.find("1", self.id)
        assert check.tries_left == self.settings.tries - self.wrong >= 0
        assert (check.state(self.now) is CheckState.PASSED) == (self.passed_at is not None)


TestChecked = Checked.TestCase
