import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.demand import Demand, Promotion

MIDNIGHT = 1_700_006_400.0 - 28_800.0
"""Of a day in Shanghai."""


def at(hour):
    return MIDNIGHT + 3600 * hour


def test_midnight_is_midnight():
    assert (MIDNIGHT + 28_800) % 86_400 == 0


def test_a_day_has_its_average_a_night_that_is_nearly_empty_and_a_peak_in_the_evening():
    demand = Demand(rate=20.0, daily=True)
    day = [demand.rate_at(at(minute / 60), 0.0) for minute in range(1440)]
    assert sum(day) / len(day) == pytest.approx(20.0)
    assert day[4 * 60] == min(day) < 2.0
    assert day[21 * 60] == max(day) > 38.0


def test_a_payday_is_busier_by_its_factor():
    usual, payday = Demand(daily=True), Demand(daily=True, payday=2.5)
    assert payday.rate_at(at(12), 0.0) == pytest.approx(2.5 * usual.rate_at(at(12), 0.0))


def test_without_a_rhythm_the_rate_never_changes():
    assert Demand(rate=3.0).rate_at(at(4), 0.0) == 3.0
    assert Demand(rate=3.0).steady_until(at(4), 0.0) == math.inf


@given(st.floats(0, 400), st.booleans())
def test_the_rate_changes_only_when_it_is_said_to(after, daily):
    demand = Demand(rate=10.0, daily=daily, promotion=Promotion(after=100, lasts=200, times=3))
    now = MIDNIGHT + after
    until = demand.steady_until(now, MIDNIGHT)
    assert until > now
    shortly_before = demand.rate_at(min(until, now + 60) - 1e-3, MIDNIGHT)
    assert shortly_before == pytest.approx(demand.rate_at(now, MIDNIGHT), rel=0.03)
