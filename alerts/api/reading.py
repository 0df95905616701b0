"""Reading series from a thread of its own while the loop's thread goes on writing them.

Only the loop's thread ever touches the source. A query in another thread asks it for one slice of time after the other,
each small enough not to hold up the beat, and computes on a copy of its own. So there is nothing to lock.
"""

import asyncio
import threading
from collections.abc import Iterator

import numpy as np

from alerts.api.errors import ApiError, ErrorType
from drawdown.series import ABSENT, Block, Labels, Matcher, SeriesSource

SLICE = 500_000
"""Samples that are meant to be in one slice: a copy of one to two milliseconds."""
_FIRST, _GROWTH = 60.0, 8.0


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
        """Let the query end where it reads next."""
        self._abandoned.set()

    def select(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Block:
        """As the source's.

        Raises:
            ApiError: the query has read more samples than it may.
        """
        blocks = []
        for block in self.slices(matchers, start, end):
            self._count(block)
            blocks.append(block)
        return joined(blocks[::-1])

    def slices(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Iterator[Block]:
        """The samples of `select` in slices, the newest first; these do not count."""
        start, end = max(start, self._within[0]), min(end, self._within[1])
        length = _FIRST
        while start <= end:
            begin = max(start, end - length)
            block = self._slice(matchers, begin, end)
            yield block
            end = float(np.nextafter(begin, -np.inf))
            length *= min(_GROWTH, SLICE / max(block.values.size, 1))

    def _slice(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Block:
        if self._abandoned.is_set():
            raise Abandoned

        async def select() -> Block:
            found = self._source.select(matchers, start, end)
            return Block(found.labels, np.array(found.times), np.array(found.values))

        return asyncio.run_coroutine_threadsafe(select(), self._loop).result()

    def _count(self, block: Block) -> None:
        self._left -= block.values.size
        if self._left < 0:
            message = f"query reads more than {self._most} samples; shorten its range or narrow its selectors"
            raise ApiError(ErrorType.EXECUTION, message)


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
