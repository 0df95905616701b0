"""The file of `drawdown-monitor sandbox --settings`: partners and what the operator allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from drawdown.document import read_document
from drawdown.errors import InvalidInput
from monitor.secrets import reveal, secrets_in
from sandbox.partner.addresses import LOOPBACK
from sandbox.partner.signing import read_public_key
from sandbox.world import Client, Signing


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClientSettings(_Part):
    """A partner. What signs by hmac needs a `secret`, what signs by rsa2 a `public_key` in PEM."""

    id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    signing: Signing = Signing.NONE
    secret: SecretStr = SecretStr("")
    public_key: SecretStr = SecretStr("")
    rate: float = Field(default=100.0, gt=0, allow_inf_nan=False)

    @field_validator("public_key")
    @classmethod
    def _is_key(cls, value: SecretStr) -> SecretStr:
        read_public_key(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _has_key(self) -> "ClientSettings":
        if self.signing is Signing.HMAC and not self.secret.get_secret_value():
            raise ValueError("a client that signs by hmac needs a secret")
        if self.signing is Signing.RSA2 and not self.public_key.get_secret_value():
            raise ValueError("a client that signs by rsa2 needs its public_key")
        return self

    def client(self) -> Client:
        return Client(
            id=self.id,
            signing=self.signing,
            secret=self.secret.get_secret_value(),
            public_key=self.public_key.get_secret_value(),
            rate=self.rate,
        )


class _Written(_Part):
    clients: tuple[ClientSettings, ...] = ()
    anonymous: bool = False
    callback_hosts: tuple[str, ...] = tuple(sorted(LOOPBACK))
    control_token: SecretStr = SecretStr("")
    private_key: SecretStr = SecretStr("")

    @field_validator("clients")
    @classmethod
    def _differ(cls, value: tuple[ClientSettings, ...]) -> tuple[ClientSettings, ...]:
        ids = [client.id for client in value]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the client {twice[0]!r} stands twice")
        return value

    @field_validator("private_key")
    @classmethod
    def _is_key(cls, value: SecretStr) -> SecretStr:
        _private_key(value.get_secret_value())
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """Who may call, where callbacks may go, the token of the controls, and the lender's own key, a new one if None."""

    clients: tuple[Client, ...] = ()
    anonymous: bool = True
    callback_hosts: frozenset[str] = LOOPBACK
    control_token: str = field(default="", repr=False)
    private_key: RSAPrivateKey | None = field(default=None, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def load_settings(path: Path, *, environment: Mapping[str, str]) -> SandboxSettings:
    """The settings in `path`; `{env: NAME}` and `{file: PATH}` stand for secrets and keys.

    Raises:
        InvalidInput: with every problem of the file.
    """
    document, missing = reveal(read_document(path), environment=environment, directory=path.parent)
    try:
        written: _Written = document.bind(_Written)
    except InvalidInput as error:
        told = {problem.place for problem in missing}
        more = (problem for problem in error.problems if problem.place not in told)
        raise InvalidInput([*missing, *more]) from None
    if missing:
        raise InvalidInput(missing)
    return SandboxSettings(
        clients=tuple(client.client() for client in written.clients),
        anonymous=written.anonymous,
        callback_hosts=frozenset(written.callback_hosts),
        control_token=written.control_token.get_secret_value(),
        private_key=_private_key(written.private_key.get_secret_value()),
        secrets=frozenset(filter(None, secrets_in(written.model_dump()))),
    )


def _private_key(pem: str) -> RSAPrivateKey | None:
    """Raises:
    ValueError: it is no RSA private key in PEM without a password.
    """
    if not pem:
        return None
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("is no RSA key")  # noqa: TRY004 - what pydantic takes for a finding
    return key
