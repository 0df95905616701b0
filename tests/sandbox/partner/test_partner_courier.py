"""Callbacks on their way: through virtual time, and over real sockets."""

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from partner_world import NOON, SECRET, Caller, keys, partner_of, shop

from drawdown.clock import LoopClock, SystemClock, run_virtually
from sandbox import Fault, FaultKind
from sandbox.partner.courier import AGENT, Courier, Delivery, posting
from sandbox.partner.signing import hmac_fits, rsa2_fits

URL = "http://127.0.0.1:8/loans"


def delivered(partner, answer, *, seconds, caller=None, faults=()):
    """What a receiver was sent within `seconds` of virtual time, each with the second at which it came."""
    came = []

    async def main():
        clock = LoopClock(NOON)

        async def post(delivery):
            came.append((clock.now() - NOON, delivery))
            return await answer(len(came), clock)

        (caller or Caller(partner, now=NOON)).draw(notify_url=URL)
        partner.lender.faults = faults
        courier = asyncio.create_task(Courier(partner, post=post, clock=clock).run())
        await clock.sleep_until(seconds)
        courier.cancel()
        await asyncio.gather(courier, return_exceptions=True)

    run_virtually(main())
    return came


async def taken(_count, _clock):
    return 200, b"success\n"


def test_a_callback_arrives_soon_after_the_money_and_once():
    [(at, delivery)] = delivered(partner_of(), taken, seconds=3600)
    assert 3 < at < 6  # three calls a second apart, then audit, payout and a beat
    assert json.loads(delivery.body)["status"] == "LOAN_SUCCESS"


def test_every_answer_but_success_has_it_come_again():
    async def answer(count, clock):
        if count == 1:
            return 500, b"success"
        if count == 2:
            return 200, b"ok"
        if count == 3:
            await clock.sleep_until(clock.monotonic() + 5)
            raise TimeoutError
        if count == 4:
            raise ConnectionRefusedError
        return 204, b"success"

    came = delivered(partner_of(), answer, seconds=3 * 3600)
    times = [at for at, _ in came]
    gaps = [round(later - earlier) for earlier, later in pairwise(times)]
    assert gaps == [240, 600, 605, 3600]
    bodies = [json.loads(delivery.body) for _, delivery in came]
    assert len({body["callback_id"] for body in bodies}) == 1
    assert [body["attempt"] for body in bodies] == [1, 2, 3, 4, 5]


def test_a_slow_receiver_does_not_hold_up_the_others():
    async def answer(count, clock):
        if count == 1:
            await clock.sleep_until(clock.monotonic() + 30)
        return 200, b"success"

    partner = partner_of()
    caller = Caller(partner, now=NOON)
    caller.draw(key="first", notify_url=URL)
    came = delivered(partner, answer, seconds=29, caller=caller)
    assert len(came) == 2


def test_lost_callbacks_leave_nothing_and_come_again():
    lost = Fault(kind=FaultKind.CALLBACKS_LOST, starts_at=NOON, ends_at=NOON + 60)
    came = delivered(partner_of(), taken, seconds=900, faults=(lost,))
    assert [round(at) // 10 for at, _ in came] == [24]


def test_a_callback_is_signed_like_an_answer():
    partner = partner_of(shop())
    [(_, delivery)] = delivered(partner, taken, seconds=60, caller=Caller(partner, shop(), now=NOON))
    signature, at = delivery.headers["X-Signature"], delivery.headers["X-Timestamp"]
    assert hmac_fits(at, delivery.body, signature=signature, secret=SECRET)
    [(_, delivery)] = delivered(partner_of(), taken, seconds=60)
    signed = {"app_id": b"", "biz_content": delivery.body, "timestamp": delivery.headers["X-Timestamp"].encode()}
    assert rsa2_fits(signed, delivery.headers["X-Signature"], keys()[0].public_key())


@asynccontextmanager
async def receiver(answering):
    """A server, its address, and what it was sent."""
    came = []

    async def receive(request):
        came.append((request.path, dict(request.headers), await request.read()))
        return await answering(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receive)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield posting(session), str(server.make_url("/loans")), came


async def test_over_a_socket_it_arrives_as_it_was_signed():
    async def answering(_request):
        return web.Response(text="success")

    async with receiver(answering) as (post, url, came):
        sent = Delivery(url=url, headers={"User-Agent": AGENT, "X-Callback-Id": "c-1"}, body=b'{"a": 1}')
        assert await post(sent) == (200, b"success")
    [(path, headers, body)] = came
    assert (path, headers["X-Callback-Id"], headers["User-Agent"], body) == ("/loans", "c-1", AGENT, b'{"a": 1}')


async def test_a_redirect_is_not_followed_and_a_long_answer_not_read():
    async def answering(request):
        if request.path == "/loans":
            return web.Response(status=307, headers={"Location": "/elsewhere"}, body=b"x" * 100_000)
        return web.Response(text="success")

    async with receiver(answering) as (post, url, came):
        status, body = await post(Delivery(url=url, headers={}, body=b"{}"))
    assert (status, len(body) <= 1024) == (307, True)
    assert [path for path, _, _ in came] == ["/loans"]


async def test_nobody_there_is_a_try_and_not_the_end_of_the_courier():
    partner, tried = partner_of(), asyncio.Event()
    caller = Caller(partner, now=SystemClock().now() - 10)
    loan = caller.draw(notify_url="http://127.0.0.1:9/nobody")["data"]["loan_id"]
    async with aiohttp.ClientSession() as session:
        post = posting(session)

        async def watched(delivery):
            try:
                return await post(delivery)
            finally:
                tried.set()

        courier = asyncio.create_task(Courier(partner, post=watched, clock=SystemClock()).run())
        async with asyncio.timeout(10):
            await tried.wait()
        await asyncio.sleep(0)
        courier.cancel()
        await asyncio.gather(courier, return_exceptions=True)
    [callback] = partner.desk.callbacks.of(loan)
    assert [one.result for one in callback.tries] == ["no connection"]
