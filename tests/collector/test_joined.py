"""Two selections as one, against the block of both matrices: they tell the same."""

import numpy as np
from collector_views import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.joined import Alignment, Alignments, Joined
from collector.store import Store
from drawdown.series import ABSENT, NAME, STALE, Block, Labels, Matcher, Op

SERIES = tuple(Labels({NAME: "n", "i": str(i)}) for i in range(12))
EVERYTHING = (Matcher(NAME, Op.EQUAL, "n"),)


def samples(random, shape):
    """Eighths, whose sums are exact in whatever order they are added; many are absent, some are markers."""
    values = random.integers(0, 40, shape) / 8
    values[random.random(shape) < random.choice([0.0, 0.2, 0.9])] = ABSENT
    values[random.random(shape) < random.choice([0.0, 0.2])] = STALE
    values[random.random(shape) < random.choice([0.0, 0.05])] = np.nan
    return values


def chosen(random):
    """Some of the series, in some order."""
    return tuple(SERIES[i] for i in random.permutation(len(SERIES))[: random.integers(1, len(SERIES) + 1)])


def as_block(random, labels, start, count):
    return Block(labels, start + np.arange(float(count)), samples(random, (len(labels), count)))


def as_view(random, labels, start, count):
    """The same in a store."""
    store = Store()
    for row in range(count):
        store.append(start + row, labels, samples(random, len(labels)))
    return store.select(EVERYTHING, start, start + count)


def whole(left, right, labels):
    """Both as one block."""
    values = np.full((len(labels), len(left.times) + len(right.times)), ABSENT)
    for part, columns in ((left, slice(0, len(left.times))), (right, slice(len(left.times), None))):
        for row, one in enumerate(part.labels):
            values[labels.index(one), columns] = part.values[row]
    return Block(labels, np.concatenate([left.times, right.times]), values)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32), made=st.sampled_from([as_block, as_view]), counts=st.tuples(*[st.integers(1, 9)] * 2)
)
def test_two_selections_tell_what_their_samples_tell(seed, made, counts):
    random = np.random.default_rng(seed)
    left, right = made(random, chosen(random), 100.0, counts[0]), made(random, chosen(random), 200.0, counts[1])
    joined = Joined(left, right, Alignment.of(left.labels, right.labels))
    block = whole(left, right, joined.labels)
    assert set(joined.labels) == {*left.labels, *right.labels}
    for _ in range(5):
        first, stop = sorted(random.integers(0, sum(counts) + 1, 2))
        cut, same = joined.cut(first, stop), block.cut(first, stop)
        assert cut.times.tolist() == same.times.tolist()
        assert cut.values.tobytes() == same.values.tobytes()
        assert_same(cut, same)


def test_a_marker_on_the_right_hides_what_is_on_the_left():
    left = Block(SERIES[:3], np.array([1.0]), np.array([[7.0], [8.0], [9.0]]))
    right = Block(SERIES[:2], np.array([2.0]), np.array([[STALE], [ABSENT]]))
    newest = Joined(left, right, Alignment.of(left.labels, right.labels)).newest()
    assert newest.present.tolist() == [False, True, True]
    assert newest.values[1:].tolist() == [8.0, 9.0]


def test_a_fall_from_the_left_to_the_right_is_lost():
    left = Block(SERIES[:1], np.array([1.0, 2.0]), np.array([[3.0, 5.0]]))
    right = Block(SERIES[:1], np.array([3.0, 4.0]), np.array([[ABSENT, 2.0]]))
    edges = Joined(left, right, Alignment.of(left.labels, right.labels)).edges()
    assert (edges.lost.tolist(), edges.count.tolist(), edges.end.tolist()) == ([5.0], [3], [3])


def test_the_same_tuples_give_the_same_labels():
    alignments, left, right = Alignments(), SERIES[:4], SERIES[2:]
    assert alignments.of(left, right).labels is alignments.of(left, right).labels
    assert Alignment.of(SERIES[:4], SERIES).labels is SERIES
