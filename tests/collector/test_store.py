import math

import numpy as np
import pytest
from collector_rows import EVERYTHING, Kept, named, read

from collector.store import Store
from drawdown.series import ABSENT, NAME, STALE, Labels, Matcher, Op, is_stale

T = 1_700_000_000.0
UP = Labels({NAME: "up"})
A, B, C = (Labels({NAME: "m", "job": job}) for job in "abc")


def filled(seconds, *, retention=3600.0, labels=(A, B)):
    store = Store(retention=retention)
    for second in range(seconds):
        store.append(T + second, labels, np.arange(len(labels)) + float(second))
    return store


def test_what_is_appended_is_selected_with_both_ends_included():
    assert read(filled(10), start=T + 3, end=T + 5) == {
        A: {T + 3: 3.0, T + 4: 4.0, T + 5: 5.0},
        B: {T + 3: 4.0, T + 4: 5.0, T + 5: 6.0},
    }


def test_a_store_without_samples_answers_empty():
    assert Store().select(EVERYTHING, 0, T).values.shape == (0, 0)
    assert read(filled(5), named("other")) == {}
    assert read(filled(5), start=T + 100) == {}
    assert read(filled(5), start=T + 3, end=T + 2) == {}


def test_several_writers_share_a_row_and_the_later_one_holds():
    store = Store()
    store.append(T, (A, B), np.array([1.0, 2.0]))
    store.append(T, (C,), np.array([3.0]))
    store.append(T + 0.2, (B,), np.array([4.0]))
    assert read(store) == {A: {T: 1.0}, B: {T: 4.0}, C: {T: 3.0}}


def test_a_second_writer_may_bring_more_series_than_the_row_had_room_for():
    store = filled(3)
    many = tuple(Labels({NAME: "n", "i": str(i)}) for i in range(1000))
    store.append(T + 2, many, np.ones(1000))
    assert store.series == 1002
    assert read(store, named("m"))[A] == {T: 0.0, T + 1: 1.0, T + 2: 2.0}
    assert read(store, named("n")) == {one: {T + 2: 1.0} for one in many}


def test_a_series_that_nobody_writes_has_no_sample_then():
    store = filled(2)
    store.append(T + 2, (B,), np.array([9.0]))
    store.append(T + 3, (A, B), np.array([ABSENT, 9.0]))
    assert set(read(store)[A]) == {T, T + 1}


def test_markers_and_odd_numbers_come_back_bit_for_bit():
    store = Store()
    odd = np.array([STALE, math.nan, math.inf, -0.0])
    labels = (A, B, C, UP)
    store.append(T, labels, odd)
    store.append(T, (Labels({NAME: "late"}),), np.array([STALE]))
    block = store.select(EVERYTHING, T, T)
    assert block.values[:4, 0].tobytes() == odd.tobytes()
    assert is_stale(block.values)[:, 0].tolist() == [True, False, False, False, True]


def test_a_tick_that_comes_a_little_early_or_late_has_a_row_of_its_own():
    store = Store()
    for at in (T, T + 1.3, T + 1.9, T + 3.01):
        store.append(at, (A,), np.array([at]))
    assert list(read(store)[A]) == [T, T + 1.3, T + 1.9, T + 3.01]


def test_samples_older_than_the_retention_are_gone():
    store = filled(500, retention=60.0)
    assert list(read(store)[A]) == [T + second for second in range(439, 500)]
    assert len(store.raw._rows._chunks) <= 3


def test_a_late_append_is_ignored_and_counted():
    store = filled(10)
    before = read(store)
    store.append(T + 4, (A,), np.array([99.0]))
    assert (read(store), store.late) == (before, 1)


def test_late_appends_between_punctual_ones_are_never_believed():
    store = filled(2)
    for second in range(2, 50):
        store.append(T + second, (A, B), np.zeros(2))
        store.append(T, (A,), np.array([99.0]))
    assert store.late == 48
    assert list(read(store)[A]) == [T + second for second in range(50)]


def test_a_clock_that_was_set_back_is_believed_after_ten_appends():
    store = filled(200)
    for second in range(20):
        store.append(T + 50 + second, (A, B), np.array([-1.0, -1.0]))
    kept = {T + second: float(second) for second in range(59)}
    assert read(store)[A] == {**kept, **{T + second: -1.0 for second in range(59, 70)}}
    assert store.late == 2 * 9


