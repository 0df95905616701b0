"""Counters read, and what was added between two readings."""

import pytest
from console_world import EPOCH, Shelf
from hypothesis import given
from hypothesis import strategies as st

from drawdown.reasons import Reason
from monitor.console.totals import Past, Totals, read_totals


def reading(at, paid):
    return Totals(at=at, results={("borrower", "paid"): paid})


def test_a_reading_sums_the_counters_over_journeys_and_slices():
    shelf = Shelf()
    shelf.at = EPOCH
    shelf.count("borrower", Reason.NONE, 90)
    shelf.count("borrower", Reason.GATEWAY_TIMEOUT, 7, explained=False)
    shelf.count("probe", Reason.NONE, 3)
    shelf.add("drawdown_credit_to_cash_total", 10, origin="borrower", journey="web", channel="beta", result="paid")
    totals = read_totals(shelf, EPOCH)
    assert totals.results == {("borrower", "paid"): 100, ("borrower", "technical"): 7, ("probe", "paid"): 3}
    assert totals.endings[("borrower", "failed", "gateway_timeout")] == 7
    assert totals.unexplained == {("borrower",): 7}


def test_a_reading_of_an_empty_store_is_empty():
    assert read_totals(Shelf(), EPOCH) == Totals(at=EPOCH)


def test_what_was_added_is_the_difference_and_a_new_series_counts_from_zero():
    earlier = Totals(at=0.0, results={("borrower", "paid"): 10})
    later = Totals(at=10.0, results={("borrower", "paid"): 25, ("borrower", "policy"): 4})
    assert later.since(earlier).results == {("borrower", "paid"): 15, ("borrower", "policy"): 4}


def test_a_counter_that_fell_was_started_anew():
    assert reading(10.0, 3.0).since(reading(0.0, 500.0)).results == {("borrower", "paid"): 3.0}


def test_a_reading_is_due_once_in_each_step():
    past = Past(step=10.0)
    assert past.due(EPOCH)
    past.add(reading(EPOCH, 0))
    assert [past.due(EPOCH + seconds) for seconds in (1, 9.9, 10, 25)] == [False, False, True, True]


def test_a_young_monitor_counts_from_its_first_reading():
    past = Past()
    assert past.added(reading(EPOCH, 5), seconds=60).results == {}
    past.add(reading(EPOCH, 5))
    assert past.added(reading(EPOCH + 8, 12), seconds=3600).results == {("borrower", "paid"): 7}


@pytest.mark.parametrize(("seconds", "added"), [(60, 60), (300, 300), (3600, 3600)])
def test_windows_end_at_the_reading_and_begin_at_a_step(seconds, added):
    past = Past(step=10.0)
    for at in range(0, 8000, 10):
        past.add(reading(EPOCH + at, at))
    assert past.added(reading(EPOCH + 7990, 7990), seconds=seconds).results == {("borrower", "paid"): added}


@given(st.lists(st.floats(0.5, 60), min_size=1, max_size=300))
def test_the_past_stays_an_hour_long_however_irregular_the_readings(gaps):
    past, at = Past(), EPOCH
    for gap in gaps:
        at += gap * 10
        if past.due(at):
            past.add(reading(at, at))
    kept = [each.at for each in past.readings]
    assert kept == sorted(kept)
    assert len(kept) <= 373
    assert kept[-1] - kept[0] <= 3720
