"""Worlds that cannot be are refused when they are made, and what is wrong is said."""

import math

import pytest

from sandbox.world import CreditBureau, Rules, Tier

TIER = {"name": "T", "share": 1.0, "lowest_limit": 500, "highest_limit": 1000, "declined": 0.1}


@pytest.mark.parametrize(
    ("make", "wrong", "message"),
    [
        (CreditBureau, {"connections": 0}, "connections must be 1 or more"),
        (CreditBureau, {"latency": 0.0}, "latency must be above 0"),
        (CreditBureau, {"latency": math.nan}, "latency must be above 0"),
        (CreditBureau, {"timeout": 0.0}, "timeout must be above 0"),
        (Rules, {"fraud_job": 0.0}, "fraud_job must be above 0"),
        (Tier, {**TIER, "highest_limit": 499}, "highest_limit must not be below lowest_limit"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(make, wrong, message):
    with pytest.raises(ValueError, match=message):
        make(**wrong)


def test_a_tier_may_have_one_limit_for_all():
    assert Tier(**{**TIER, "highest_limit": 500}).lowest_limit == 500
