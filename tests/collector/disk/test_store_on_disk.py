"""A store and its log: what comes back after a crash is what was in memory."""

import math
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from row_models import SERIES

from collector.disk import RowLog
from collector.store import Store
from drawdown.series import ABSENT, NAME, Matcher, Op, is_absent

EVERYTHING = (Matcher(NAME, Op.NOT_EQUAL, ""),)
MOVES = st.sampled_from([0.0, 0.2, 1.0, 1.0, 1.0, 1.0, 1.3, 4.0, 30.0, -0.3, -1.0, -2.0, -9.0, -40.0])
SAMPLES = st.dictionaries(st.sampled_from(SERIES), st.none() | st.floats(-9, 9), max_size=6)
STEPS = st.lists(st.tuples(MOVES, SAMPLES, st.booleans()), max_size=80)
RETENTION = 60.0


def held(store):
    block = store.select(EVERYTHING, -math.inf, math.inf)
    values, gone = block.values, is_absent(block.values)
    return {
        (float(at), labels): float(values[row, column])
        for row, labels in enumerate(block.labels)
        for column, at in enumerate(block.times)
        if not gone[row, column]
    }


def restored(folder):
    log = RowLog(folder, retention=RETENTION, span=10.0)
    store = Store(retention=RETENTION)
    for at, labels, values in log.load():
        store.raw.append(at, labels, values)
    store.raw.attach(log)
    return store, log


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_a_store_is_restored_as_it_was_whatever_was_appended(steps):
    with tempfile.TemporaryDirectory() as name:
        store, log = restored(Path(name))
        at = 1_700_000_000.0
        for move, samples, dies in steps:
            at += move
            values = np.array([ABSENT if value is None else value for value in samples.values()], dtype=np.float64)
            store.append(at, tuple(samples), values)
            if dies:
                store.flush()
                log.close()
                before = held(store)
                store, log = restored(Path(name))
                after = held(store)
                assert before.items() <= after.items()
                oldest = min((at for at, _ in before), default=math.inf)
                assert all(at < oldest for at, _ in after.keys() - before.keys())  # what memory forgot early
        log.close()
