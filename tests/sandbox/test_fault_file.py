"""Faults as a person writes them."""

import pytest

from drawdown.document import load_document
from drawdown.errors import InvalidInput
from sandbox.fault import FACTS, FaultKind
from sandbox.fault_file import WrittenFault, nobody
from sandbox.world import World

SLICES = ", ".join(FACTS[FaultKind.LIMIT_CUT].slices)


def faults(text):
    written = load_document(text, source="faults.yaml").bind(list[WrittenFault])
    return tuple(fault for each in written for fault in each.faults(1000.0))


def test_times_count_from_the_start():
    (fault,) = faults("- {kind: limit_cut, where: {tier: C}, strength: 0.5, from: 1m, to: 2m}")
    assert (fault.kind, fault.where, fault.strength) == (FaultKind.LIMIT_CUT, {"tier": "C"}, 0.5)
    assert (fault.starts_at, fault.ends_at) == (1060.0, 1120.0)


def test_a_fault_that_grows_reaches_its_strength_and_keeps_it():
    pieces = faults("- {kind: step_up, from: 0s, to: 2m, ramp: 1m}")
    assert [piece.strength for piece in pieces] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0, 1.0])
    assert [piece.starts_at for piece in pieces[1:]] == [piece.ends_at for piece in pieces[:-1]]
    assert (pieces[0].starts_at, pieces[-1].ends_at) == (1000.0, 1120.0)


def test_a_fault_that_flaps_comes_and_goes():
    pieces = faults("- {kind: channel_down, from: 0s, to: 100s, flapping: 40s}".replace("100s", "1m40s"))
    assert [(piece.starts_at, piece.ends_at) for piece in pieces] == [(1000.0, 1040.0), (1080.0, 1100.0)]


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_can_be_written(kind):
    (fault,) = faults(f"- {{kind: {kind}, from: 0s, to: 1s}}")
    assert fault.force == FACTS[kind].strength


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{kind: limit_cut, from: 2m, to: 1m}", "1:31: 0.to: ends at 1m, which is not after its start at 2m"),
        ("{kind: limit_cut, to: 1m, ramp: 2m}", "1:3: 0: ramp: takes 2m, longer than the fault's 1m"),
        (
            "{kind: limit_cut, to: 1m, ramp: 1m, flapping: 5s}",
            "1:3: 0: flapping: a fault that grows cannot come and go as well; write two faults",
        ),
        (
            "{kind: limit_cut, to: 1h, flapping: 1s}",
            "1:3: 0: flapping: comes and goes more than 500 times; write a longer time",
        ),
        (
            "{kind: limit_cut, where: {endpoint: quota}, to: 1m}",
            f"1:21: 0.where: limit_cut cannot be narrowed by endpoint; it can by {SLICES}",
        ),
        (
            "{kind: callbacks_lost, where: {client: shop, channel: alpha}, to: 1m}",
            "1:26: 0.where: callbacks_lost hits nobody: a client has no channel and no bank; leave one of them out",
        ),
        (
            "{kind: fields_renamed, where: {endpoint: login, tier: A}, to: 1m}",
            "1:26: 0.where: fields_renamed hits nobody: nothing of login is changed, only of quota, quote, submit",
        ),
        ("{kind: limit_cut, to: 1m, for: 1m}", "1:29: 0.for: unknown key; remove it or correct its spelling"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, expected):
    with pytest.raises(InvalidInput) as error:
        faults(f"- {text}")
    assert str(error.value) == f"faults.yaml:{expected}"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ""),
        ({"channel": "alpha", "bank": "icbc", "tier": "A"}, ""),
        ({"tier": "Z"}, "there is no tier 'Z', only A, B, C, D"),
        ({"app": "1.0"}, "there is no app '1.0', only 5.2, 5.1, 4.9, 4.2"),
        ({"client": "anybody"}, ""),
        (
            {"endpoint": "fly"},
            "there is no endpoint 'fly', only login, quota, quote, submit, identity, payout, reverse, repay",
        ),
        ({"channel": "beta", "bank": "icbc"}, "nobody of bank icbc is paid by channel beta"),
    ],
)
def test_a_slice_that_matches_nobody_is_said_to(where, expected):
    assert nobody(where, World()) == expected
