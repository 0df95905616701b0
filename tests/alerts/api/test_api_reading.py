"""Queries read in threads of their own while the loop goes on writing."""

import asyncio
import threading

import numpy as np
import pytest
from api_world import T0, StoppedClock, data, serving

from alerts.api.errors import ApiError, ErrorType
from alerts.api.reading import SLICE, Abandoned, joined
from alerts.api.settings import QuerySettings
from alerts.api.workers import Workers
from alerts.promql import evaluate, parse
from collector.store import Store
from collector.tier import Extent
from drawdown.series import ABSENT, NAME, Block, Labels, Matcher, Op, is_absent

NOW = T0 + 120
REQUESTS = (Matcher(NAME, Op.EQUAL, "requests"),)


def workers_over(source, **settings):
    return Workers(source, clock=StoppedClock(), settings=QuerySettings(**settings), reach=3600.0)


class Watched:
    """A source that remembers which threads read from it, and how much at once."""

    def __init__(self, source):
        self._source = source
        self.threads = set()
        self.sizes = []

    def select(self, matchers, start, end, *, window=0.0):
        self.threads.add(threading.get_ident())
        return Counted(self._source.select(matchers, start, end, window=window), self.sizes)


class Counted:
    """A selection that notes how much of it is read."""

    def __init__(self, selection, sizes):
        self._selection = selection
        self._sizes = sizes
        self.labels = selection.labels
        self.times = selection.times

    def cut(self, left, right):
        return Counted(self._selection.cut(left, right), self._sizes)

    @property
    def values(self):
        self._sizes.append(self._selection.values.size)
        return self._selection.values


def wide_store(series, seconds):
    store = Store()
    labels = tuple(Labels({NAME: "requests", "n": str(number)}) for number in range(series))
    for second in range(seconds + 1):
        store.append(T0 + second, labels, np.arange(series) + second / 1000)
    return store


async def test_a_long_read_comes_in_slices_that_together_are_the_whole():
    source = Watched(wide_store(series=6000, seconds=119))
    block = await workers_over(source).run(lambda reader: reader.select(REQUESTS, T0, NOW))
    whole = source.select(REQUESTS, T0, NOW)
    assert block.labels == whole.labels
    assert np.array_equal(block.times, whole.times)
    assert np.array_equal(block.values, whole.values)
    assert len(source.sizes[:-1]) == 2
    assert max(source.sizes[:-1]) <= SLICE
    assert source.threads == {threading.get_ident()}


async def test_slices_of_rows_that_depend_on_their_end_are_together_the_whole():
    store = Store(retention=60.0, step=0.5, rollups=Extent(retention=3600.0, step=1.0, most=10_000))
    store.roll_up([REQUESTS])
    labels = tuple(Labels({NAME: "requests", "n": str(number)}) for number in range(6000))
    for row in range(241):
        store.append(T0 + row / 2, labels, np.arange(6000) + row / 1000)
    block = await workers_over(store).run(lambda reader: reader.select(REQUESTS, T0, NOW, window=120.0))
    whole = store.select(REQUESTS, T0, NOW, window=120.0)
    assert block.times.tolist() == whole.times.tolist() == [T0 + second for second in range(121)]
    assert np.array_equal(block.values, whole.values)


async def test_what_is_out_of_reach_is_not_asked_for():
    source = Watched(wide_store(series=1, seconds=10))
    block = await workers_over(source).run(lambda reader: reader.select(REQUESTS, -1e12, 1e12))
    assert len(block.times) == 11
    assert source.sizes == [11]


async def test_what_is_read_does_not_change_when_the_source_goes_on():
    store = wide_store(series=2, seconds=10)
    block = await workers_over(store).run(lambda reader: reader.select(REQUESTS, T0, T0 + 10))
    before = block.values.copy()
    store.append(T0 + 10, block.labels, np.array([7.0, 7.0]))
    store.append(T0 + 11, block.labels, np.array([8.0, 8.0]))
    assert np.array_equal(block.values, before)


async def test_answers_are_whole_while_series_come_and_samples_are_written():
    """Two series always have one value, so their difference is 0 wherever both are; new series come all the time."""
    writer = Writer()
    async with serving(source=writer.store, clock=writer, concurrency=4) as client, asyncio.TaskGroup() as group:
        writing = group.create_task(writer.run())
        for _ in range(5):
            results = await asyncio.gather(*(_differences(client) for _ in range(4)))
            assert {value for values in results for value in values} == {"0"}
        writing.cancel()
    assert writer.second > 20


