import pytest

from alerts.turns import Turns


def taken(interval, ticks):
    turns = Turns(interval)
    due = []
    for tick in ticks:
        if turns.due(tick):
            turns.take(tick)
            due.append(tick)
    return due


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        (range(12), [0, 5, 10]),
        ([0, 4.6, 5, 9.9, 10], [0, 4.6, 9.9]),
        ([0, 1, 7, 8, 9, 10, 11], [0, 7, 10]),
        ([100, 101, 70, 71, 74, 75, 80], [100, 70, 75, 80]),
        ([100, 101, 99.8, 104, 105], [100, 105]),
    ],
    ids=["steady", "a hair early", "after a gap the old turns go on", "set back far", "set back a little"],
)
def test_turns_are_counted_from_the_first_one(ticks, expected):
    assert taken(5.0, ticks) == expected
