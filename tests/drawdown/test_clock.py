import asyncio

import pytest

from drawdown.clock import Deadlock, LoopClock, SystemClock, run_virtually


def test_an_hour_passes_without_waiting_and_in_order():
    seen = []

    async def wake(after):
        clock = LoopClock(epoch=1000.0)
        await clock.sleep_until(after)
        seen.append((after, clock.now()))

    async def main():
        await asyncio.gather(wake(3600.0), wake(1.5), wake(60.0))

    run_virtually(main())
    assert seen == [(1.5, 1001.5), (60.0, 1060.0), (3600.0, 4600.0)]


def test_a_deadline_of_asyncio_passes_in_virtual_time():
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(300):
                await asyncio.sleep(301)
        return LoopClock().monotonic()

    assert run_virtually(main()) == pytest.approx(300)


def test_work_for_a_thread_is_done_before_time_goes_on():
    async def main():
        async def tick():
            await asyncio.sleep(0.001)
            return LoopClock().monotonic()

        later = asyncio.create_task(tick())
        assert await asyncio.to_thread(lambda: 42) == 42
        before = LoopClock().monotonic()
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        return before, await later

    assert run_virtually(main()) == (0.0, pytest.approx(0.001))


def test_what_is_due_while_a_loop_stands_still_is_done_late():
    async def main():
        clock = LoopClock()
        waiting = asyncio.create_task(clock.sleep_until(2.0))
        await clock.sleep_until(1.0)
        clock.stand_still(45.0)
        await waiting
        return clock.monotonic()

    assert run_virtually(main()) == pytest.approx(46.0)


async def test_only_a_virtual_loop_stands_still_without_waiting():
    with pytest.raises(TypeError, match="only a virtual loop"):
        LoopClock().stand_still(1.0)


def test_waiting_for_nothing_is_an_error_and_not_a_hang():
    async def main():
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run_virtually(main())


async def test_the_system_clock_does_not_wait_for_what_has_passed():
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep_until(before - 3600)
    assert clock.monotonic() >= before
    assert clock.now() > 1_700_000_000
