"""What a run tells of itself, and what it does not."""

from lenders import Line, Script, answer, journey, no, yes
from structlog.testing import capture_logs
from test_runner import once, play

from drawdown.clock import LoopClock, run_virtually
from drawdown.reasons import Kind, Reason
from probes.exchange import NotConnected


def test_a_bug_of_ours_is_an_outcome_and_a_traceback_without_secrets(settlement):
    def broken(_request):
        raise RuntimeError("tok-SECRET-1 fell down")

    with capture_logs() as logs:
        done, bank = play(settlement, drawdowns=broken)
    assert (done.outcome.kind, done.outcome.reason) == (Kind.UNKNOWN, Reason.MONITOR_FAULT)
    assert done.outcome.detail == "the monitor failed: RuntimeError: [secret] fell down"
    assert "RuntimeError" in logs[0]["traceback"]
    assert "tok-SECRET-1" not in str(logs)
    assert bank.drawn == set()


def test_a_secret_is_never_written_down(settlement, tmp_path):
    text = """
    name: x
    every: 1s
    deadline: 2s
    steps: [{name: one, owes: [password], request: {url: "http://lender/v1/login"}}]
    reversal: {steps: [{name: back, request: {url: "http://lender/v1/login"}}]}
    """

    async def main():
        script = Script(LoopClock(), login=yes())
        return await once(script, settlement, what=journey(text)), script

    done, script = run_virtually(main())
    assert done.outcome.reason is Reason.MONITOR_FAULT
    assert script.requests == []
    assert "s3cret" not in (tmp_path / "settlement.jsonl").read_text()


def test_no_secret_leaves_a_run_in_any_form(settlement):
    leak = "token tok-SECRET-1 password s3cret/pass&word quoted s3cret%2Fpass%26word"
    answers = {"quota": answer(code="0", data={"available": "99", "leak": leak}), "drawdowns": no(leak)}
    done, _ = play(settlement, **answers)
    shown = repr(done)
    assert "[secret]" in done.outcome.detail
    for secret in ("tok-SECRET-1", "s3cret/pass&word", "s3cret%2Fpass%26word"):
        assert secret not in shown


def test_the_log_shows_each_exchange(settlement):
    done, _ = play(settlement)
    polls = ["payout"] * 3
    assert [line.step for line in done.log] == ["login", "quota", "quote", "submit", *polls, "login", "reverse"]
    login = done.log[0]
    assert (login.method, login.url, login.status) == ("POST", "http://lender/v1/login", 200)
    assert login.body == '{"phone":"13800000000","password":"[secret]","device_id":"phone-1"}'
    assert '"[secret]"' in login.reply_body


def test_the_log_tells_why_there_is_no_answer(settlement):
    done, _ = play(settlement, login=Line(NotConnected("connection refused")))
    assert (done.log[0].error, done.log[0].status) == ("connection refused", None)


def test_no_half_of_a_secret_stays_where_a_detail_is_cut(settlement):
    loan = answer(code="0", data={"status": "x" * 460 + "tok-SECRET-1" * 9})
    done, _ = play(settlement, reversals=loan)
    detail = done.outcome.steps[-1].detail
    assert detail.endswith("characters)")
    assert "tok-S" not in detail
