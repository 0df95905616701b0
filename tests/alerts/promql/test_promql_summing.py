"""Sums over series: one after the other, so that it makes no difference what is summed beside."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.promql.frame import together
from alerts.promql.summing import compensated, group_sums, in_order, row_sums
from drawdown.series import Labels

TERMS = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=60)


def partition(*sizes):
    return together(Labels(group=str(group)) for group, size in enumerate(sizes) for _ in range(size))


def one_by_one(terms):
    total = 0.0
    for term in terms:
        total += term
    return total


@given(TERMS, st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_many_columns_are_summed_as_each_is_alone(terms, second):
    sheet = np.array(terms)
    first = min(second, len(sheet))
    groups = partition(first, len(sheet) - first)
    sums = group_sums(sheet, groups)
    for column in range(3):
        assert group_sums(sheet[:, [column]], groups).tobytes() == sums[:, [column]].tobytes()
    assert group_sums(np.asfortranarray(sheet), groups).tobytes() == sums.tobytes()


@given(TERMS, st.sampled_from([1, 3]), st.randoms())
@settings(max_examples=100, deadline=None)
def test_rows_of_zeros_make_no_difference(terms, columns, chance):
    sheet = np.array(terms)[:, :columns]
    spread = np.zeros((3 * len(sheet), columns))
    spread[sorted(chance.sample(range(len(spread)), len(sheet)))] = sheet
    assert group_sums(spread, partition(len(spread))).tobytes() == group_sums(sheet, partition(len(sheet))).tobytes()


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_terms_of_one_sign_are_added_in_their_order(terms):
    assert group_sums(np.array(terms)[:, np.newaxis], partition(len(terms))).tolist() == [[one_by_one(terms)]]


def test_what_cancels_out_keeps_its_small_terms():
    terms = [1e16, 1.0, -1e16]
    assert compensated(terms) == 1.0
    assert group_sums(np.array(terms)[:, np.newaxis], partition(3)).tolist() == [[1.0]]


@given(TERMS, st.randoms())
@settings(max_examples=100, deadline=None)
def test_columns_of_zeros_make_no_difference_either(terms, chance):
    sheet = np.array(terms).T
    spread = np.zeros((len(sheet), 3 * sheet.shape[1]))
    spread[:, sorted(chance.sample(range(spread.shape[1]), sheet.shape[1]))] = sheet
    assert row_sums(spread).tobytes() == row_sums(sheet).tobytes()
    assert row_sums(np.empty((2, 0))).tolist() == [0.0, 0.0]


@given(TERMS)
@settings(max_examples=100, deadline=None)
def test_many_rows_add_up_as_few_do(terms):
    few = np.array(terms).T
    many = np.vstack([few] * 5)
    assert in_order(many).tolist() == 5 * in_order(few).tolist() == 5 * [one_by_one(row) for row in few.tolist()]
