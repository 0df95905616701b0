"""Secrets are hidden by their value, wherever it turns up, in each form in which it travels."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus

from drawdown.outcome import Phases

MASK = "[secret]"
_ALWAYS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_BODY = 2000
_LINE = 500


class Redactor:
    """Replaces every one of `secrets` in a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Headers without secrets; those that carry nothing else are masked as a whole."""
        return {name: MASK if name.lower() in _ALWAYS else self(value) for name, value in headers.items()}

    def line(self, text: str) -> str:
        """The start of a sentence that quotes an answer; cut only after it was redacted: no half of a secret stays."""
        return _cut(self(text), _LINE)

    def excerpt(self, text: str) -> str:
        """The start of a body, cut like a line."""
        return _cut(self(text), _BODY)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One line of a run's log: what was sent and what came back, or why nothing did (`error`).

    `at` is Unix seconds, `duration` seconds, bodies are excerpts.
    """

    step: str
    at: float
    duration: float = 0.0
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    status: int | None = None
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    reply_body: str = ""
    phases: Phases = Phases()
    error: str = ""

    def redacted(self, redact: Redactor) -> "Exchanged":
        """The same without secrets."""
        return replace(
            self,
            url=redact(self.url),
            headers=redact.headers(self.headers),
            body=redact.excerpt(self.body),
            reply_headers=redact.headers(self.reply_headers),
            reply_body=redact.excerpt(self.reply_body),
            error=redact(self.error),
        )