class Writer:
    """Writes a second of samples whenever the loop is free, and is the clock too."""

    def __init__(self):
        self.store = Store()
        self.second = 0
        self._pair = tuple(Labels({NAME: name}) for name in ("left", "right"))

    def now(self):
        return T0 + self.second

    async def run(self):
        while True:
            self.second += 1
            self.store.append(self.now(), self._pair, np.full(2, float(self.second)))
            self.store.append(self.now(), [Labels({NAME: "new", "n": str(self.second)})], np.ones(1))
            await asyncio.sleep(0)


async def _differences(client):
    span = {"start": T0, "end": T0 + 1000, "step": 5}
    found = await data(client, "query_range", query="left - ignoring () right", **span)
    await data(client, "series", match__="new")
    return [value for series in found["result"] for _, value in series["values"]]


async def test_the_loop_goes_on_while_a_query_is_computed():
    done = threading.Event()
    running = asyncio.create_task(workers_over(Store()).run(lambda _: done.wait(20)))
    await asyncio.sleep(0)
    done.set()
    assert await running is True


async def test_a_query_that_is_late_ends_where_it_reads_next_and_frees_its_thread():
    started, go_on, ended = threading.Event(), threading.Event(), []

    def work(reader):
        started.set()
        go_on.wait(20)
        try:
            reader.select(REQUESTS, T0, NOW)
        except Abandoned as error:
            ended.append(type(error))
            raise

    workers = workers_over(wide_store(series=1, seconds=1), concurrency=1)
    with pytest.raises(ApiError, match="query timed out") as raised:
        await workers.run(work, seconds=0.02)
    assert (raised.value.kind, started.is_set()) == (ErrorType.TIMEOUT, True)
    go_on.set()
    assert len((await workers.run(lambda reader: reader.select(REQUESTS, T0, NOW))).times) == 2
    assert ended == [Abandoned]


async def test_an_endless_evaluation_ends_when_nobody_waits_for_it():
    hours = parse("max_over_time(max_over_time(max_over_time(requests[1m:1s])[1m:1s])[1d:1s])")
    store, ended = wide_store(series=3, seconds=10), threading.Event()

    def work(reader):
        try:
            evaluate(hours, reader, NOW)
        except Abandoned:
            ended.set()
            raise

    workers = workers_over(store, concurrency=1)
    with pytest.raises(ApiError, match="query timed out"):
        await workers.run(work, seconds=0.2)
    assert await asyncio.to_thread(ended.wait, 10)


async def test_a_query_whose_turn_does_not_come_in_time_is_never_started():
    go_on, begun = threading.Event(), []
    workers = workers_over(Store(), concurrency=1)
    first = asyncio.create_task(workers.run(lambda _: go_on.wait(20)))
    await asyncio.sleep(0)
    with pytest.raises(ApiError, match="query timed out"):
        await workers.run(begun.append, seconds=0.01)
    go_on.set()
    assert await first is True
    assert await workers.run(lambda _: "next") == "next"
    assert begun == []


async def test_after_the_end_nothing_is_started():
    workers = workers_over(Store())
    workers.close()
    with pytest.raises(RuntimeError):
        await workers.run(lambda _: 1)


def block(labels, times, values):
    return Block(tuple(Labels({NAME: name}) for name in labels), np.array(times), np.array(values, float))


def test_blocks_that_follow_each_other_are_one():
    one = joined([block("ab", [1.0, 2.0], [[1, 2], [3, 4]]), block("ab", [3.0], [[5], [6]])])
    assert one.times.tolist() == [1.0, 2.0, 3.0]
    assert one.values.tolist() == [[1, 2, 5], [3, 4, 6]]


def test_a_series_that_is_missing_in_a_block_has_no_samples_there():
    one = joined([block("ab", [1.0], [[1], [2]]), block("bc", [2.0], [[3], [4]])])
    assert [labels[NAME] for labels in one.labels] == ["a", "b", "c"]
    assert is_absent(one.values).tolist() == [[False, True], [False, False], [True, False]]
    assert np.where(is_absent(one.values), 0, one.values).tolist() == [[1, 0], [2, 3], [0, 4]]


def test_nothing_joined_is_nothing():
    assert joined([]).labels == joined([Block.empty(), block("a", [], np.full((1, 0), ABSENT))]).labels == ()
