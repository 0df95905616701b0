"""The only place that reads the system's clock.

Decisions take `now` as an argument; whatever must wait takes a `Clock`. Under `run_virtually` an event loop jumps from
timer to timer instead of waiting, so that an hour passes in milliseconds and every run with one seed is the same run.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Time as the parts that wait see it."""

    def now(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds that never step back, for durations."""

    async def sleep_until(self, when: float) -> None:
        """Return at monotonic second `when`, at once if it has passed."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - time.monotonic()))


def core_seconds() -> float:
    """Seconds for which this process had a core: what work costs, however busy the machine is."""
    return time.process_time()


class LoopClock:
    """The running event loop's own time, its zero at `epoch` (Unix seconds): the clock of a `VirtualLoop`."""

    def __init__(self, epoch: float = 1_700_000_000.0) -> None:
        self._epoch = epoch

    def now(self) -> float:
        return self._epoch + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - self.monotonic()))

    def stand_still(self, seconds: float) -> None:
        """Let so many seconds pass in which the loop runs nothing, as when a task does not let go.

        Raises:
            TypeError: the loop is not a `VirtualLoop`.
        """
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            raise TypeError("only a virtual loop stands still without waiting")
        loop.advance(seconds)


class Deadlock(RuntimeError):
    """In virtual time every task waits and no timer is set: nothing can ever happen again."""


class _JumpingSelector(selectors.SelectSelector):
    """Reports ready files like any selector, but where it would wait it moves the loop's time on instead."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Deadlock("every task waits and no timer is set")
        self._jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while every task waits.

    Work given to threads is done at once on the loop's own thread: its result must not depend on who is faster.
    """

    def __init__(self) -> None:
        self._virtual_now = 0.0
        super().__init__(_JumpingSelector(self.advance))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._virtual_now += seconds

    def time(self) -> float:
        return self._virtual_now

    def run_in_executor(self, _executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever the work raised belongs to the one who awaits it
            future.set_exception(error)
        return future


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in virtual time and return what it returns.

    Raises:
        Deadlock: all tasks wait and none has a timer.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
