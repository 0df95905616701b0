"""The page's files, read once from the package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import PurePath

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is served."""

    name: str
    body: bytes

    @property
    def content_type(self) -> str:
        return _TYPES[PurePath(self.name).suffix]

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def page_files() -> Mapping[str, File]:
    """Name → file of everything in `page/`."""
    folder = resources.files("monitor.console").joinpath("page")
    return {
        item.name: File(name=item.name, body=item.read_bytes())
        for item in folder.iterdir()
        if PurePath(item.name).suffix in _TYPES
    }
