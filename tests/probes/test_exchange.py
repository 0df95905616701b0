"""Every way in which the HTTP client can fail has a name of ours."""

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from drawdown.outcome import Phases
from probes.exchange import (
    BadAnswer,
    Disconnected,
    ExchangeError,
    LocalFault,
    NotConnected,
    Reply,
    TimedOut,
    translate,
)
from probes.verdict import ERRORS

KEY = ConnectionKey("lender", 443, True, True, None, None, None)
REQUEST = aiohttp.RequestInfo(URL("http://lender/"), "GET", CIMultiDictProxy(CIMultiDict()), URL("http://lender/"))


def connector(kind, number=errno.ECONNREFUSED):
    return kind(KEY, OSError(number, "Connect call failed"))


def refused_name(number):
    return aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(number, "name"))


CLIENT = {
    aiohttp.ClientConnectorError: (connector(aiohttp.ClientConnectorError), NotConnected),
    aiohttp.ClientConnectorDNSError: (refused_name(socket.EAI_NONAME), NotConnected),
    aiohttp.ClientConnectorSSLError: (
        aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "handshake failure")),
        NotConnected,
    ),
    aiohttp.ClientConnectorCertificateError: (
        aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("self-signed")),
        NotConnected,
    ),
    aiohttp.ClientProxyConnectionError: (connector(aiohttp.ClientProxyConnectionError), NotConnected),
    client_exceptions.UnixClientConnectorError: (
        client_exceptions.UnixClientConnectorError("/run/x", KEY, OSError(errno.ENOENT, "no socket")),
        NotConnected,
    ),
    aiohttp.ServerFingerprintMismatch: (aiohttp.ServerFingerprintMismatch(b"1", b"2", "lender", 443), NotConnected),
    aiohttp.ConnectionTimeoutError: (aiohttp.ConnectionTimeoutError(), NotConnected),
    aiohttp.SocketTimeoutError: (aiohttp.SocketTimeoutError(), TimedOut),
    aiohttp.ServerTimeoutError: (aiohttp.ServerTimeoutError(), TimedOut),
    aiohttp.ServerDisconnectedError: (aiohttp.ServerDisconnectedError(), Disconnected),
    aiohttp.ServerConnectionError: (aiohttp.ServerConnectionError(), Disconnected),
    aiohttp.ClientConnectionResetError: (aiohttp.ClientConnectionResetError("closing"), Disconnected),
    aiohttp.ClientOSError: (aiohttp.ClientOSError(errno.ECONNRESET, "reset"), Disconnected),
    aiohttp.ClientSSLError: (aiohttp.ClientSSLError(KEY, OSError(1, "x")), NotConnected),
    aiohttp.ClientConnectionError: (aiohttp.ClientConnectionError("closed"), Disconnected),
    aiohttp.ClientPayloadError: (aiohttp.ClientPayloadError("not completed"), Disconnected),
    aiohttp.ClientResponseError: (aiohttp.ClientResponseError(REQUEST, ()), BadAnswer),
    aiohttp.ContentTypeError: (aiohttp.ContentTypeError(REQUEST, ()), BadAnswer),
    aiohttp.TooManyRedirects: (aiohttp.TooManyRedirects(REQUEST, ()), BadAnswer),
    aiohttp.WSServerHandshakeError: (aiohttp.WSServerHandshakeError(REQUEST, ()), BadAnswer),
    aiohttp.ClientHttpProxyError: (aiohttp.ClientHttpProxyError(REQUEST, ()), BadAnswer),
    aiohttp.UploadAbortedError: (aiohttp.UploadAbortedError("not fully sent"), Disconnected),
    aiohttp.ClientError: (aiohttp.ClientError("some other"), Disconnected),
    client_exceptions.RedirectClientError: (client_exceptions.RedirectClientError("x"), BadAnswer),
    aiohttp.InvalidURL: (aiohttp.InvalidURL("x"), LocalFault),
    aiohttp.InvalidUrlClientError: (aiohttp.InvalidUrlClientError("x"), LocalFault),
    aiohttp.NonHttpUrlClientError: (aiohttp.NonHttpUrlClientError("ftp://x"), LocalFault),
    aiohttp.InvalidUrlRedirectClientError: (aiohttp.InvalidUrlRedirectClientError("x"), BadAnswer),
    aiohttp.NonHttpUrlRedirectClientError: (aiohttp.NonHttpUrlRedirectClientError("x"), BadAnswer),
}


