"""One message a second for many listeners, each of whom only ever waits for the newest."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Closed(Exception):
    """The feed has ended: the server stops."""


class Listener:
    """One who follows the feed. What is published while the listener is busy is replaced, never queued."""

    def __init__(self) -> None:
        self._newest: bytes | None = None
        self._closed = False
        self._woken = asyncio.Event()

    def offer(self, message: bytes) -> None:
        self._newest = message
        self._woken.set()

    def close(self) -> None:
        self._closed = True
        self._woken.set()

    async def next(self) -> bytes:
        """The newest message that this listener has not had yet.

        Raises:
            Closed: there will be none.
        """
        while self._newest is None and not self._closed:
            await self._woken.wait()
            self._woken.clear()
        if self._newest is None or self._closed:
            raise Closed
        message, self._newest = self._newest, None
        return message


class Feed:
    """Publishes to whoever listens at that moment."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._closed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def publish(self, message: bytes) -> None:
        for listener in self._listeners:
            listener.offer(message)

    def close(self) -> None:
        """End it for all who listen."""
        self._closed = True
        for listener in self._listeners:
            listener.close()
