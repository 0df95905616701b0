"""A server that answers a query as a test has laid out for it."""

from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from alerts.remote.client import Client
from alerts.remote.settings import PrometheusSettings
from monitor.web import listening

SECRET = "s3cret-token"


class Misbehaving:
    """`answer` makes the response to a request; `seen` are the form and the headers of each."""

    def __init__(self, answer):
        self.answer = answer
        self.seen = []

    async def serve(self, request):
        self.seen.append((dict(await request.post()), request.headers, request.path_qs))
        return await self.answer(request)


def saying(body, *, status=200, kind="application/json"):
    """Always the same."""

    async def answer(_request):
        raw = body if isinstance(body, bytes) else body.encode()
        return web.Response(body=raw, status=status, content_type=kind)

    return answer


@asynccontextmanager
async def asking(answer, *, path="", **settings):
    """A client of a server that answers like that, and the server."""
    server, app = Misbehaving(answer), web.Application()
    app.router.add_route("*", "/{any:.*}", server.serve)
    async with listening(app, host="127.0.0.1", port=0) as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}{path}"
        yield Client(PrometheusSettings(url=url, **settings), session), server
