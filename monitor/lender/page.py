"""The sandbox's page: its own files, beside those that it shares with the console."""

from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from pathlib import PurePath

from aiohttp import web

from monitor.console.files import File, page_files
from monitor.console.view import encode, reason_words

_SHARED = ("console.css", "dom.js", "format.js", "icon.svg", "preferences.js")
_SUFFIXES = {".html", ".css", ".js"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def lender_page() -> Mapping[str, File]:
    """Name → file of all that the page is made of."""
    folder = resources.files("monitor.lender").joinpath("page")
    own = {
        item.name: File(name=item.name, body=item.read_bytes())
        for item in folder.iterdir()
        if PurePath(item.name).suffix in _SUFFIXES
    }
    shared = {name: file for name, file in page_files().items() if name in _SHARED}
    words = File(name="words.json", body=encode(reason_words()))
    return {**shared, **own, words.name: words}


def add_page(app: web.Application) -> None:
    """Serve the page at `/` and its files below `/page/`."""
    files = lender_page()
    app.router.add_get("/", _serving(files["index.html"]))
    for name, file in files.items():
        app.router.add_get(f"/page/{name}", _serving(file))


def _serving(file: File) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    headers = {**_HEADERS, "ETag": file.etag}

    async def serve(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == file.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.body, headers={**headers, "Content-Type": file.content_type})

    return serve