def family(kind):
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


def test_the_table_names_every_error_of_the_client():
    assert set(family(aiohttp.ClientError)) == set(CLIENT)


@pytest.mark.parametrize(("theirs", "ours"), CLIENT.values(), ids=[kind.__name__ for kind in CLIENT])
def test_every_error_of_the_client_is_one_of_ours(theirs, ours):
    assert type(translate(theirs)) is ours


@pytest.mark.parametrize("kind", sorted(family(http_exceptions.HttpProcessingError), key=str), ids=str)
def test_whatever_is_not_http_is_a_bad_answer(kind):
    assert type(translate(kind.__new__(kind))) is BadAnswer


SYSTEM = {
    errno.ECONNREFUSED: NotConnected,
    errno.ETIMEDOUT: NotConnected,
    errno.ECONNRESET: Disconnected,
    errno.EPIPE: Disconnected,
    errno.ECONNABORTED: Disconnected,
    errno.ENETUNREACH: LocalFault,
    errno.EHOSTUNREACH: LocalFault,
    errno.ENETDOWN: LocalFault,
    errno.EMFILE: LocalFault,
    errno.ENFILE: LocalFault,
    errno.ENOBUFS: LocalFault,
    errno.EADDRNOTAVAIL: LocalFault,
    errno.EACCES: LocalFault,
    errno.EPERM: LocalFault,
}


@pytest.mark.parametrize(("number", "ours"), SYSTEM.items(), ids=[errno.errorcode[number] for number in SYSTEM])
def test_errors_of_the_system_are_told_apart_by_their_number(number, ours):
    assert type(translate(OSError(number, "x"))) is ours
    assert type(translate(aiohttp.ClientOSError(number, "x"))) is ours


@pytest.mark.parametrize("number", [number for number, ours in SYSTEM.items() if ours is not Disconnected])
def test_a_connection_that_the_system_refuses_is_told_apart_too(number):
    assert type(translate(connector(aiohttp.ClientConnectorError, number))) is SYSTEM[number]


@pytest.mark.parametrize(
    ("number", "ours"),
    [
        (socket.EAI_NONAME, NotConnected),
        (socket.EAI_NODATA, NotConnected),
        (socket.EAI_AGAIN, LocalFault),
        (socket.EAI_SYSTEM, LocalFault),
        (socket.EAI_MEMORY, LocalFault),
    ],
)
def test_a_name_that_is_gone_is_the_lenders_a_resolver_that_is_gone_is_ours(number, ours):
    assert type(translate(refused_name(number))) is ours


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_error_of_the_system_is_without_a_reason(number):
    assert type(translate(OSError(number, "x"))) in ERRORS


@pytest.mark.parametrize("error", [ValueError("a header with a line break"), UnicodeError("label too long")])
def test_a_request_that_cannot_be_written_is_our_fault(error):
    assert type(translate(error)) is LocalFault


def test_an_error_of_ours_stays_what_it_is():
    error = BadAnswer("too large")
    assert translate(error) is error
    assert error.phases == Phases()


def test_an_error_says_what_it_was():
    assert str(translate(OSError(errno.ECONNRESET, "Connection reset by peer"))) == (
        "ConnectionResetError: [Errno 104] Connection reset by peer"
    )


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("application/json", "utf-8"),
        ("", "utf-8"),
        ("text/html; charset=GBK", "GBK"),
        ('text/html; charset="gb18030"; x=1', "gb18030"),
        ("text/html; charset=", "utf-8"),
    ],
)
def test_the_charset_of_an_answer_is_that_of_its_header(header, encoding):
    assert Reply(status=200, headers={"content-type": header}).encoding == encoding


def test_text_that_cannot_be_decoded_is_shown_anyway():
    assert Reply(status=200, headers={"content-type": "x; charset=no-such"}, body=b"a\xff").text == "a\ufffd"


def test_all_errors_of_an_exchange_are_known():
    assert set(ExchangeError.__subclasses__()) == {NotConnected, Disconnected, TimedOut, BadAnswer, LocalFault}
