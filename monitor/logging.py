"""Logging, set up once: structlog to standard error, as lines for people or as JSON for machines.

What libraries log with the standard library goes the same way.
"""

import logging
import sys
from collections.abc import Iterable
from typing import Any, Literal, TextIO

import structlog

from probes import redaction

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]

_SHORTEST = 4
"""Characters below which a secret is too common to be hidden by its value."""


def set_up(*, form: Format, level: Level, secrets: Iterable[str] = (), stream: TextIO = sys.stderr) -> None:
    """Configure logging for the process. Any of `secrets` in a line is replaced, wherever it stands."""
    redactor = Redactor(secrets)
    ours = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
    both = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redactor,
        _renderer(form, stream),
        redactor.line,
    ]
    structlog.configure(
        processors=[*ours, *both],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    _lead_libraries(both, stream)


def _lead_libraries(processors: Iterable[Any], stream: TextIO) -> None:
    """Warnings and errors of libraries, in the same form."""
    theirs = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.stdlib.add_log_level]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name], processors=[*theirs, *processors]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _renderer(form: Format, stream: TextIO) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)


class Redactor:
    """A structlog processor that replaces secrets by value, in each form in which they travel. `line` does so in the
    rendered line, for what only rendering turns into text.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._redact = redaction.Redactor(secret for secret in secrets if len(secret) >= _SHORTEST)

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        return {key: self._clean(value) for key, value in event.items()}

    def line(self, _logger: Any, _method: str, line: str) -> str:
        return self._redact(line)

    def _clean(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._clean(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(part) for part in value]
        return self._redact(value) if isinstance(value, str) else value
