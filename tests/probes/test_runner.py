import asyncio
import json
from contextlib import suppress

import pytest
from lenders import CODES, Bank, Line, Script, answer, journey, loan, no, numbered, shipped, yes
from pydantic import SecretStr
from structlog.testing import capture_logs

from drawdown.clock import LoopClock, run_virtually
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from probes.exchange import Disconnected, LocalFault, Reply
from probes.runner import Run, run
from probes.settlement import Settlement

VARIABLES = {
    "base_url": "http://lender",
    "phone": "13800000000",
    "password": SecretStr("s3cret/pass&word"),
    "device_id": "phone-1",
    "card": "6222-icbc-1",
}


async def once(bank, settlement, *, what=None, origin=Origin.PROBE, variables=VARIABLES) -> Run:
    return await run(
        what or shipped(),
        exchange=bank,
        clock=LoopClock(),
        settlement=settlement,
        variables=variables,
        codes=CODES,
        origin=origin,
        new_id=numbered(),
    )


def play(settlement, bank_type=Bank, **answers):
    """Run the shipped journey against a bank with these answers; the run and the bank after it."""

    async def main():
        bank = bank_type(LoopClock(), **answers)
        return await once(bank, settlement), bank

    return run_virtually(main())


def steps_of(done: Run, *, cleanup=False):
    return [step.name for step in done.outcome.steps if step.cleanup is cleanup]


def test_a_loan_that_is_paid_out_succeeds_and_is_given_back(settlement):
    done, bank = play(settlement)
    assert (done.outcome.kind, done.outcome.reason, done.outcome.step) == (Kind.SUCCEEDED, Reason.NONE, "")
    assert steps_of(done) == ["login", "quota", "quote", "submit", "payout"]
    assert steps_of(done, cleanup=True) == ["login", "reverse"]
    assert bank.drawn == set()
    assert settlement.owed() == ()


def test_an_outcome_tells_who_tried_what_and_when(settlement):
    attempt = play(settlement)[0].outcome.attempt
    assert (attempt.id, attempt.origin, attempt.journey) == ("run-1", Origin.PROBE, "drawdown")
    assert attempt.slices == {"channel": "alpha", "bank": "icbc", "tier": "A"}
    assert (attempt.amount, attempt.available) == (10.0, 5000.0)
    assert attempt.started_at == 1_700_000_000.0


def test_an_attempt_ends_before_its_reversal_begins(settlement):
    outcome = play(settlement)[0].outcome
    forward = [step for step in outcome.steps if not step.cleanup]
    assert outcome.duration == pytest.approx(sum(step.duration for step in forward))


def test_polls_of_a_step_add_up(settlement):
    payout = play(settlement)[0].outcome.steps[4]
    assert (payout.name, payout.exchanges) == ("payout", 3)
    assert payout.duration == pytest.approx(2 * 0.25 + 3 * 0.05)


def test_one_run_draws_under_one_key_and_is_reversed_by_it(settlement):
    _, bank = play(settlement)
    drawn = bank.asked("drawdowns")[0].headers["Idempotency-Key"]
    reversed_by = json.loads(bank.asked("reversals")[0].body)["idempotency_key"]
    assert drawn == reversed_by == "run-1"


def test_captured_values_stay_as_they_were_written(settlement):
    _, bank = play(settlement, quotes=answer(code="0", data={"quote_id": "007"}))
    assert json.loads(bank.asked("drawdowns")[0].body)["quote_id"] == "007"


def test_a_captured_number_keeps_its_digits(settlement):
    body = b'{"code": 0, "data": {"quote_id": 12345678901234567890.10}}'
    _, bank = play(settlement, quotes=Line(Reply(status=200, body=body)))
    assert json.loads(bank.asked("drawdowns")[0].body)["quote_id"] == "12345678901234567890.10"


def test_a_200_with_a_business_error_is_no_success(settlement):
    done, bank = play(settlement, drawdowns=no("LIMIT_REDUCED"))
    outcome = done.outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.BLOCKED, Reason.LIMIT_REDUCED, "submit")
    assert (outcome.code, outcome.explained) == ("LIMIT_REDUCED", True)
    assert bank.asked("drawdowns_one") == []


def test_a_refusal_without_guidance_is_unexplained(settlement):
    assert play(settlement, quotes=no("LIMIT_REDUCED", guidance=" "))[0].outcome.explained is False


def test_the_code_of_a_failed_payout_gives_the_reason(settlement):
    done, _ = play(settlement, drawdowns_one=loan("LOAN_FAILED", fail_code="CHANNEL_TIMEOUT"))
    outcome = done.outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.FAILED, Reason.GATEWAY_TIMEOUT, "payout")
    assert outcome.code == "CHANNEL_TIMEOUT"
    assert "LOAN_FAILED" in outcome.detail


