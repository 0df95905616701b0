"""What a configuration says of alerts: which rules, who is told, in which language."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from alerts.api.settings import QuerySettings
from alerts.incident import Severity
from alerts.remote.settings import SourceSettings
from alerts.thresholds import checked
from drawdown.durations import Duration
from drawdown.reasons import Language, Reason


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Severities = Annotated[tuple[Severity, ...], BeforeValidator(_listed)]
_Reasons = Annotated[tuple[Reason, ...], BeforeValidator(_listed)]
_Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_address(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an address; write it as https://host/path")
    return url


_Address = Annotated[SecretStr, AfterValidator(_is_address)]


class StdoutSettings(_Settings):
    """Notices as text on standard output."""

    type: Literal["stdout"]
    name: str = "stdout"


class WebhookSettings(_Settings):
    """Notices as Alertmanager would post them (webhook payload, version 4)."""

    type: Literal["webhook"]
    name: str = "webhook"
    url: _Address
    """Kept out of logs: such addresses often hold a token."""
    token: SecretStr | None = None
    """Sent as `Authorization: Bearer …`."""
    timeout: Duration = Field(default=10.0, gt=0)


class WatchdogSettings(_Settings):
    """Who is told, every so many seconds, that rules are evaluated; when that stops, he must ring."""

    url: _Address
    """Asked with GET. Kept out of logs: such addresses often hold a token."""
    every: Duration = Field(default=60.0, ge=10)
    timeout: Duration = Field(default=10.0, gt=0)


ChannelSettings = Annotated[StdoutSettings | WebhookSettings, Field(discriminator="type")]


class RouteSettings(_Settings):
    """Sends what matches every condition to `channels`; an empty condition matches all, a list any of its values."""

    severity: _Severities = ()
    reason: _Reasons = ()
    journey: _Names = ()
    channels: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


def _leads_somewhere(route: RouteSettings, info: ValidationInfo) -> RouteSettings:
    names = [channel.name for channel in info.data.get("channels", ())]
    wrong = [name for name in route.channels if names and name not in names]
    if wrong:
        raise ValueError(f"a route names the channel {', '.join(wrong)}; there are {', '.join(names)}")
    return route


_Route = Annotated[RouteSettings, AfterValidator(_leads_somewhere)]


class AlertSettings(_Settings):
    """`rules` are paths of rule files, none means the shipped ones. `interval` is how often they are evaluated.

    The first route that matches an incident decides; without one it goes to every channel, so that nothing is lost.
    """

    rules: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    interval: Duration = Field(default=1.0, gt=0)
    thresholds: Annotated[dict[str, float], AfterValidator(checked)] = Field(default_factory=dict)
    """Numbers of the rules by name, where they are to differ from `alerts/thresholds.yaml`."""
    channels: tuple[ChannelSettings, ...] = (StdoutSettings(type="stdout"),)
    routes: tuple[_Route, ...] = ()
    language: Language = "en"
    timezone: str = ""
    """IANA name of the zone in which notices say the time, for example Asia/Shanghai; the machine's if empty."""
    ledger: SecretStr = SecretStr("")
    """Where incidents and owed notices are kept, as an SQLAlchemy URL; a SQLite file in the state folder if empty."""
    watchdog: WatchdogSettings | None = None
    source: SourceSettings = SourceSettings()
    """Where the series are that rules read."""
    queries: QuerySettings = QuerySettings()
    """What queries over HTTP may take."""

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.timezone) if self.timezone else None

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else ""
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is not a time zone; write for example Asia/Shanghai") from None

    @field_validator("channels")
    @classmethod
    def _are_told_apart(cls, channels: tuple[ChannelSettings, ...]) -> tuple[ChannelSettings, ...]:
        names = [channel.name for channel in channels]
        if not names:
            raise ValueError("there must be at least one channel, or nobody is told")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two channels are named {', '.join(twice)}; give each a name of its own")
        return channels
