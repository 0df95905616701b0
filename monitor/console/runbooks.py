"""The runbooks as pages: what an alert means and what to do, for whoever follows the link of a notice."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib import resources
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from monitor.console.files import File
from monitor.reference import reasons_page

RUNBOOKS: Final = Path(str(resources.files("alerts"))) / "rules" / "runbooks"
"""One page (Markdown) for each shipped alert, by its name."""

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="dark light">
  <title>{title} · Drawdown Monitor</title>
  <link rel="icon" href="/console/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/console/console.css">
  <link rel="stylesheet" href="/console/runbook.css">
</head>
<body>
  <nav class="bar"><a href="/">Drawdown Monitor</a><a href="/runbooks/">Runbooks · 处置手册</a></nav>
  <main class="runbook">
{body}
  </main>
</body>
</html>
"""
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)


def runbook_pages(folder: Path = RUNBOOKS) -> Mapping[str, File]:
    """Name → page: each runbook of `folder`, the reasons (`reasons`), and a list of them all (empty name)."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    texts["reasons"] = reasons_page()
    pages = {name: _page(text) for name, text in texts.items()}
    return {**pages, "": _page(_contents(texts))}


def _contents(texts: Mapping[str, str]) -> str:
    lines = (f"- [{_title(text)}]({name}.md)" for name, text in texts.items())
    return "\n".join(("# Runbooks · 处置手册", "", *lines))


def _title(text: str) -> str:
    """The first heading."""
    return next((line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")), "Runbook")


def _page(text: str) -> File:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    _mark(tokens)
    body = reader.renderer.render(tokens, reader.options, {})
    return File(name="runbook.html", body=_PAGE.format(title=escape(_title(text)), body=body).encode())


def _mark(tokens: Iterable[Token]) -> None:
    """Give headings an anchor, and lead links between Markdown files to their pages here."""
    heading: Token | None = None
    for token in tokens:
        if heading is not None:
            heading.attrSet("id", _anchor(token.content))
        heading = token if token.type == "heading_open" else None
        for link in _links(token.children or ()):
            link.attrSet("href", _led(str(link.attrGet("href"))))


def _links(tokens: Iterable[Token]) -> Iterator[Token]:
    return (token for token in tokens if token.type == "link_open")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.strip().lower().replace(" ", "-"))


def _led(link: str) -> str:
    """Where a link of a page leads: `../../docs/reasons.md#overdue` → `/runbooks/reasons#overdue`."""
    path, hash_, anchor = link.partition("#")
    if _ELSEWHERE.match(link) or not path.endswith(".md"):
        return link
    return f"/runbooks/{Path(path).stem}{hash_}{anchor}"
