"""Where the seconds of one exchange go: marks set by the HTTP client's tracing, read as phases."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import SimpleNamespace
from typing import Any, Self

import aiohttp

from drawdown.clock import Clock
from drawdown.outcome import Phases


class Stopwatch:
    """The marks of one exchange, in monotonic seconds. Where redirects are followed, the last hop counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._marks: dict[str, float] = {}
        self._over: float | None = None

    def mark(self, name: str) -> None:
        """`name` happens now."""
        self._marks[name] = self._clock.monotonic()

    def restart(self) -> None:
        """Another hop begins."""
        self._marks.clear()

    def finish(self) -> None:
        """The last byte is here."""
        self._over = self._clock.monotonic()

    @property
    def connected(self) -> bool:
        """Whether there was a connection to send on."""
        return "connected" in self._marks

    def phases(self) -> Phases:
        """The phases so far; the one that was given up lasts until now."""
        end = self._clock.monotonic() if self._over is None else self._over
        return Phases(
            dns=self._between("lookup", ("looked_up",), end),
            connect=self._between("connecting", ("handshake", "connected"), end),
            tls=self._between("handshake", ("connected",), end),
            first_byte=self._between("sent", ("answered",), end),
            body=self._between("answered", (), end),
        )

    def _between(self, start: str, stops: tuple[str, ...], end: float) -> float | None:
        if start not in self._marks:
            return None
        stop = next((self._marks[name] for name in stops if name in self._marks), end)
        return max(0.0, stop - self._marks[start])


def tracing() -> aiohttp.TraceConfig:
    """Tracing that marks the stopwatch given as `trace_request_ctx`."""
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_restarting)
    config.on_dns_resolvehost_start.append(_marking("lookup"))
    config.on_dns_resolvehost_end.append(_marking("looked_up", "connecting"))
    config.on_connection_create_start.append(_marking("connecting"))
    config.on_connection_create_end.append(_marking("connected"))
    config.on_connection_reuseconn.append(_marking("connected"))
    config.on_request_headers_sent.append(_marking("sent"))
    config.on_request_chunk_sent.append(_marking("sent"))
    config.on_request_end.append(_marking("answered"))
    return config


async def _restarting(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    context.trace_request_ctx.restart()


def _marking(*names: str) -> Any:
    async def mark(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
        for name in names:
            context.trace_request_ctx.mark(name)

    return mark


_current: ContextVar[Stopwatch] = ContextVar("stopwatch")


@contextmanager
def watching(watch: Stopwatch) -> Iterator[None]:
    """TLS handshakes begun inside are marked on `watch`."""
    token = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(token)


class TimedTLS(ssl.SSLContext):
    """A TLS context that marks the start of each handshake, which the HTTP client does not trace."""

    @classmethod
    @cache
    def of_this_machine(cls) -> Self:
        """Trusts whom the machine trusts. One is enough: reading the certificates takes time."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        watch = _current.get(None)
        if watch is not None:
            watch.mark("handshake")
        return super().wrap_bio(*args, **kwargs)
