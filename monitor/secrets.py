"""Secrets stay out of configuration files: `{env: NAME}` and `{file: PATH}` stand for them anywhere in a document."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from drawdown.document import Document, Key
from drawdown.errors import Problem

_STAND_IN = SecretStr("https://missing.invalid")
"""For a secret that cannot be had: good enough for every place, so that its lack is told once."""


def reveal(
    document: Document, *, environment: Mapping[str, str], directory: Path
) -> tuple[Document, tuple[Problem, ...]]:
    """`document` with each `{env: NAME}` and `{file: PATH}` replaced by a `SecretStr`; paths start at `directory`.

    A file's secret ends before its trailing line breaks. A secret that is empty or cannot be had is a problem.
    """
    problems: list[Problem] = []

    def walk(value: Any, path: tuple[Key, ...]) -> Any:
        if isinstance(value, list):
            return [walk(part, (*path, number)) for number, part in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if not _is_reference(value):
            return {key: walk(part, (*path, key)) for key, part in value.items()}
        try:
            return _fetch(value, environment, directory)
        except LookupError as error:
            problems.append(document.problem(path, str(error.args[0])))
            return _STAND_IN

    revealed = document.with_value(walk(document.value, ()))
    return revealed, tuple(problems)


def _is_reference(value: dict[Any, Any]) -> bool:
    [key, *more] = value or [None]
    return not more and key in ("env", "file") and isinstance(value[key], str)


def _fetch(reference: dict[str, str], environment: Mapping[str, str], directory: Path) -> SecretStr:
    [(kind, name)] = reference.items()
    if kind == "env":
        source, secret = f"the environment variable {name}", environment.get(name)
    else:
        source, secret = f"the file {name}", _read(directory / name)
    if secret is None:
        raise LookupError(f"{source} is not set")
    if not secret:
        raise LookupError(f"{source} is empty")
    return SecretStr(secret)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise LookupError(f"the secret in {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise LookupError(f"the secret in {path} cannot be read: it is not UTF-8 text") from None


def secrets_in(value: Any) -> Iterator[str]:
    """The text of every secret in a revealed value: what must never be printed."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from secrets_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from secrets_in(part)
