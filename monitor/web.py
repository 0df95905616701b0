"""An aiohttp application behind a socket, for as long as a context is entered."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from drawdown.errors import DrawdownError


class CannotListen(DrawdownError):
    """An address is taken, not ours, or not to be found."""


@asynccontextmanager
async def listening(app: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app`; gives the port, which the system chooses where `port` is 0.

    Raises:
        CannotListen: the address is taken, not ours, or not to be found.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), f"{host}:{port}")
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, address: str) -> None:
    try:
        await site.start()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
        raise CannotListen(f"cannot listen on {address}: {why.lower()}; stop what does, or listen elsewhere") from None