def test_a_repeated_submit_is_answered_with_its_first_result_and_goes_on(settlement):
    done, _ = play(settlement, drawdowns=answer(code="REPEATED", data={"loan_id": "L1"}))
    assert done.outcome.kind is Kind.SUCCEEDED


def test_a_missing_capture_fails_its_step(settlement):
    outcome = play(settlement, quotes=yes(fee="0.10"))[0].outcome
    assert (outcome.reason, outcome.step) == (Reason.CAPTURE_MISSING, "quote")
    assert "quote_id at $.data.quote_id" in outcome.detail


def test_a_payout_that_stays_pending_until_the_deadline_is_stuck(settlement):
    done, bank = play(settlement, drawdowns_one=loan("AUDITING"))
    outcome = done.outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.UNKNOWN, Reason.SETTLEMENT_STUCK, "payout")
    assert outcome.duration == pytest.approx(15.0)
    assert bank.drawn == set()


def test_a_poll_that_hangs_at_the_deadline_is_stuck_too(settlement):
    answers = [loan("AUDITING"), Line(loan("AUDITING").what, after=2.5)]
    outcome = play(settlement, drawdowns_one=answers)[0].outcome
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.SETTLEMENT_STUCK)
    assert outcome.duration == pytest.approx(15.0)


def test_a_late_answer_is_slow_and_its_time_is_kept(settlement):
    outcome = play(settlement, quota=yes(after=60))[0].outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.FAILED, Reason.SLOW_RESPONSE, "quota")
    slow = outcome.steps[-1]
    assert (slow.name, slow.kind, slow.duration) == ("quota", Kind.FAILED, pytest.approx(3.0))
    assert slow.phases.first_byte == pytest.approx(3.0)


def test_an_answer_beyond_the_latency_is_slow(settlement):
    outcome = play(settlement, login=yes(token="tok-9", after=2.5))[0].outcome
    assert (outcome.reason, outcome.step) == (Reason.SLOW_RESPONSE, "login")
    assert outcome.detail == "took 2.5s, expected at most 2.0s"


def test_a_submit_without_an_answer_may_have_drawn(settlement):
    done, bank = play(settlement, drawdowns=yes(after=60))
    assert (done.outcome.kind, done.outcome.reason) == (Kind.UNKNOWN, Reason.SLOW_RESPONSE)
    assert done.outcome.steps[3].kind is Kind.UNKNOWN
    assert bank.drawn == set()
    assert settlement.owed() == ()


def test_a_connection_lost_before_the_submit_is_a_failure(settlement):
    outcome = play(settlement, quotes=Line(Disconnected("reset")))[0].outcome
    assert (outcome.kind, outcome.reason, outcome.step) == (Kind.FAILED, Reason.DEPENDENCY_DOWN, "quote")


def test_our_own_fault_is_not_the_lenders(settlement):
    outcome = play(settlement, login=Line(LocalFault("network is unreachable")))[0].outcome
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.MONITOR_FAULT)


def test_the_deadline_ends_a_journey_between_its_steps(settlement):
    text = """
    {name: x, every: 1s, deadline: 2s, steps: [{name: one, request: {url: "http://lender/v1/login"}},
     {name: two, request: {url: "http://lender/v1/quota"}}]}"""

    async def main():
        return await once(Script(LoopClock(), login=yes(after=2)), settlement, what=journey(text))

    outcome = run_virtually(main()).outcome
    assert (outcome.reason, outcome.step, outcome.duration) == (Reason.SLOW_RESPONSE, "two", 2.0)
    assert [step.name for step in outcome.steps] == ["one"]


def test_nothing_is_sent_when_the_debt_cannot_be_written_down(settlement, monkeypatch):
    def full(_line):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settlement, "_append", full)
    done, bank = play(settlement)
    assert (done.outcome.reason, done.outcome.step) == (Reason.MONITOR_FAULT, "submit")
    assert "No space left" in done.outcome.detail
    assert bank.asked("drawdowns") == []


def test_the_debt_is_on_disk_before_the_request_leaves(settlement, tmp_path):
    seen = []

    def drawdowns(_request):
        seen.append((tmp_path / "settlement.jsonl").read_text())
        return yes(loan_id="L1")

    play(settlement, drawdowns=drawdowns)
    assert json.loads(seen[0])["owe"]["values"] == {"idempotency_key": "run-1"}


