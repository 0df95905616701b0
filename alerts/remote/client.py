"""Asks a Prometheus over HTTP. Whatever comes of it is an answer, or an error that says what to do."""

import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from alerts.promql import Vector
from alerts.remote.decoding import Metrics, Unanswered, Unreachable, decode
from alerts.remote.settings import PrometheusSettings, TlsSettings, plain
from alerts.remote.split import Part
from drawdown.durations import format_duration
from drawdown.errors import DrawdownError

_CHUNK: Final = 64 * 1024
_WHOLE: Final = {"partial_response": "false", "deny_partial_response": "1"}
"""Thanos and VictoriaMetrics fail then, where they would otherwise leave out what some of their stores have."""
_KEYS: Final = "check alerts.source.prometheus.auth"
_ADDRESS: Final = "check alerts.source.prometheus.url"
_BY_STATUS: Final[Mapping[int, str]] = {
    401: f"it wants to know who asks; {_KEYS}",
    403: f"it does not let us ask; {_KEYS}, and what the account may read",
    404: f"it has no /api/v1/query; {_ADDRESS}",
    405: f"it takes no POST at /api/v1/query; {_ADDRESS}",
    413: "the query is too long for it; record a part of it with a rule of its own",
    429: "it is asked too often; raise the interval of the rules, or its limits",
}


class CannotAsk(DrawdownError):
    """What is needed to ask at all cannot be had."""


class Client:
    """Asks the Prometheus of `settings` through `session`."""

    def __init__(self, settings: PrometheusSettings, session: aiohttp.ClientSession) -> None:
        self._session = session
        address = URL(settings.url.get_secret_value())
        self._url = (address / "api/v1/query").with_query(address.query)
        self._host = settings.host
        self._headers = _headers(settings)
        self._timeout = settings.timeout
        self._limit = settings.limit
        self._metrics = Metrics()

    async def ask(self, part: Part, at: float) -> Vector:
        """The answer to `part` at Unix second `at`.

        Raises:
            Unreachable: nobody who speaks as a Prometheus was reached.
            Unanswered: it did not give a whole answer of the type that is wanted.
        """
        try:
            return await self._answer(part, at)
        except Unanswered as error:
            raise type(error)(f"{self._host}: {error.message}") from None

    async def _answer(self, part: Part, at: float) -> Vector:
        try:
            status, body = await self._post(part.text, at)
        except TimeoutError:
            raise Unreachable(f"it gave no answer within {format_duration(self._timeout)}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"it cannot be asked: {_why(error)}") from None
        return _read(status, body, part, self._metrics)

    async def _post(self, text: str, at: float) -> tuple[int, bytes]:
        form = {"query": text, "time": f"{at:.3f}", "timeout": format_duration(self._timeout), **_WHOLE}
        async with self._session.post(
            self._url,
            data=form,
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            allow_redirects=False,
        ) as answer:
            return answer.status, await self._body(answer)

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        """Not more of it than the limit, however well it was packed."""
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._limit:
                answer.close()
                raise Unanswered(f"its answer is longer than {self._limit} bytes; aggregate, or name fewer series")
        return bytes(body)


def tls_of(settings: TlsSettings, *, directory: Path) -> ssl.SSLContext | bool:
    """What a connector takes as `ssl`.

    Raises:
        CannotAsk: a file cannot be read, or holds no certificate or key.
    """
    if settings == TlsSettings():
        return True
    files = {name: str(directory / path) for name, path in settings.model_dump().items() if path}
    try:
        context = ssl.create_default_context(cafile=files.get("ca_file"))
        if "cert_file" in files:
            context.load_cert_chain(
                files["cert_file"], files.get("key_file"), password=""
            )  # or it asks on the terminal
    except OSError as error:
        raise CannotAsk(f"alerts.source.prometheus.tls: {', '.join(files.values())}: {_why(error)}") from None
    return context


def _headers(settings: PrometheusSettings) -> dict[str, str]:
    headers = {name: plain(value) for name, value in settings.headers.items()}
    auth = settings.auth
    if auth and auth.bearer:
        headers["Authorization"] = f"Bearer {auth.bearer.get_secret_value()}"
    elif auth and auth.basic:
        username, password = plain(auth.basic.username), auth.basic.password.get_secret_value()
        headers["Authorization"] = f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"
    return headers


def _why(error: Exception) -> str:
    """In few words, and without the address, which may hold a secret."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted; name the authority in alerts.source.prometheus.tls.ca_file"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"its name is not known; {_ADDRESS}"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return "the connection broke off in the middle of the answer"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return type(error).__name__


def _read(status: int, body: bytes, part: Part, metrics: Metrics) -> Vector:
    if 300 <= status < 400:
        raise Unreachable(f"it answers with a redirect ({status}), perhaps to a page to log in; {_ADDRESS}")
    if status in _BY_STATUS:
        raise _kind(status)(f"{_BY_STATUS[status]} (status {status})")
    try:
        return decode(body, part, metrics)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreachable(_no_answer(status, body)) from None


def _kind(status: int) -> type[Unanswered]:
    return Unanswered if status in {413, 429} else Unreachable


def _no_answer(status: int, body: bytes) -> str:
    if status >= 500:
        return f"it answers with status {status}; look into its log"
    what = "a page" if body.lstrip()[:1] == b"<" else "something that is no answer of a Prometheus, or is cut off"
    return f"it answers with {what} (status {status}); {_ADDRESS}"
