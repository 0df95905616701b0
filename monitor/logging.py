"""Logging, set up once: structlog to standard error, as lines for people or as JSON for machines."""

import logging
import sys
from collections.abc import Iterable
from typing import Any, Literal, TextIO

import structlog

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]


def set_up(*, form: Format, level: Level, secrets: Iterable[str] = (), stream: TextIO = sys.stderr) -> None:
    """Configure structlog for the process. Any of `secrets` in a logged text is replaced, wherever it stands."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([structlog.processors.format_exc_info] if form == "json" else []),
            Redactor(secrets),
            _renderer(form, stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )


def _renderer(form: Format, stream: TextIO) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


class Redactor:
    """A structlog processor that replaces secrets by value; one shorter than four characters is too common for that."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        return {key: self._clean(value) for key, value in event.items()} if self._secrets else event

    def _clean(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._clean(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(part) for part in value]
        if not isinstance(value, str):
            return value
        for secret in self._secrets:
            value = value.replace(secret, "[redacted]")
        return value
