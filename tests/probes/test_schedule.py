from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.schedule import missed, next_after, phase_of

moments = st.floats(0, 1e9)
periods = st.floats(0.01, 86_400)


@given(moments, periods, st.floats(0, 1))
def test_the_next_slot_is_the_first_one_later_than_now(moment, every, share):
    slot = next_after(moment, every=every, phase=share * every)
    assert moment < slot
    assert slot - moment <= every * (1 + 1e-6)


@given(moments, periods, st.text(min_size=1))
def test_slots_stay_where_they_are(moment, every, name):
    phase = phase_of(name, every)
    first = next_after(moment, every=every, phase=phase)
    second = next_after(first, every=every, phase=phase)
    assert second - first == pytest.approx(every, rel=1e-3)
    assert (first - phase) / every == pytest.approx(round((first - phase) / every), abs=1e-3)


@given(st.integers(1, 50), periods)
def test_every_slot_between_two_runs_is_missed(slots, every):
    assert missed(0.0, slots * every, every=every) == slots - 1


@given(st.text(min_size=1), periods)
def test_a_name_has_one_phase_within_the_period(name, every):
    assert 0 <= phase_of(name, every) < every
    assert phase_of(name, every) == phase_of(name, every)


def test_journeys_are_spread_over_the_period():
    phases = sorted(phase_of(f"journey-{number}", 10.0) for number in range(200))
    gaps = [after - before for before, after in pairwise(phases)]
    assert max(gaps) < 0.5


def test_a_phase_is_the_same_in_every_process():
    assert phase_of("drawdown", 2.0) == pytest.approx(0.3162005066)
