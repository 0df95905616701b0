"""Servers that answer well, badly, late or not at all."""

import asyncio
import re
import socket
import struct
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b'{"code": "0"}'


@asynccontextmanager
async def serving(answer, *, tls=None):
    """A server that calls `answer(reader, writer)` for each connection; gives its port."""

    async def connected(reader, writer):
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def request_of(reader):
    """The whole request: what is left unread when a connection is closed makes the kernel reset it, and whoever still
    reads loses what was sent."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head + await reader.readexactly(int(length[1]) if length else 0)


def saying(*parts: bytes, hold: float = 0.0):
    """Reads the request, then says `parts`, each as a packet of its own, then waits `hold` seconds before it closes."""

    async def answer(reader, writer):
        await request_of(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        await asyncio.sleep(hold)

    return answer


async def resetting(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def dripping(reader, writer):
    await request_of(reader)
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.01)
