"""A prepared expression over the store gives at every tick what the expression gives over a copy of the samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.promql import PromQLError, evaluate, parse, prepare
from alerts.promql.memo import Memo
from collector.store import Store
from drawdown.series import ABSENT, NAME, STALE, Block, Labels, is_absent

T = 1_700_000_000.0
BOUNDS = ("0.1", "1", "+Inf")
EXPRESSIONS = (
    "up",
    "-up",
    "c",
    'rate(c{job="a"}[10s])',
    "sum by (job) (rate(c[10s])) > 0.5",
    "sum without (job, n) (increase(c[30s] offset 5s))",
    "topk(2, c)",
    "count_values('v', up)",
    "c * on (job) group_left (zone) up",
    "c and on (job) up == 1",
    "up or c",
    "c unless on (job) up",
    "sum(c) / count(c)",
    "histogram_quantile(0.9, sum by (job, le) (rate(h_bucket[20s])))",
    "histogram_quantile(0.5, h_bucket)",
    "label_replace(c, 'to', '$1', 'n', '(.)')",
    "label_join(up, 'to', '-', 'job', 'zone')",
    "avg_over_time(c[7s]) + max_over_time(c[7s])",
    "changes(up[10s]) or resets(c[10s])",
    "irate(c[5s]) or delta(c[5s])",
    "count_over_time(c[9s]) + last_over_time(c[9s]) - first_over_time(c[9s])",
    "quantile_over_time(0.5, c[9s]) + deriv(c[9s])",
    "sum_over_time(sum(rate(c[5s]))[20s:3s])",
    "sort_desc(c)",
    "timestamp(up) - time()",
    "absent(up) or absent_over_time(c[3s])",
    "scalar(sum(c)) * up",
    "clamp(c, 1, 3) > bool 2",
    '{__name__=~"c|up"} * 2',
)


def series():
    """All series there may be, in the order in which they may come."""
    for job in "abc":
        yield Labels({NAME: "up", "job": job, "zone": job * 2})
        yield from (Labels({NAME: "c", "job": job, "n": str(number)}) for number in range(3))
        yield from (Labels({NAME: "h_bucket", "job": job, "le": bound}) for bound in BOUNDS)


SERIES = tuple(series())


class Copy:
    """A source that gives what another gives, as a block with a tuple of labels of its own, and no dead series."""

    def __init__(self, source):
        self._source = source

    def select(self, matchers, start, end, *, window=0.0):
        view = self._source.select(matchers, start, end, window=window)
        alive = np.flatnonzero(~is_absent(view.values).all(axis=1))
        return Block(tuple(view.labels[row] for row in alive), np.array(view.times), view.values[alive])


class Writer:
    """Writes counters that come, go, fall and end."""

    def __init__(self, seed, trouble):
        self.store = Store(retention=60.0)
        self.now = T
        self._random = np.random.default_rng(seed)
        self._trouble = trouble
        self._known = 4
        self._values = np.zeros(len(SERIES))

    def write(self):
        self.now += 1.0
        if self._random.random() < 0.3:
            self._known = min(len(SERIES), self._known + 1)
        self._values += self._random.integers(0, 3, len(SERIES)) / 8
        self._values[self._hit()] = 0.0
        values = self._values.copy()
        values[self._hit()] = ABSENT
        values[self._hit()] = STALE
        self.store.append(self.now, SERIES[: self._known], values[: self._known])

    def _hit(self):
        return self._random.random(len(SERIES)) < self._trouble


def answer(evaluation):
    """Values by labels, in order; or the complaint."""
    try:
        vector = evaluation()
    except PromQLError as error:
        return str(error)
    return dict(zip(vector.labels, vector.values.tolist(), strict=True))


def assert_same(ours, plain, text):
    if isinstance(plain, str):
        assert ours == plain
        return
    assert ours.keys() == plain.keys(), text
    pairs = [(ours[labels], value) for labels, value in plain.items()]
    np.testing.assert_allclose([one for one, _ in pairs], [other for _, other in pairs], rtol=1e-12, err_msg=text)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), trouble=st.sampled_from([0.0, 0.005, 0.05]))
def test_it_gives_what_a_plain_evaluation_gives_while_series_come_and_go(seed, trouble):
    writer = Writer(seed, trouble)
    expressions = [parse(text) for text in EXPRESSIONS]
    prepared = {expression: prepare(expression) for expression in expressions}
    for tick in range(80):
        writer.write()
        if tick % 8 == 7:
            for expression, each in prepared.items():
                ours = answer(lambda each=each: each.evaluate(writer.store, writer.now))
                plain = answer(lambda plain=expression: evaluate(plain, Copy(writer.store), writer.now))
                assert_same(ours, plain, expression.text)


def store_of(count):
    store = Store()
    for second in range(20):
        store.append(T + second, SERIES[:count], np.full(count, float(second)))
    return store


@pytest.mark.parametrize("text", ["up", "sum by (job) (rate(c[10s]))", "c * on (job) group_left (zone) up"])
def test_labels_that_have_not_changed_are_the_same_tuple(text):
    store, prepared = store_of(14), prepare(parse(text))
    first = prepared.evaluate(store, T + 19)
    store.append(T + 20, SERIES[:14], np.zeros(14))
    assert first.labels
    assert prepared.evaluate(store, T + 20).labels is first.labels


def test_a_series_of_another_metric_changes_nothing():
    store, prepared = store_of(14), prepare(parse("sum by (job) (c)"))
    first = prepared.evaluate(store, T + 19)
    store.append(T + 20, (Labels({NAME: "other"}),), np.zeros(1))
    assert prepared.evaluate(store, T + 20).labels is first.labels


def test_a_series_that_comes_and_one_that_ends_are_seen_at_once():
    store, prepared = store_of(14), prepare(parse("sum by (job) (up)"))
    jobs = [["a", "b"], ["a", "b", "c"], ["b", "c"]]
    assert [labels["job"] for labels in prepared.evaluate(store, T + 19).labels] == jobs[0]
    store.append(T + 20, (SERIES[14],), np.ones(1))
    assert [labels["job"] for labels in prepared.evaluate(store, T + 20).labels] == jobs[1]
    store.append(T + 21, (SERIES[0],), np.array([STALE]))
    assert [labels["job"] for labels in prepared.evaluate(store, T + 21).labels] == jobs[2]


def test_a_memo_remembers_by_identity_and_only_so_much():
    asked = []

    def size(labels):
        asked.append(labels)
        return len(labels)

    memo = Memo(room=2)
    one, alike, third = (Labels(a="1"),), (Labels(a="1"),), (Labels(a="3"),)
    assert [memo(size, each) for each in (one, alike, one, third, one, alike)] == [1] * 6
    assert [id(each) for each in asked] == [id(each) for each in (one, alike, third, alike)]
    assert len(memo) == 2


def test_a_failed_evaluation_leaves_nothing_behind():
    store, prepared = store_of(14), prepare(parse('{__name__=~"c|up", job="a"} * on (job) c{job="a"}'))
    for _ in range(2):
        with pytest.raises(PromQLError, match="many-to-many"):
            prepared.evaluate(store, T + 19)
