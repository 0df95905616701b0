"""Rows as one would keep them without a disk."""

import numpy as np
from hypothesis import strategies as st

from collector.disk import RowLog
from drawdown.series import ABSENT, NAME, STALE, Labels, is_absent

SERIES = tuple(Labels({NAME: "m", "i": str(i), "名": "额度\n"}) for i in range(8))
ODD = np.array([STALE, ABSENT, np.nan, np.inf, -0.0, 5e-324])
NUMBERS = st.one_of(st.floats(), st.sampled_from(list(ODD)), st.sampled_from([0.0, 1.0, 2.0]))
SAMPLES = st.dictionaries(st.sampled_from(SERIES), NUMBERS, max_size=8)
PUTS = st.tuples(st.just("put"), st.sampled_from([1.0, 1.0, 1.0, 0.5, 7.0, 40.0]), SAMPLES)
PATCHES = st.tuples(st.just("patch"), st.integers(1, 12), SAMPLES)
CUTS = st.tuples(st.just("cut"), st.sampled_from([0.0, 1.0, 3.5, 15.0, 200.0, np.inf]))
WRITES = st.tuples(st.just("write"))
RESTARTS = st.tuples(st.just("restart"))
RETENTION = 60.0


def opened(folder, **more):
    """A log of short segments."""
    return RowLog(folder, **{"retention": RETENTION, "span": 10.0, **more})


def loaded(log):
    """What a log gives: time → series → bits."""
    rows, last = {}, -np.inf
    for at, labels, values in log.load():
        assert at >= last
        last = at
        rows.setdefault(at, {}).update(bits(dict(zip(labels, values, strict=True))))
    return rows


def bits(samples):
    """Samples bit for bit, without those that are absent."""
    values = np.array([*samples.values()], dtype=np.float64)
    pairs = zip(samples, values.view(np.uint64).tolist(), is_absent(values), strict=True)
    return {labels: value for labels, value, gone in pairs if not gone}


def columns(samples):
    return tuple(samples), np.array([*samples.values()], dtype=np.float64)


class Model:
    """Does to a dict what is done to a log."""

    def __init__(self, log):
        self.log = log
        self.rows = {}
        self.patched = set()
        self.kept_from = -np.inf
        self.now = 1_700_000_000.0

    def put(self, step, samples):
        self.now += step
        self.rows[self.now] = bits(samples)
        self.kept_from = max(self.kept_from, self.now - RETENTION)
        self.log.put(self.now, *columns(samples))

    def patch(self, back, samples):
        if len(self.rows) >= back:
            at = [*self.rows][-back]
            self.rows[at].update(bits(samples))
            self.patched.add(at)
            self.log.patch(at, *columns(samples))

    def cut(self, back):
        until = self.now - back
        self.rows = {at: row for at, row in self.rows.items() if at <= until}
        self.now = max(until, 1_600_000_000.0)
        self.log.cut(until)

    def write(self):
        self.log.write()

    def holds(self, rows):
        """Whether `rows` are those that are kept, and none but those that were there."""
        kept = {at: row for at, row in self.rows.items() if at >= self.kept_from}
        return {at: rows.get(at) for at in kept} == kept and {at: self.rows.get(at) for at in rows} == rows
