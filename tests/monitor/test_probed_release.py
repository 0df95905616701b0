"""What the shipped probe says of a lender whose answers a release has changed, and of callbacks that get lost."""

import pytest

from drawdown.clock import LoopClock, run_virtually
from drawdown.document import read_document
from drawdown.outcome import Origin
from drawdown.reasons import Kind, Reason
from monitor.config import built_in_codes
from monitor.demo.stage import LenderExchange
from monitor.scenarios.living import JOURNEY
from probes.journey import load_journey
from probes.runner import run
from probes.settlement import Debts
from sandbox import Fault, FaultKind, Lender
from sandbox.server import direct

EPOCH = 1_700_000_000.0
GIVEN = {
    "base_url": "http://lender",
    "phone": "13800000001",
    "password": "probe-password",
    "device_id": "d",
    "card": "6222-icbc",
}
CODES = built_in_codes()


def fault(kind, **more):
    return Fault(kind=FaultKind(kind), starts_at=0, ends_at=4e9, **more)


def probed(*faults):
    """How one run of the probe ends, and what is still owed after it."""
    lender, journey = (
        Lender(seed=1, faults=faults),
        load_journey(read_document(JOURNEY), variables=frozenset(GIVEN), codes=CODES),
    )

    async def main():
        clock = LoopClock(EPOCH)
        done = await run(
            journey,
            exchange=LenderExchange(direct(lender, clock)),
            clock=clock,
            settlement=Debts(),
            variables=GIVEN,
            codes=CODES,
            origin=Origin.PROBE,
        )
        return done.outcome, lender.outstanding(clock.now())

    return run_virtually(main())


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("quota", Reason.CONTRACT_CHANGED),
        ("quote", Reason.CAPTURE_MISSING),
        ("submit", Reason.CAPTURE_MISSING),
    ],
)
def test_a_field_that_has_another_name_is_missed_where_it_is_needed(endpoint, reason):
    outcome, owed = probed(fault("fields_renamed", where={"endpoint": endpoint}))
    assert (outcome.step, outcome.kind, outcome.reason) == (endpoint, Kind.FAILED, reason)
    assert owed == ()


def test_a_code_that_nobody_knows_is_told_as_it_came():
    outcome, _ = probed(fault("limit_cut"), fault("codes_renamed"))
    assert (outcome.step, outcome.reason, outcome.code) == ("submit", Reason.UNMAPPED, "LIMIT_REDUCED_V2")


def test_a_failed_payout_with_a_code_that_nobody_knows_is_told_as_it_came():
    outcome, _ = probed(fault("channel_rejects"), fault("codes_renamed"))
    assert (outcome.step, outcome.reason, outcome.code) == ("payout", Reason.UNMAPPED, "CHANNEL_REJECTED_V2")


def test_a_lost_callback_leaves_the_probe_waiting_and_what_it_drew_is_given_back():
    outcome, owed = probed(fault("callbacks_lost", where={"channel": "alpha"}))
    assert (outcome.step, outcome.kind, outcome.reason) == ("payout", Kind.UNKNOWN, Reason.SETTLEMENT_STUCK)
    assert owed == ()
