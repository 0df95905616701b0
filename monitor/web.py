"""An aiohttp application behind a socket, for as long as a context is entered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def listening(app: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app`; gives the port, which the system chooses where `port` is 0.

    Raises:
        OSError: the address cannot be listened on.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
