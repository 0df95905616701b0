"""A store beside a dict of rows."""

import math

import numpy as np
from collector_rows import Kept, named, read
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store import Store
from drawdown.series import ABSENT, NAME, Labels


class Model:
    """The store as one would write it without a thought for speed."""

    def __init__(self, retention):
        self.retention, self.late, self.too_late, self.rows = retention, 0, set(), {}

    @property
    def latest(self):
        return max(self.rows, default=-math.inf)

    def append(self, at, samples):
        samples = {labels: value for labels, value in samples.items() if value is not None}
        if at <= self.latest - 0.5:
            refused = sum(not self.patch(at, labels, value) for labels, value in samples.items())
            if refused:
                self.refuse(refused, at, samples)
            return
        self.too_late.clear()
        self.rows.setdefault(self.latest if at - self.latest < 0.5 else at, {}).update(samples)
        self.rows = {time: row for time, row in self.rows.items() if time >= self.latest - self.retention}

    def patch(self, at, labels, value):
        row = min((time for time in self.rows if abs(time - at) < 0.5), key=lambda time: abs(time - at), default=None)
        if row is None or any(labels in self.rows[time] for time in self.rows if time >= row):
            return False
        self.rows[row][labels] = value
        return True

    def refuse(self, refused, at, samples):
        self.too_late.add(at)
        if len(self.too_late) < 10:
            self.late += refused
            return
        self.rows = {time: row for time, row in self.rows.items() if time <= max(self.too_late)}
        self.too_late.clear()
        self.append(at, samples)

    def read(self, start, end):
        found = {}
        for time in sorted(self.rows):
            for labels, value in self.rows[time].items():
                if start <= time <= end:
                    found.setdefault(labels, {})[time] = value
        return found


SERIES = tuple(Labels({NAME: "n", "i": str(i)}) for i in range(6))
MOVES = st.sampled_from([0.0, 0.0, 0.2, 0.4, 0.5, 1.0, 1.0, 1.0, 1.0, 2.5, 20.0, 1000.0, -0.3, -0.6, -3.0, -50.0])
SAMPLES = st.dictionaries(st.sampled_from(SERIES), st.none() | st.floats(-9, 9), max_size=6)
STEPS = st.lists(st.tuples(MOVES, SAMPLES), max_size=120)


def played(steps, store):
    """The store and its model after the steps, and the time at which they are."""
    model, at = Model(60.0), 0.0
    for move, samples in steps:
        at += move
        values = np.array([ABSENT if value is None else value for value in samples.values()], dtype=np.float64)
        store.append(at, tuple(samples), values)
        model.append(at, samples)
    return model, at


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, start=st.floats(-100, 100), length=st.floats(0, 200))
def test_a_store_answers_like_a_dict_of_rows(steps, start, length):
    model, at = played(steps, store := Store(retention=60.0))
    assert read(store, named("n")) == model.read(-math.inf, math.inf)
    assert read(store, named("n"), at - start, at - start + length) == model.read(at - start, at - start + length)
    assert store.late == model.late
    assert store.raw.latest == model.latest


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_from_its_log_a_store_is_as_it_was(steps):
    store, log = Store(retention=60.0), Kept()
    store.attach(raw=log, rollups=Kept())
    model, _ = played(steps, store)
    store.flush()
    again = Store(retention=60.0)
    for time, row in log.rows.items():
        again.raw.append(time, tuple(row), np.array(list(row.values())))
    assert list(log.rows) == sorted(log.rows)
    assert set(model.rows) <= set(log.rows)
    assert read(again, start=min(model.rows, default=0)) == read(store) == model.read(-math.inf, math.inf)
