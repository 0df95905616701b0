"""One request and its answer over HTTP, and where its time went.

ExchangeError
├── NotConnected     no connection came about: refused, no TLS, no such host, or not in time
├── Disconnected     the connection broke before the whole answer was there
├── TimedOut         connected, but no whole answer in time
├── BadAnswer        what came is not HTTP, or more than can be read
└── LocalFault       our own machine could not ask: no network, no descriptors, a request that cannot be written
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError

from drawdown.clock import Clock
from drawdown.errors import DrawdownError
from drawdown.outcome import Phases
from probes.stopwatch import Stopwatch, TimedTLS, tracing, watching

BODY_LIMIT = 1024 * 1024
"""Bytes of an answer that are read at most."""

_IDLE = 2.0  # seconds; servers close idle connections after five or more, and a request must not meet that


class ExchangeError(DrawdownError):
    """There is no answer. `phases` is where the time went until then."""

    phases: Phases = Phases()


class NotConnected(ExchangeError):
    """No connection came about."""


class Disconnected(ExchangeError):
    """The connection broke before the whole answer was there."""


class TimedOut(ExchangeError):
    """Connected, but no whole answer in time."""


class BadAnswer(ExchangeError):
    """What came is not HTTP, or more than is read."""


class LocalFault(ExchangeError):
    """Our own machine could not ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`timeout` is seconds from the first look-up to the last byte of the answer."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: float
    follow_redirects: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer. Names of `headers` are in lower case; a header that stands twice is joined with a comma."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    phases: Phases = Phases()

    @property
    def encoding(self) -> str:
        """The charset of the body, UTF-8 unless the answer says otherwise."""
        _, _, charset = self.headers.get("content-type", "").partition("charset=")
        return charset.split(";")[0].strip(" \"'") or "utf-8"

    @property
    def text(self) -> str:
        """The body for reading; what is not text in its encoding is replaced."""
        try:
            return self.body.decode(self.encoding, "replace")
        except (LookupError, ValueError):
            return self.body.decode("utf-8", "replace")


class Exchange(Protocol):
    """The way to the lender for one run: what one run learns of connections, another does not."""

    async def send(self, request: Request) -> Reply:
        """The answer to `request`.

        Raises:
            ExchangeError: there is no whole answer within `request.timeout` seconds.
        """


class HttpExchange:
    """An `Exchange` over sockets, to be entered for each run: connections live as long as the run, cookies not at all.

        async with HttpExchange(clock) as exchange:
            reply = await exchange.send(request)

    `tls` is the trust to use; by default the machine's.
    """

    def __init__(self, clock: Clock, *, tls: ssl.SSLContext | None = None, body_limit: int = BODY_LIMIT) -> None:
        self._clock = clock
        self._tls = tls
        self._body_limit = body_limit

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            ssl=self._tls or TimedTLS.of_this_machine(), use_dns_cache=False, keepalive_timeout=_IDLE
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "drawdown-monitor"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            trace_configs=[tracing()],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, request: Request) -> Reply:
        watch = Stopwatch(self._clock)
        scope = asyncio.timeout(request.timeout)
        try:
            async with scope:
                return await self._exchange(request, watch)
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, BadAnswer) as error:
            failure = _out_of_time(request, watch) if scope.expired() else translate(error)
            failure.phases = watch.phases()
            raise failure from error

    async def _exchange(self, request: Request, watch: Stopwatch) -> Reply:
        with watching(watch):
            context = self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body or None,
                allow_redirects=request.follow_redirects,
                trace_request_ctx=watch,
            )
            async with context as response:
                body = await self._body(response)
        watch.finish()
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            low = name.lower()
            headers[low] = f"{headers[low]}, {value}" if low in headers else value
        return Reply(status=response.status, headers=headers, body=body, phases=watch.phases())

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in response.content.iter_any():
            parts += part
            if len(parts) > self._body_limit:
                response.close()
                raise BadAnswer(f"the answer is larger than {self._body_limit} bytes")
        return bytes(parts)


def _out_of_time(request: Request, watch: Stopwatch) -> ExchangeError:
    if watch.connected:
        return TimedOut(f"no whole answer in {request.timeout:.3g}s")
    return NotConnected(f"no connection in {request.timeout:.3g}s")


_LOCAL_ERRNO = frozenset(
    {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EADDRNOTAVAIL,
        errno.EADDRINUSE,
        errno.EACCES,
        errno.EPERM,
        errno.EAFNOSUPPORT,
        errno.EINVAL,
    }
)
_LOCAL_LOOKUP = frozenset({socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY, socket.EAI_FAIL})
_BROKEN_ERRNO = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN, errno.ENOTCONN})


def translate(error: Exception) -> ExchangeError:
    """Any error of the HTTP client as one of ours."""
    if isinstance(error, ExchangeError):
        return error
    return _kind_of(error)(f"{type(error).__name__}: {error}".rstrip(": "))


_KINDS: tuple[tuple[type[Exception], type[ExchangeError]], ...] = (
    (aiohttp.client_exceptions.RedirectClientError, BadAnswer),
    (aiohttp.InvalidURL, LocalFault),
    (aiohttp.NonHttpUrlClientError, LocalFault),
    (aiohttp.ClientSSLError, NotConnected),
    (ContentEncodingError, BadAnswer),
    (aiohttp.ClientPayloadError, Disconnected),
    (aiohttp.ClientResponseError, BadAnswer),
    (HttpProcessingError, BadAnswer),
    (aiohttp.ServerDisconnectedError, Disconnected),
    (aiohttp.ClientConnectionResetError, Disconnected),
    (aiohttp.ConnectionTimeoutError, NotConnected),
    (aiohttp.ServerFingerprintMismatch, NotConnected),
    (ssl.SSLError, NotConnected),
    (ssl.CertificateError, NotConnected),
    (aiohttp.ServerTimeoutError, TimedOut),
)
"""By what they are, the first that fits; errors of the system are told apart by their number."""


def _kind_of(error: Exception) -> type[ExchangeError]:
    cause = error.__cause__ if isinstance(error.__cause__, ContentEncodingError) else error
    known = next((ours for theirs, ours in _KINDS if isinstance(cause, theirs)), None)
    if known is not None:
        return known
    if isinstance(error, OSError):
        return _kind_of_system(error)
    return Disconnected if isinstance(error, aiohttp.ClientError) else LocalFault


def _kind_of_system(error: OSError) -> type[ExchangeError]:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, socket.gaierror):
        return LocalFault if cause.errno in _LOCAL_LOOKUP else NotConnected
    if error.errno in _LOCAL_ERRNO:
        return LocalFault
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotConnected
    return Disconnected if error.errno in _BROKEN_ERRNO else NotConnected
