"""What is read once for several expressions is what each would have read."""

import numpy as np
import pytest

from alerts.promql import Memo, PromQLError, Sharing, evaluate, evaluate_range, parse, prepare
from collector.store import Store
from drawdown.series import NAME, Labels

T = 1_700_000_000.0
A, B = (Labels({NAME: "m", "job": job}) for job in "ab")
NAMELESS = '{__name__=~"m|n"}'


class Counted:
    """A source that counts how often it is read."""

    def __init__(self):
        self.store = Store()
        self.reads = 0
        for second in range(30):
            self.store.append(T + second, (A, B), np.array([1.0, 2.0]) * second)

    def select(self, matchers, start, end, *, window=0.0):
        self.reads += 1
        return self.store.select(matchers, start, end, window=window)


def values(text, source, at=T + 29):
    return evaluate(parse(text), source, at).values.tolist()


@pytest.mark.parametrize(
    ("texts", "reads"),
    [
        (("m", "m + 1", "-m", "sum(m)", "(m)"), 1),
        (("sum(rate(m[10s]))", "max(rate(m[10s]))", "rate((m[10s]))"), 1),
        (("rate(m[10s])", "rate(m[11s])", "rate(m[10s] offset 1s)", "increase(m[10s])"), 4),
        (("m", 'm{job="a"}', "m offset 1s", "m @ 1700000005", "count_over_time(m[10s])"), 5),
        (("absent(m)", "absent_over_time(m[5s])", "absent_over_time(m[5s])"), 2),
    ],
)
def test_the_same_is_read_once(texts, reads):
    source = Counted()
    shared = Sharing(source)
    for text in texts:
        assert values(text, shared) == values(text, source.store)
    assert source.reads == reads


def test_another_time_is_another_reading():
    source = Counted()
    shared = Sharing(source)
    assert [values('m{job="a"}', shared, T + second) for second in (3, 9, 3)] == [[3.0], [9.0], [3.0]]
    assert source.reads == 2


def test_an_expression_that_uses_a_reading_twice_reads_it_once():
    source = Counted()
    assert values("sum(rate(m[10s])) / sum(rate(m[10s]))", source) == [1.0]
    assert source.reads == 1


def test_a_range_is_read_for_itself():
    source = Counted()
    shared = Sharing(source)
    for _ in range(2):
        matrix = evaluate_range(parse("sum(m)"), shared, start=T, end=T + 5, step=1)
        assert matrix.values.tolist() == [[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]]


@pytest.mark.parametrize("text", ["m", NAMELESS, "sum_over_time(m[1s])", f"sum_over_time({NAMELESS}[1s])"])
def test_what_was_written_is_read_anew(text):
    source = Counted()
    shared = Sharing(source)
    values(text, shared)
    source.store.append(T + 29, (A,), np.array([100.0]))
    shared.forget(("other", "m"))
    assert values(text, shared) == [100.0, 58.0]


def test_what_was_written_elsewhere_changes_nothing():
    source = Counted()
    shared = Sharing(source)
    values("m", shared)
    shared.forget(("n",))
    values("m", shared)
    assert source.reads == 1


def test_a_reading_that_failed_fails_again():
    store = Store()
    store.append(T, (A, Labels({NAME: "n", "job": "a"})), np.ones(2))
    shared = Sharing(store)
    for _ in range(2):
        with pytest.raises(PromQLError, match="same labels"):
            evaluate(parse(f"sum_over_time({NAMELESS}[5s])"), shared, T)


def test_expressions_with_one_memo_share_what_they_make_of_labels():
    source, memo = Counted(), Memo()
    one, other = (prepare(parse(text), memo) for text in ("rate(m[10s])", "rate(m[20s])"))
    assert one.evaluate(source, T + 29).labels is other.evaluate(source, T + 29).labels
