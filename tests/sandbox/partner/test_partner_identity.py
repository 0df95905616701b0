"""Identity checks over the partner API, in any order: what comes back is what the description says."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from partner_description import Answered, complaints, description, validator
from partner_world import Caller, partner_of

from sandbox import Fault, FaultKind
from sandbox.world import IdentityChecks, ServerPool

PATH = "/v1/identity/{check_id}"
PROOFS = {"right": "246810", "wrong": "000000", "malformed": "24681"}
MOVES = st.lists(st.sampled_from(["submit", "see", "begin", "wait", *PROOFS]), min_size=1, max_size=14)


class Checking:
    """A borrower who is asked for a check with two tries, and makes one call after the other."""

    def __init__(self):
        once = IdentityChecks(methods={"otp": 1.0}, tries=2)
        partner = partner_of(identity=once, servers=ServerPool(failures=0.0))
        partner.lender.inject(Fault(kind=FaultKind.STEP_UP, starts_at=0, ends_at=4e9))
        self.caller = Caller(partner)
        self.keys = 0
        self.quote = self.caller.quote()
        self.check = ""
        self.submit()

    def submit(self):
        self.keys += 1
        body = {"quote_id": self.quote, "amount": "10.00"}
        content = self.caller.ask("POST", "/v1/drawdowns", body, Idempotency_Key=f"key-{self.keys}")
        self.check = content["data"].get("check_id", self.check)
        return "/v1/drawdowns", "POST"

    def move(self, move):
        """Make a call; gives the documented path and method that it was for, none for waiting."""
        at = PATH.format(check_id=self.check)
        if move == "wait":
            self.caller.now += 120
            return None
        if move == "submit":
            return self.submit()
        if move == "see":
            self.caller.ask("GET", at)
            return PATH, "GET"
        if move == "begin":
            self.caller.ask("POST", f"{at}/begin")
            return f"{PATH}/begin", "POST"
        self.caller.ask("POST", f"{at}/proof", {"proof": PROOFS[move]})
        return f"{PATH}/proof", "POST"

    def answered(self):
        answer = self.caller.answer
        return Answered(answer.status, dict(answer.headers), json.loads(answer.body))


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_whatever_is_done_about_a_check_gets_a_documented_answer(moves):
    checking = Checking()
    for move in moves:
        operation = checking.move(move)
        if operation is not None:
            assert complaints(*operation, checking.answered()) == []


def test_such_calls_reach_every_answer_that_is_documented_for_checks():
    seen = set()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(MOVES)
    def collect(moves):
        checking = Checking()
        for move in moves:
            operation = checking.move(move)
            if operation is not None:
                seen.add((move, checking.caller.answer.status, checking.answered().content["code"]))

    collect()
    assert seen >= {
        ("submit", 200, "IDENTITY_REQUIRED"),
        ("submit", 200, "IDENTITY_FAILED"),
        ("submit", 202, "0"),
        ("begin", 200, "0"),
        ("begin", 409, "CHECK_ENDED"),
        ("begin", 410, "IDENTITY_EXPIRED"),
        ("right", 200, "0"),
        ("right", 409, "CHECK_NOT_BEGUN"),
        ("right", 410, "IDENTITY_EXPIRED"),
        ("wrong", 200, "IDENTITY_FAILED"),
        ("wrong", 409, "CHECK_ENDED"),
        ("malformed", 422, "PROOF_INVALID"),
    }


def test_a_submit_says_which_check_it_asks_for_as_the_check_itself_does():
    checking = Checking()
    asked_for = checking.answered().content["data"]
    validator(description()["components"]["schemas"]["IdentityCheck"]).validate(asked_for)
    checking.move("see")
    seen = checking.answered().content["data"]
    assert {**seen, "expires_in": 0} == {**asked_for, "expires_in": 0}


def test_who_was_too_late_is_told_what_to_do_in_his_language():
    checking = Checking()
    for move in ("wait", "wait", "wait", "begin"):
        checking.move(move)
    said = checking.answered().content
    assert (said["code"], said["guidance_en"]) == (
        "IDENTITY_EXPIRED",
        "Ask for the money again, and do the new identity check in time.",
    )
    assert said["guidance"] == "请重新提交借款,并在规定时间内完成新的身份核验。"
