"""Secrets stay out of configuration files: `{env: NAME}` and `{file: PATH}` stand for them anywhere in a document."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from drawdown.document import Document, Key
from drawdown.errors import Problem


def reveal(
    document: Document, *, environment: Mapping[str, str], directory: Path
) -> tuple[Document, tuple[Problem, ...]]:
    """`document` with each `{env: NAME}` and `{file: PATH}` replaced by a `SecretStr`; paths start at `directory`.

    A file's secret ends before its trailing line breaks. A secret that cannot be had is empty and a problem.
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
            return SecretStr("")

    revealed = document.with_value(walk(document.value, ()))
    return revealed, tuple(problems)


def _is_reference(value: dict[Any, Any]) -> bool:
    [key, *more] = value or [None]
    return not more and key in ("env", "file") and isinstance(value[key], str)


def _fetch(reference: dict[str, str], environment: Mapping[str, str], directory: Path) -> SecretStr:
    if name := reference.get("env"):
        if name not in environment:
            raise LookupError(f"the environment variable {name} is not set")
        return SecretStr(environment[name])
    path = directory / reference.get("file", "")
    try:
        return SecretStr(path.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise LookupError(f"the secret in {path} cannot be read: {getattr(error, 'strerror', 'not UTF-8')}") from None


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