def test_a_reversal_that_fails_leaves_the_debt_and_says_so(settlement):
    with capture_logs() as logs:
        done, _ = play(settlement, reversals=no("NO_SUCH"))
    assert done.outcome.kind is Kind.SUCCEEDED
    assert [debt.run for debt in settlement.left()] == ["run-1"]
    assert [(log["event"], log["step"]) for log in logs] == [("reversal_failed", "reverse")]
    assert done.outcome.steps[-1].reason is Reason.UNMAPPED


def test_a_reversal_whose_expectation_fails_clears_nothing(settlement):
    play(settlement, reversals=loan("PENDING"))
    assert len(settlement.owed()) == 1


def test_a_reversal_has_time_of_its_own(settlement):
    bank_answers = {"drawdowns_one": loan("AUDITING"), "reversals": Line(loan("REVERSED").what, after=4.5)}
    done, _ = play(settlement, **bank_answers)
    assert settlement.owed() == ()
    assert done.outcome.steps[-1].duration == pytest.approx(4.5)


@pytest.mark.parametrize("moment", [0.01, 0.16, 0.21, 0.6, 0.95])
def test_a_cancelled_run_still_gives_its_money_back(settlement, moment):
    async def main():
        bank = Bank(LoopClock())
        task = asyncio.create_task(once(bank, settlement))
        await asyncio.sleep(moment)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return bank, task

    bank, task = run_virtually(main())
    assert task.cancelled()
    assert bank.drawn == set()
    assert settlement.owed() == ()


def test_an_exchange_that_never_returns_is_ended_from_outside(settlement):
    class Hanging(Bank):
        async def send(self, _request):
            await asyncio.sleep(1e6)

    done, _ = play(settlement, Hanging)
    assert (done.outcome.reason, done.outcome.step) == (Reason.MONITOR_FAULT, "login")
    assert done.outcome.duration == pytest.approx(16.0)
    assert done.outcome.steps[0].duration == pytest.approx(16.0)


def test_a_loop_that_stood_still_is_not_the_lenders_slowness(settlement):
    class Stalled(Bank):
        async def send(self, request):
            if self.path(request) == "quota":
                asyncio.get_running_loop()._virtual_now += 5
            return await super().send(request)

    done, _ = play(settlement, Stalled)
    assert (done.outcome.reason, done.outcome.step) == (Reason.MONITOR_FAULT, "quota")
    assert "stood still" in done.outcome.detail


def test_a_template_that_fails_while_running_is_our_fault(settlement):
    text = """{name: x, every: 1s, deadline: 2s, steps: [{name: one, request: {url: "http://l/{{ phone + 1 }}"}}]}"""

    async def main():
        return await once(Script(LoopClock()), settlement, what=journey(text))

    outcome = run_virtually(main()).outcome
    assert (outcome.reason, outcome.step) == (Reason.MONITOR_FAULT, "one")


def test_a_manual_run_says_so(settlement):
    async def main():
        return await once(Bank(LoopClock()), settlement, origin=Origin.MANUAL)

    assert run_virtually(main()).outcome.attempt.origin is Origin.MANUAL


def test_what_the_configuration_gives_wins_over_the_journeys_own_variables(settlement):
    async def main():
        bank = Bank(LoopClock())
        return await once(bank, settlement, variables={**VARIABLES, "amount": "25.50"})

    assert run_virtually(main()).outcome.attempt.amount == 25.5


@pytest.mark.parametrize("amount", ["a lot", "NaN", "Infinity", ""])
def test_an_amount_that_is_no_number_is_unknown(settlement, amount):
    async def main():
        return await once(
            Bank(LoopClock(), quota=yes(available="1")), settlement, variables={**VARIABLES, "amount": amount}
        )

    assert run_virtually(main()).outcome.attempt.amount is None


def test_a_run_leaves_no_task_behind(settlement):
    async def main():
        await once(Bank(LoopClock()), settlement)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert run_virtually(main()) == 1


def test_two_runs_share_neither_key_nor_values(tmp_path):
    async def main():
        ids, clock = numbered(), LoopClock()
        bank = Bank(clock, drawdowns_one=loan("LOAN_SUCCESS"))
        with Settlement(tmp_path / "s.jsonl") as settlement:
            for _ in range(2):
                await run(
                    shipped(),
                    exchange=bank,
                    clock=clock,
                    settlement=settlement,
                    variables=VARIABLES,
                    codes=CODES,
                    origin=Origin.PROBE,
                    new_id=ids,
                )
        return bank

    keys = [request.headers["Idempotency-Key"] for request in run_virtually(main()).asked("drawdowns")]
    assert keys == ["run-1", "run-2"]
