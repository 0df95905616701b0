"""When the monitor looks, and when it hears what is reported, while its own things go wrong."""

import numpy as np
import pytest

from monitor.scenarios.beats import OwnTrouble
from monitor.scenarios.scenario import OwnEvent, OwnKind

START = 1_700_000_000.0


def own(kind, starts, ends=None, by=0.0):
    return OwnEvent(kind=kind, starts_at=START + starts, ends_at=START + (starts if ends is None else ends), by=by)


def beats(seconds, *events):
    found = OwnTrouble(events).beats(START, seconds)
    columns = (found.truly - START).tolist(), (found.shown - START).tolist(), found.missed.tolist()
    return columns, found.fresh.tolist()


def test_it_looks_every_second_from_the_first_one_on():
    (truly, shown, missed), fresh = beats(4.0)
    assert truly == shown == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert (missed, fresh) == ([0.0] * 5, [True] * 5)


def test_while_it_starves_it_does_not_look_and_counts_what_it_missed():
    (truly, shown, missed), _ = beats(8.0, own(OwnKind.STARVED, 2.5, 5.5))
    assert truly == [0.0, 1.0, 2.0, 5.5, 6.0, 7.0, 8.0]
    assert shown == [0.0, 1.0, 2.0, 3.0, 6.0, 7.0, 8.0]
    assert missed == [0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0]


def test_a_clock_that_is_set_forward_leaves_looks_out():
    (truly, shown, missed), _ = beats(4.0, own(OwnKind.CLOCK_STEP, 1.5, by=30.0))
    assert truly == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert shown == [0.0, 1.0, 2.0, 33.0, 34.0]
    assert missed == [0.0, 0.0, 0.0, 30.0, 30.0]


def test_a_clock_that_is_set_back_shows_times_again_which_are_not_sampled_again():
    (truly, shown, _), fresh = beats(7.0, own(OwnKind.CLOCK_STEP, 2.5, by=-2.0))
    assert truly == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert shown == [0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 5.0]
    assert fresh == [True, True, True, True, False, False, True, True]


def test_what_is_reported_without_a_network_comes_when_it_is_back():
    trouble = OwnTrouble([own(OwnKind.NETWORK_GONE, 2, 5), own(OwnKind.STARVED, 5, 6)])
    heard = trouble.heard(START + np.array([1.0, 2.0, 4.9, 5.5, 6.0])) - START
    assert heard.tolist() == pytest.approx([1.0, 6.01, 6.01, 6.01, 6.0])


def test_what_waits_for_a_starved_monitor_is_heard_after_the_look_that_was_due():
    trouble = OwnTrouble([own(OwnKind.STARVED, 2.5, 5.5)])
    looks = trouble.beats(START, 8.0).truly
    [heard] = trouble.heard(START + np.array([3.0]))
    assert looks[np.searchsorted(looks, heard)] - START == 6.0


def test_a_clock_shows_all_its_steps():
    trouble = OwnTrouble([own(OwnKind.CLOCK_STEP, 1, by=30.0), own(OwnKind.CLOCK_STEP, 2, by=-10.0)])
    assert (trouble.shown(START + np.array([0.0, 1.0, 2.0])) - START).tolist() == [0.0, 31.0, 22.0]
