"""How the columns of a file of counts are read: which one is the time, which are labels, which are counters."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from drawdown.durations import Duration

_SERIES_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_LATEST = 253_370_764_800.0  # the year 9999 begins: the last one that every zone can tell


def _series_name(name: str) -> str:
    if not _SERIES_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a series; use letters, digits, _ and :")
    return name


def _label_name(name: str) -> str:
    if not _LABEL_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a label; use letters, digits and _")
    return name


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeColumn(_Written):
    """`format` is `iso`, `epoch` (seconds), `epoch_ms`, or a pattern of strptime such as `%d/%m/%Y %H`. A time without
    an offset is one of `timezone`, in which also the answer is written.
    """

    column: str
    format: str = "iso"
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _can_be_used(self) -> "TimeColumn":
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{self.timezone!r} is not a time zone; write for example Asia/Shanghai") from None
        if self.format not in _FORMATS and not _is_pattern(self.format):
            raise ValueError(
                f"{self.format!r} is no format of a time; write iso, epoch, epoch_ms or for example %Y-%m-%d %H"
            )
        return self

    def seconds(self, text: str) -> float:
        """Unix seconds of a time as it is written.

        Raises:
            ValueError: it is not written so.
        """
        read = _FORMATS.get(self.format, self._by_pattern)
        try:
            at = read(text, self.zone)
        except (ValueError, OverflowError, OSError):
            raise ValueError(f"{text[:40]!r} is not a time as {self.format}") from None
        if not 0 <= at <= _LATEST:
            raise ValueError(f"{text[:40]!r} lies outside of the years 1970 to 9998")
        return at

    def offset(self, at: float) -> float:
        """Seconds by which the zone was ahead of UTC at Unix second `at`."""
        ahead = datetime.fromtimestamp(at, self.zone).utcoffset()
        return ahead.total_seconds() if ahead else 0.0

    def _by_pattern(self, text: str, zone: ZoneInfo) -> float:
        return _timestamp(datetime.strptime(text, self.format), zone)  # noqa: DTZ007 - the zone follows


class LabelColumn(_Written):
    """A label whose value stands in `column`, replaced by what `values` says of it; or is always `value`."""

    column: str = ""
    value: str = ""
    values: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_kind(self) -> "LabelColumn":
        if bool(self.column) == bool(self.value):
            raise ValueError("a label has either a column or a value")
        if self.value and self.values:
            raise ValueError("`values` replace what stands in a column; this label has none")
        return self


class Columns(_Written):
    """A line counts what happened in the `step` that starts at its time. `counters` name the series that the numbers of
    a column add up to.
    """

    time: Annotated[TimeColumn, BeforeValidator(_column)]
    step: Duration = Field(ge=1, le=86_400)
    labels: dict[Annotated[str, AfterValidator(_label_name)], Annotated[LabelColumn, BeforeValidator(_column)]] = Field(
        default_factory=dict
    )
    counters: dict[Annotated[str, AfterValidator(_series_name)], str] = Field(min_length=1)


def amount(text: str) -> float:
    """A count as it is written.

    Raises:
        ValueError: it is not a number, or a counter could not grow by it.
    """
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    if not 0 <= number < math.inf:
        raise ValueError(f"{text[:40]!r} cannot be a count")
    return number


def _timestamp(at: datetime, zone: ZoneInfo) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


_FORMATS: Mapping[str, Callable[[str, ZoneInfo], float]] = {
    "iso": lambda text, zone: _timestamp(datetime.fromisoformat(text), zone),
    "epoch": lambda text, _zone: float(text),
    "epoch_ms": lambda text, _zone: float(text) / 1000.0,
}


def _is_pattern(pattern: str) -> bool:
    sample = datetime(2020, 1, 2, tzinfo=UTC)
    try:
        datetime.strptime(sample.strftime(pattern), pattern)  # noqa: DTZ007 - only tried
    except (ValueError, re.error):
        return False
    return "%" in pattern
