from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawdown.reasons import Reason
from sandbox.fault import FACTS, Fault, FaultKind
from sandbox.faults import Faults, strength

ALPHA = {"channel": "alpha", "bank": "icbc", "tier": "A"}
BETA = {"channel": "beta", "bank": "ccb", "tier": "B"}


def slow(strength=None, **times):
    defaults = {"kind": FaultKind.CHANNEL_TIMEOUT, "starts_at": 10, "ends_at": 20}
    return Fault(strength=strength, **{**defaults, **times})


def test_a_fault_acts_from_its_start_until_just_before_its_end():
    seen = [strength([slow(5)], FaultKind.CHANNEL_TIMEOUT, ALPHA, now) for now in (9.9, 10, 19.9, 20)]
    assert seen == [0, 5, 5, 0]


def test_a_fault_acts_on_its_slice_alone():
    fault = slow(5, where={"channel": "alpha", "tier": "A"})
    assert strength([fault], FaultKind.CHANNEL_TIMEOUT, ALPHA, 15) == 5
    assert strength([fault], FaultKind.CHANNEL_TIMEOUT, {**ALPHA, "tier": "B"}, 15) == 0
    assert strength([fault], FaultKind.CHANNEL_TIMEOUT, BETA, 15) == 0


def test_the_strongest_of_several_faults_wins():
    assert strength([slow(5), slow(9), slow(7)], FaultKind.CHANNEL_TIMEOUT, ALPHA, 15) == 9


def test_a_fault_of_another_kind_does_not_act():
    assert strength([slow(5)], FaultKind.CHANNEL_DOWN, ALPHA, 15) == 0


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_is_described_as_it_is(kind):
    page = Path(__file__).parents[2] / "docs" / "faults.md"
    facts = FACTS[kind]
    row = f"| `{kind}` | `{facts.reason}` | {facts.strength:g} | {facts.meaning} |"
    assert row in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_has_a_usual_strength_that_acts(kind):
    fault = Fault(kind=kind, starts_at=0, ends_at=1)
    assert fault.force == FACTS[kind].strength > 0


def test_the_four_causes_of_the_demo_lead_to_their_reasons():
    kinds = (FaultKind.CHANNEL_TIMEOUT, FaultKind.STEP_UP, FaultKind.LIMIT_CUT, FaultKind.SLOW_SERVERS)
    assert [Fault(kind=kind, starts_at=0, ends_at=1).reason for kind in kinds] == [
        Reason.GATEWAY_TIMEOUT,
        Reason.IDENTITY_REQUIRED,
        Reason.LIMIT_REDUCED,
        Reason.SLOW_RESPONSE,
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "earthquake"}, "there is no fault 'earthquake', only channel_timeout, "),
        ({"ends_at": 9}, "ends before it starts"),
        ({"ends_at": float("nan")}, "ends before it starts"),
        ({"strength": -1}, "must be 0 or more"),
        (
            {"kind": FaultKind.CALLBACKS_LATE, "where": {"client": "shop", "bank": "icbc"}},
            "callbacks_late hits nobody: a client has no channel and no bank",
        ),
        (
            {"kind": FaultKind.FIELDS_RENAMED, "where": {"endpoint": "payout"}},
            "fields_renamed hits nobody: nothing of payout is changed, only of quota, quote, submit",
        ),
        ({"where": {"colour": "red"}}, "cannot be narrowed by colour, only by channel, bank, tier"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        slow(**wrong)


FAULTS = st.builds(
    lambda kind, start, lasts, force: Fault(kind=kind, starts_at=start, ends_at=start + lasts, strength=force),
    st.sampled_from([FaultKind.CHANNEL_TIMEOUT, FaultKind.STEP_UP]),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 9),
)


@given(st.lists(FAULTS, max_size=6), st.lists(st.floats(-1, 45), max_size=20))
def test_faults_that_are_asked_often_say_the_same_in_whatever_order_times_come(faults, times):
    asked = Faults(faults)
    for now in times:
        kinds = {fault.kind for fault in faults if fault.starts_at <= now < fault.ends_at}
        assert asked.at_work(now) == bool(kinds)
        for kind in (FaultKind.CHANNEL_TIMEOUT, FaultKind.STEP_UP):
            assert asked.strength(kind, ALPHA, now) == strength(faults, kind, ALPHA, now)
