import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.foresight.tape import Tape
from drawdown.series import ABSENT, NAME, STALE, Block, Labels, Matcher, Op, is_absent

UP = [Labels({NAME: "up", "job": job}) for job in ("a", "b")]


def by_name(name):
    return (Matcher(NAME, Op.EQUAL, name),)


def test_what_was_added_is_found_by_time():
    tape = Tape([0.0, 15.0, 30.0])
    tape.append(0.0, UP, np.array([1.0, 2.0]))
    tape.append(30.0, UP[:1], np.array([3.0]))
    block = tape.select(by_name("up"), 0.0, 30.0)
    assert block.labels == tuple(UP)
    assert block.times.tolist() == [0.0, 15.0, 30.0]
    assert block.values[0, [0, 2]].tolist() == [1.0, 3.0]
    assert is_absent(block.values).tolist() == [[False, True, False], [False, True, True]]
    assert tape.select(by_name("up"), 10.0, 20.0).times.tolist() == [15.0]


def test_a_sample_that_stands_already_stays():
    tape = Tape([0.0])
    tape.append(0.0, UP, np.array([1.0, ABSENT]))
    tape.append(0.0, UP, np.array([5.0, 6.0]))
    assert tape.select(by_name("up"), 0.0, 0.0).values[:, 0].tolist() == [1.0, 6.0]


def test_what_lies_ahead_is_not_seen():
    tape = Tape([0.0, 60.0])
    tape.lay(UP[:1], np.array([[1.0, 2.0]]), times=[0.0, 60.0])
    tape.until = 59.0
    assert tape.select(by_name("up"), 0.0, 60.0).values.tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("matcher", "jobs"),
    [
        (Matcher("job", Op.EQUAL, "a"), ["a"]),
        (Matcher("job", Op.NOT_EQUAL, "a"), ["b"]),
        (Matcher("job", Op.MATCH, "a|c"), ["a"]),
        (Matcher("job", Op.NOT_MATCH, "a|c"), ["b"]),
        (Matcher("nowhere", Op.EQUAL, ""), ["a", "b"]),
        (Matcher("nowhere", Op.MATCH, ".+"), []),
    ],
)
def test_matchers_choose_series(matcher, jobs):
    tape = Tape([0.0])
    tape.append(0.0, UP, np.array([1.0, 2.0]))
    assert [labels["job"] for labels in tape.select((matcher,), 0.0, 0.0).labels] == jobs


def test_series_may_come_later():
    tape = Tape([0.0, 1.0])
    assert tape.select(by_name("up"), 0.0, 1.0).labels == ()
    many = [Labels({NAME: "up", "job": str(number)}) for number in range(100)]
    tape.append(1.0, many, np.arange(100.0))
    block = tape.select(by_name("up"), 0.0, 1.0)
    assert block.labels == tuple(many)
    assert block.values[:, 1].tolist() == list(range(100))


ROW = st.lists(st.sampled_from([ABSENT, STALE, 1.0, 2.0, np.nan]), min_size=20, max_size=20)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(ROW, st.just([ABSENT] * 19 + [3.0])), min_size=1, max_size=4),
    st.integers(0, 19),
    st.integers(1, 20),
)
def test_the_newest_samples_are_those_of_the_same_samples_in_a_block(rows, first, last):
    tape = Tape(np.arange(20.0))
    labels = tuple(Labels({NAME: "up", "n": str(number)}) for number in range(len(rows)))
    tape.lay(labels, np.array(rows), times=np.arange(20.0))
    found = tape.select(by_name("up"), 0.0, 19.0).cut(first, last)
    plain = Block(labels, found.times, np.array(rows)[:, first:last])
    assert found.values.tobytes() == plain.values.tobytes()
    assert found.newest().present.tolist() == plain.newest().present.tolist()
    here = plain.newest().present
    assert found.newest().values[here].tobytes() == plain.newest().values[here].tobytes()
    assert found.newest().columns[here].tolist() == plain.newest().columns[here].tolist()


ONCE = Matcher("\0once", Op.EQUAL, "job")


def test_of_series_that_stand_still_those_are_left_out_that_a_sum_does_not_need():
    tape = Tape([0.0, 1.0])
    labels = [Labels({NAME: "up", "job": job, "n": str(n)}) for job in ("a", "b") for n in range(3)]
    rows = np.array([0, 0, 1, 0, 0, 0])
    tape.lay(labels, np.array([[5.0, 5.0], [1.0, 2.0]]), times=[0.0, 1.0], rows=rows)
    whole = tape.select(by_name("up"), 0.0, 1.0)
    assert whole.values.tolist() == [[5, 5], [5, 5], [1, 2], [5, 5], [5, 5], [5, 5]]
    needed = tape.select((*by_name("up"), ONCE), 0.0, 1.0)
    assert [(each["job"], each["n"]) for each in needed.labels] == [("a", "0"), ("a", "2"), ("b", "0")]


def test_what_has_a_sample_more_or_less_does_not_stand_still():
    tape = Tape([0.0, 1.0, 2.0])
    tape.lay(UP, np.ones((2, 2)), times=[0.0, 1.0])
    again = [Labels({NAME: "up", "job": "a", "n": "1"}), Labels({NAME: "up", "job": "a", "n": "2"})]
    tape.lay(again, np.array([[1.0, 1.0, ABSENT], [np.inf] * 3]), times=[0.0, 1.0, 2.0])
    assert len(tape.select((*by_name("up"), ONCE), 0.0, 2.0).labels) == 4


def test_who_writes_to_a_series_that_stands_still_writes_to_no_other():
    tape = Tape([0.0, 1.0])
    tape.lay(UP, np.array([[5.0, 5.0]]), times=[0.0, 1.0], rows=np.array([0, 0]))
    assert len(tape.select((*by_name("up"), Matcher("\0once", Op.NOT_EQUAL, "job")), 0.0, 1.0).labels) == 1
    tape.append(1.0, UP[:1], np.array([9.0]))
    assert tape.select(by_name("up"), 0.0, 1.0).values.tolist() == [[5, 5], [5, 5]]
    assert len(tape.select((*by_name("up"), Matcher("\0once", Op.NOT_EQUAL, "job")), 0.0, 1.0).labels) == 2
