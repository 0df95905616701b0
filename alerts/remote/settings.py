"""What a configuration says of the place where the series are that rules read."""

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from drawdown.durations import Duration


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _is_token(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().isprintable() or " " in token.get_secret_value():
        raise ValueError("holds a space or a line break; give the token alone")
    return token


_Text = str | SecretStr
"""Secret where it comes from the environment or a file: other words may stand in a log."""


def plain(text: _Text) -> str:
    """What is sent."""
    return text if isinstance(text, str) else text.get_secret_value()


def _are_headers(headers: dict[str, _Text]) -> dict[str, _Text]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not plain(value).isprintable():
            raise ValueError(f"{name!r} is no header, or its value has a line break")
    return headers


class BasicSettings(_Settings):
    username: _Text
    password: SecretStr


class AuthSettings(_Settings):
    """One way to say who asks."""

    bearer: Annotated[SecretStr, AfterValidator(_is_token)] | None = None
    """Sent as `Authorization: Bearer …`."""
    basic: BasicSettings | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "AuthSettings":
        if (self.bearer is None) is (self.basic is None):
            raise ValueError("needs either `bearer` or `basic`")
        return self


class TlsSettings(_Settings):
    """PEM files, from the folder of the configuration: whose certificates are trusted, and who we are."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "TlsSettings":
        if self.key_file and not self.cert_file:
            raise ValueError("`key_file` needs a `cert_file`")
        return self


def _is_address(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an address; write it as https://host/path, without /api/v1")
    if parts.username or parts.password:
        raise ValueError("holds a password; write it under `auth`: {basic: {username: …, password: …}}")
    if parts.path.rstrip("/").endswith("/api/v1") or parts.fragment:
        raise ValueError("goes too far; end it before /api/v1")
    return url


class PrometheusSettings(_Settings):
    """A Prometheus, or what has its HTTP API: Mimir, Thanos, VictoriaMetrics.

    `delay` is how many seconds ago it is asked for, `timeout` how many seconds a query may take, `connections` how many
    are asked at once, and `limit` how many bytes an answer may have.
    """

    url: Annotated[SecretStr, AfterValidator(_is_address)]
    """Kept out of logs: such addresses may hold a token."""
    auth: AuthSettings | None = None
    headers: Annotated[dict[str, _Text], AfterValidator(_are_headers)] = Field(default_factory=dict)
    tls: TlsSettings = TlsSettings()
    timeout: Duration = Field(default=10.0, gt=0)
    delay: Duration = Field(default=0.0, ge=0)
    connections: int = Field(default=8, ge=1)
    limit: int = Field(default=16_000_000, ge=1)

    @property
    def host(self) -> str:
        """Where it is, as far as may be told."""
        return urlsplit(self.url.get_secret_value()).netloc


class SourceSettings(_Settings):
    """Without `prometheus`, rules read the embedded store."""

    prometheus: PrometheusSettings | None = None
