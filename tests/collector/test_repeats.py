import pytest
from collector_samples import ALPHA, NOW, new_recorder, outcome, value
from hypothesis import given
from hypothesis import strategies as st

from collector.repeats import REPEATABLE, WITHIN, Repeats
from drawdown.outcome import Origin
from drawdown.reasons import Reason

DECLINED = Reason.RISK_DECLINED


def repeated(recorder, reason=DECLINED):
    return value(recorder, "drawdown_repeats_total", journey="app", **ALPHA, reason=reason)


def tried(recorder, reason=DECLINED, *, borrower="ann", at=NOW, **more):
    recorder.record(outcome(reason, reason.kind, borrower=borrower, ended_at=at, slices=ALPHA, **more))


def test_the_first_refusal_of_a_borrower_is_none_and_the_next_ones_are():
    recorder = new_recorder()
    tried(recorder)
    assert repeated(recorder) == 0
    for second in (3, 6, 9):
        tried(recorder, at=NOW + second)
    assert repeated(recorder) == 3


def test_refusals_of_different_borrowers_are_no_repeats():
    recorder = new_recorder()
    for borrower in ("ann", "bob", "cid"):
        tried(recorder, borrower=borrower)
    assert repeated(recorder) == 0


def test_a_refusal_for_another_reason_is_news():
    recorder = new_recorder()
    tried(recorder)
    tried(recorder, Reason.MULTI_DEVICE, at=NOW + 1)
    tried(recorder, at=NOW + 2)
    assert repeated(recorder) == repeated(recorder, Reason.MULTI_DEVICE) == 0


def test_a_refusal_ten_minutes_later_is_news():
    repeats = Repeats()
    assert not repeats.again("ann", DECLINED, at=NOW)
    assert repeats.again("ann", DECLINED, at=NOW + WITHIN)
    assert not repeats.again("ann", DECLINED, at=NOW + 2 * WITHIN + 1)


def test_nobody_known_repeats_nothing():
    repeats = Repeats()
    assert [repeats.again("", DECLINED, at=NOW) for _ in range(3)] == [False] * 3
    assert len(repeats) == 0


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in REPEATABLE])
def test_what_does_not_lie_in_who_asks_is_never_a_repeat(reason):
    repeats = Repeats()
    assert not any(repeats.again("ann", reason, at=NOW) for _ in range(3))


def test_a_probe_that_is_refused_again_and_again_is_no_repeat():
    recorder = new_recorder()
    for second in (0, 5):
        tried(recorder, at=NOW + second, origin=Origin.PROBE, journey="drawdown")
    labels, values = recorder.row()
    counted = {one["journey"] for one, now in zip(labels, values, strict=True) if "repeats" in one["__name__"] and now}
    assert counted == set()


def test_those_refused_the_longest_ago_are_forgotten_first():
    repeats = Repeats(most=2)
    for borrower in ("ann", "bob", "ann", "cid"):
        repeats.again(borrower, DECLINED, at=NOW)
    assert repeats.again("ann", DECLINED, at=NOW)
    assert not repeats.again("bob", DECLINED, at=NOW)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(REPEATABLE)[:2]), st.integers(0, 700))))
def test_a_repeat_has_the_borrowers_last_refusal_within_ten_minutes_of_it(told):
    repeats, last = Repeats(), {}
    for borrower, reason, at in told:
        before = last.get(borrower)
        near = before is not None and before[0] == reason and abs(at - before[1]) <= WITHIN
        assert repeats.again(borrower, reason, at=at) == near
        last[borrower] = reason, at
