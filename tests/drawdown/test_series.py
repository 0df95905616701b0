import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drawdown.series import ABSENT, STALE, Labels, is_absent, is_stale

pairs = st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=5)


def test_absent_stale_and_nan_are_three_things():
    values = np.array([[1.0, ABSENT, STALE], [np.nan, np.inf, ABSENT]])
    assert is_absent(values).tolist() == [[False, True, False], [False, False, True]]
    assert is_stale(values).tolist() == [[False, False, True], [False, False, False]]
    assert is_absent(values[:, ::2]).tolist() == [[False, False], [False, True]]


def test_copies_keep_the_meaning():
    grown = np.full((2, 3), ABSENT)
    grown[:, :1] = np.array([[STALE], [ABSENT]])
    assert is_stale(np.concatenate([grown, grown]))[:, 0].tolist() == [True, False, True, False]
    assert is_absent(grown[[1, 0]][:, 1:]).all()


@given(pairs)
def test_labels_are_the_same_whatever_their_order(given_pairs):
    backwards = dict(reversed(given_pairs.items()))
    assert Labels(given_pairs) == Labels(backwards)
    assert hash(Labels(given_pairs)) == hash(Labels(backwards))


@given(pairs, pairs)
def test_labels_override_and_remove(first, second):
    merged = Labels(first).with_(second)
    expected = {**first, **second}
    assert dict(merged) == {name: value for name, value in expected.items() if value}
    assert set(merged.without(*second)) == set(Labels(first)) - set(second)
    assert set(merged.only(*second)) == {name for name, value in second.items() if value}


def test_an_empty_label_is_no_label():
    assert Labels(channel="", bank="icbc") == Labels(bank="icbc")
    assert Labels(a="1") != {"a": "1"}


def test_labels_print_in_the_notation_of_prometheus():
    assert repr(Labels({"__name__": "up", "job": 'a"b'})) == 'up{job="a\\"b"}'


def test_labels_do_not_remember_all_that_was_ever_made_from_them():
    labels = Labels(a="1", b="2")
    assert {labels.without(f"never_{number}") for number in range(1000)} == {labels}
    assert len(labels._made) < 100
    assert labels.only("a") is labels.only("a")
