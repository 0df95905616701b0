"""One message for many, none queued."""

import asyncio

import pytest

from drawdown.clock import run_virtually
from monitor.console.feed import Closed, Feed


def test_everyone_who_listens_has_the_message():
    async def main():
        feed = Feed()
        with feed.listen() as one, feed.listen() as two:
            feed.publish(b"a")
            return await one.next(), await two.next()

    assert run_virtually(main()) == (b"a", b"a")


def test_a_slow_listener_has_only_the_newest():
    async def main():
        feed = Feed()
        with feed.listen() as listener:
            for number in range(1000):
                feed.publish(b"%d" % number)
            newest = await listener.next()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await listener.next()
        return newest

    assert run_virtually(main()) == b"999"


def test_who_has_left_is_not_remembered():
    feed = Feed()
    with feed.listen():
        assert feed.listeners == 1
    assert feed.listeners == 0


def test_the_end_wakes_those_who_wait_and_those_who_come_later():
    async def main():
        feed = Feed()
        with feed.listen() as early:
            waiting = asyncio.create_task(early.next())
            await asyncio.sleep(1)
            feed.close()
            with pytest.raises(Closed):
                await waiting
        with feed.listen() as late, pytest.raises(Closed):
            await late.next()

    run_virtually(main())
