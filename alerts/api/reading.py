"""Reading series from a thread of its own while the loop's thread goes on writing them.

Only the loop's thread ever touches the source. A query in another thread asks it for one slice of time after the other,
each small enough not to hold up the beat, and computes on a copy of its own. So there is nothing to lock.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from alerts.api.errors import ApiError, ErrorType
from drawdown.series import ABSENT, Block, Labels, Matcher, Selection, SeriesSource

SLICE = 500_000
"""Samples that are meant to be in one slice: a copy of one to two milliseconds."""


class Abandoned(Exception):
    """Nobody waits for this query any more."""


class Reader:
    """The source as one query sees it from its thread (a `SeriesSource`); counts what the query reads.

    It ends where the query began, so that all parts of an expression see the same samples.
    """

    def __init__(
        self, source: SeriesSource, loop: asyncio.AbstractEventLoop, *, within: tuple[float, float], most: int
    ) -> None:
        """`within` is from when on there are samples and when the query began, both in Unix seconds; `most` is how many
        samples may be read.
        """
        self._source = source
        self._loop = loop
        self._within = within
        self._most = most
        self._left = most
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        """Let the query end at its next step."""
        self._abandoned.set()

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float, *, window: float = 0.0) -> Block:
        """As the source's.

        Raises:
            ApiError: the query has read more samples than it may.
        """
        blocks: list[Block] = []
        for block, rest in self._slices(matchers, start, end, window):
            if not blocks:
                self._count(block.values.size + rest)
            blocks.append(block)
        return joined(blocks[::-1])

    def slices(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Iterator[Block]:
        """The samples of `select` in slices, the newest first; these do not count."""
        return (block for block, _ in self._slices(matchers, start, end, 0.0))

    def _slices(
        self, matchers: tuple[Matcher, ...], start: float, end: float, window: float
    ) -> Iterator[tuple[Block, int]]:
        """Slices, and how many samples are left after each."""
        start, end = max(start, self._within[0]), min(end, self._within[1])
        read = partial(self._source.select, matchers, start, end, window=window)
        before, rest = np.inf, 1
        while rest:
            block, rest = self._slice(read, before)
            yield block, rest
            before = float(block.times[0]) if rest else before

    def check(self) -> None:
        """Let a query that nobody waits for end here; the engine asks again and again."""
        if self._abandoned.is_set():
            raise Abandoned

    def _slice(self, read: Callable[[], Selection], before: float) -> tuple[Block, int]:
        """The last rows before a time of what `read` gives, which is asked for all each time: what a source answers may
        depend on the span.
        """
        self.check()

        async def select() -> tuple[Block, int]:
            return _newest(read(), before)

        return asyncio.run_coroutine_threadsafe(select(), self._loop).result()

    def _count(self, samples: int) -> None:
        self._left -= samples
        if self._left < 0:
            message = f"query reads more than {self._most} samples; shorten its range or narrow its selectors"
            raise ApiError(ErrorType.EXECUTION, message)


def _newest(found: Selection, before: float) -> tuple[Block, int]:
    """A copy of the last rows before a time, and how many samples there are before them."""
    series, times = len(found.labels), int(np.searchsorted(found.times, before))
    first = max(0, times - max(1, SLICE // max(1, series)))
    part = found.cut(first, times)
    return Block(part.labels, np.array(part.times), np.array(part.values)), series * first


def joined(blocks: list[Block]) -> Block:
    """Blocks whose times follow each other as one; their series may differ, for new ones may have come between."""
    blocks = [block for block in blocks if block.labels and len(block.times)]
    if not blocks:
        return Block.empty()
    labels = blocks[-1].labels
    if any(block.labels is not labels and block.labels != labels for block in blocks):
        labels = tuple(dict.fromkeys(one for block in blocks for one in block.labels))
        blocks = [_spread(block, labels) for block in blocks]
    times = np.concatenate([block.times for block in blocks])
    return Block(labels, times, np.concatenate([block.values for block in blocks], axis=1))


def _spread(block: Block, labels: tuple[Labels, ...]) -> Block:
    rows = {one: row for row, one in enumerate(labels)}
    values = np.full((len(labels), len(block.times)), ABSENT)
    values[[rows[one] for one in block.labels]] = block.values
    return Block(labels, block.times, values)
