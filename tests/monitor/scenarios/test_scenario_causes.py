"""A fault that leads to another is one incident, two that come together are two: with the lender's own mechanisms."""

import pytest
from scenario_texts import monitoring, scenario

from drawdown.reasons import Reason
from monitor.scenarios.run import run

STORM = """
title: slow servers make borrowers try again and again, until the channels congest
family: two
lasts: 8m
world:
  channels: {alpha: {connections: 10}, beta: {connections: 10}, gamma: {connections: 10}}
crowd: {rate: 20, persistence: 0.9}
faults:
  - {kind: slow_servers, from: 3m, to: 5m30s, strength: 10}
  - {kind: scaling_off, from: 3m, to: 5m30s}
truth: [{reason: slow_response, within: 60s, resolves_within: 2m}]
"""
TWO = """
title: one channel is down while another has lost its connections
family: two
lasts: 6m
crowd: {rate: 20}
faults:
  - {kind: channel_down, where: {channel: beta}, from: 2m30s, to: 5m}
  - {kind: channel_squeezed, where: {channel: alpha}, from: 3m, to: 5m}
truth: []
"""


@pytest.fixture(scope="module")
def told():
    return {name: run(scenario(text), 2, monitoring()).watched for name, text in (("storm", STORM), ("two", TWO))}


def test_the_crowd_that_slow_servers_bring_congests_channels_and_is_one_incident(told):
    (storm,) = told["storm"].incidents
    assert (storm.reason, storm.consequences) == (Reason.SLOW_RESPONSE, (Reason.GATEWAY_CONGESTED,))
    assert storm.impact.also[Reason.GATEWAY_CONGESTED] > 50
    assert "It led to: payment channel is congested (gateway_congested, " in told["storm"].notices[-1].notice.text


def test_a_channel_that_lost_its_connections_while_another_is_down_is_another_incident(told):
    assert [each.reason for each in told["two"].incidents] == [Reason.GATEWAY_UNAVAILABLE, Reason.GATEWAY_CONGESTED]
    assert all(each.consequences == () for each in told["two"].incidents)