def test_series_that_begin_do_not_keep_a_clock_that_was_set_back_from_being_believed():
    store = filled(200)
    for second in range(50, 70):
        store.begin((Labels({NAME: "n", "i": str(second)}),))
        store.append(T + second, (A, B), np.array([-1.0, -1.0]))
    assert read(store)[A] == {T + second: float(second) if second < 59 else -1.0 for second in range(70)}


def test_a_clock_that_is_set_back_before_everything_starts_anew():
    store = filled(200)
    for second in range(20):
        store.append(100.0 + second, (A,), np.array([7.0]))
    assert list(read(store)[A]) == [109.0 + second for second in range(11)]


def test_a_clock_that_jumps_ahead_leaves_a_gap_and_costs_nothing():
    store = filled(100)
    store.append(T + 1e9, (A,), np.array([1.0]))
    store.append(T + 1e9 + 1, (A,), np.array([2.0]))
    assert read(store) == {A: {T + 1e9: 1.0, T + 1e9 + 1: 2.0}}
    assert len(store.raw._rows._chunks) == 1


@pytest.mark.parametrize("at", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(at):
    with pytest.raises(ValueError, match="cannot add"):
        Store().append(at, (A,), np.zeros(1))


def test_labels_and_values_must_match():
    with pytest.raises(ValueError, match="2 values of 1 series"):
        Store().append(T, (A,), np.zeros(2))


def test_a_list_of_labels_that_changes_between_appends_is_looked_up_each_time():
    store, labels = Store(), [A]
    store.append(T, labels, np.array([1.0]))
    labels[0] = B
    store.append(T + 1, labels, np.array([2.0]))
    assert read(store) == {A: {T: 1.0}, B: {T + 1: 2.0}}


@pytest.mark.parametrize(
    ("matcher", "found"),
    [
        (Matcher("job", Op.EQUAL, "a"), {A}),
        (Matcher("job", Op.EQUAL, ""), {UP}),
        (Matcher("job", Op.NOT_EQUAL, "a"), {B, C, UP}),
        (Matcher("job", Op.NOT_EQUAL, ""), {A, B, C}),
        (Matcher("job", Op.MATCH, "a|b"), {A, B}),
        (Matcher("job", Op.MATCH, ".*"), {A, B, C, UP}),
        (Matcher("job", Op.MATCH, ".+"), {A, B, C}),
        (Matcher("job", Op.NOT_MATCH, "a|b"), {C, UP}),
        (Matcher("job", Op.NOT_MATCH, ""), {A, B, C}),
        (Matcher(NAME, Op.MATCH, "u"), set()),
        (Matcher(NAME, Op.MATCH, "(?i)U.*"), {UP}),
        (Matcher("nothing", Op.EQUAL, ""), {A, B, C, UP}),
        (Matcher("nothing", Op.EQUAL, "x"), set()),
    ],
)
def test_matchers_choose_series_as_in_promql(matcher, found):
    store = filled(2, labels=(A, B, C, UP))
    assert set(read(store, (matcher,))) == found


def test_all_matchers_must_hold():
    store = filled(2, labels=(A, B, C, UP))
    assert set(read(store, (*named("m"), Matcher("job", Op.NOT_EQUAL, "b"), Matcher("job", Op.MATCH, "[bc]")))) == {C}


def test_a_series_that_is_added_is_found_by_matchers_that_were_asked_before():
    store = filled(2, labels=(A,))
    assert set(read(store, named("m"))) == {A}
    store.append(T + 2, (B,), np.zeros(1))
    assert set(read(store, named("m"))) == {A, B}


@pytest.mark.parametrize("expression", ["(", "*", "a{999999999999}", "[z-a]"])
def test_an_expression_that_cannot_be_read_is_a_clear_error(expression):
    with pytest.raises(ValueError, match="for the label job is no regular expression"):
        filled(2).select((Matcher("job", Op.MATCH, expression),), T, T)


def test_matchers_without_end_do_not_pile_up():
    store = filled(2)
    for number in range(3000):
        store.select((Matcher("job", Op.EQUAL, str(number)),), T, T)
    assert len(store.raw.index._resolved) <= 1024


def logged(store):
    """The store with a log, which is given back."""
    log = Kept()
    store.attach(raw=log, rollups=Kept())
    return log


def test_a_log_is_told_of_each_row_when_the_next_one_begins():
    log = logged(store := Store())
    store.append(T, (A, B), np.array([1.0, 2.0]))
    store.append(T, (C,), np.array([3.0]))
    assert log.rows == {}
    store.append(T + 1, (A, B, UP), np.array([4.0, ABSENT, 5.0]))
    assert log.rows == {T: {A: 1.0, B: 2.0, C: 3.0}}
    store.flush()
    assert log.rows == {T: {A: 1.0, B: 2.0, C: 3.0}, T + 1: {A: 4.0, UP: 5.0}}


def test_a_log_gets_the_same_labels_as_long_as_no_series_is_added():
    log = logged(store := Store())
    for second in range(4):
        store.append(T + second, (A, B), np.zeros(2))
    store.append(T + 4, (C,), np.zeros(1))
    store.flush()
    assert log.tuples == [(A, B)] * 4 + [(A, B, C)]
    assert all(labels is log.tuples[0] for labels in log.tuples[:4])


def test_a_log_is_not_told_of_what_was_there_before_but_of_what_is_added_to_it():
    log = logged(store := filled(3))
    log.rows = {T + 2: {}}
    store.append(T + 2, (C,), np.array([7.0]))
    store.flush()
    assert log.rows == {T + 2: {C: 7.0}}


def test_what_comes_for_the_last_row_after_it_was_put_is_told_as_a_patch():
    log = logged(store := filled(3))
    store.append(T + 3, (A,), np.array([1.0]))
    store.flush()
    store.append(T + 3, (B,), np.array([2.0]))
    store.flush()
    assert log.rows == {T + 3: {A: 1.0, B: 2.0}}


def test_what_comes_late_goes_into_the_row_of_its_time():
    store = filled(10, labels=(A,))
    store.append(T + 4.2, (B,), np.array([7.0]))
    store.append(T + 5.7, (B,), np.array([8.0]))
    assert (read(store)[B], store.late) == ({T + 4: 7.0, T + 6: 8.0}, 0)


def test_what_comes_late_is_not_taken_of_a_series_that_has_something_then_or_later():
    store = filled(10)
    store.append(T + 9, (C,), np.array([STALE]))
    for at in (T + 8, T + 4):
        store.append(at, (A, C, UP), np.array([99.0, 99.0, ABSENT]))
    assert (set(read(store)[C]), store.late) == ({T + 9}, 4)
    assert 99.0 not in read(store)[A].values()


def test_what_comes_for_a_time_without_a_row_is_late():
    store = filled(5)
    store.append(T + 20, (A,), np.zeros(1))
    store.append(T + 10, (C,), np.zeros(1))
    assert (C in read(store), store.late) == (False, 1)


def test_a_log_is_told_of_what_came_late():
    log = logged(store := Store())
    for second in range(5):
        store.append(T + second, (A,), np.array([1.0]))
    store.append(T + 2, (A, B), np.array([9.0, 2.0]))
    store.append(T + 2.9, (B, C), np.array([3.0, ABSENT]))
    store.flush()
    assert log.series() == read(store)
    assert log.rows[T + 2] == {A: 1.0, B: 2.0}


def test_many_writers_into_a_past_that_is_not_there_do_not_set_the_clock_back():
    store = filled(2)
    for _ in range(50):
        store.append(T - 60, (C,), np.array([1.0]))
    assert (list(read(store)[A]), store.late) == ([T, T + 1], 50)


def test_a_series_that_comes_late_alone_may_be_much_further_on_than_its_row_had_room_for():
    store = filled(200, labels=(A,))
    many = tuple(Labels({NAME: "n", "i": str(i)}) for i in range(1000))
    for second in (63, 64, 65, 127):
        store.append(T + second, many, np.full(1000, float(second)))
    assert read(store, named("n")) == {one: {T + second: float(second) for second in (63, 64, 65, 127)} for one in many}
    assert len(read(store)[A]) == 200
