"""Threads in which queries are computed, so that the loop stays free for the beat."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from alerts.api.errors import ApiError, ErrorType
from alerts.api.reading import Reader
from alerts.api.settings import QuerySettings
from drawdown.clock import Clock
from drawdown.series import SeriesSource

T = TypeVar("T")


class Workers:
    """Runs the work of queries, a few at once and each for so long; the others wait for their turn."""

    def __init__(self, source: SeriesSource, *, clock: Clock, settings: QuerySettings, reach: float) -> None:
        """`reach` is how many seconds back the source has samples."""
        self._source = source
        self._clock = clock
        self._settings = settings
        self._reach = reach
        self._threads = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="query")

    async def run(self, work: Callable[[Reader], T], *, seconds: float = math.inf) -> T:
        """What `work` returns, in at most `seconds` or those of the settings.

        Work that comes too late is not waited for: it ends at its next step, and until then keeps its thread.

        Raises:
            ApiError: it took too long, or what `work` raises.
        """
        loop, settings = asyncio.get_running_loop(), self._settings
        now = self._clock.now()
        reader = Reader(self._source, loop, within=(now - self._reach, now), most=settings.max_samples)
        limit = max(0.0, min(seconds, settings.timeout))
        try:
            async with asyncio.timeout(limit):
                return await loop.run_in_executor(self._threads, work, reader)
        except TimeoutError:
            raise ApiError(ErrorType.TIMEOUT, f"query timed out: it was not done after {limit:g} s") from None
        finally:
            reader.abandon()

    def close(self) -> None:
        """Start nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
