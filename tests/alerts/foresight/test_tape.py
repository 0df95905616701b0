import numpy as np
import pytest

from alerts.foresight.tape import Tape
from drawdown.series import ABSENT, NAME, Labels, Matcher, Op, is_absent

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
