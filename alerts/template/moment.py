"""A point in time as Go's templates see it. Source: the documentation of Go's package time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from alerts.gotemplate import Function, Kind, TemplateError, Value

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT: Final = 2**63 / 1e9
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAYOUT: Final = re.compile(
    r"January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700|-07|002|01|02|03|04|05|06|15|_2|PM|pm|[.,]0+|[.,]9+"
    r"|1|2|3|4|5"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is to the millisecond, in UTC."""

    at: datetime

    @classmethod
    def of(cls, seconds: float) -> Self:
        """The moment `seconds` after the epoch.

        Raises:
            TemplateError: Go's nanoseconds do not reach as far.
        """
        if not abs(seconds) < _LIMIT:
            raise TemplateError(f"the time {seconds} is out of range")
        return cls(_EPOCH + timedelta(milliseconds=int(seconds * 1000)))

    def __str__(self) -> str:
        return self.format("2006-01-02 15:04:05.999 -0700 MST")

    def field(self, name: str) -> Value:
        return _FIELDS[name](self)

    @property
    def unix_milli(self) -> int:
        return (self.at - _EPOCH) // timedelta(milliseconds=1)

    def format(self, layout: str) -> str:
        """The time as 2006-01-02 15:04:05 would be written in `layout`."""
        return _LAYOUT.sub(lambda match: self._written(match[0]), layout)

    def _written(self, part: str) -> str:
        if part[0] in ".,":
            return self._fraction(part)
        return _PARTS[part](self.at)

    def _fraction(self, part: str) -> str:
        digits = f"{self.at.microsecond:06}000"[: len(part) - 1].ljust(len(part) - 1, "0")
        shown = digits if part[1] == "0" else digits.rstrip("0")
        return part[0] + shown if shown else ""


def _hour(at: datetime) -> int:
    return (at.hour - 1) % 12 + 1


_PARTS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "January": lambda at: _MONTHS[at.month - 1],
    "Jan": lambda at: _MONTHS[at.month - 1][:3],
    "Monday": lambda at: _DAYS[at.weekday()],
    "Mon": lambda at: _DAYS[at.weekday()][:3],
    "MST": lambda _: "UTC",
    "2006": lambda at: f"{at.year:04}",
    "06": lambda at: f"{at.year % 100:02}",
    "01": lambda at: f"{at.month:02}",
    "1": lambda at: str(at.month),
    "002": lambda at: f"{at.timetuple().tm_yday:03}",
    "02": lambda at: f"{at.day:02}",
    "_2": lambda at: f"{at.day:2}",
    "2": lambda at: str(at.day),
    "15": lambda at: f"{at.hour:02}",
    "03": lambda at: f"{_hour(at):02}",
    "3": lambda at: str(_hour(at)),
    "04": lambda at: f"{at.minute:02}",
    "4": lambda at: str(at.minute),
    "05": lambda at: f"{at.second:02}",
    "5": lambda at: str(at.second),
    "PM": lambda at: "PM" if at.hour >= 12 else "AM",
    "pm": lambda at: "pm" if at.hour >= 12 else "am",
    "-07:00": lambda _: "+00:00",
    "-0700": lambda _: "+0000",
    "-07": lambda _: "+00",
    **dict.fromkeys(("Z07:00", "Z0700", "Z07"), lambda _: "Z"),
}

_FIELDS: Final[Mapping[str, Callable[[Moment], Value]]] = {
    "Format": lambda moment: Function(moment.format, (Kind.TEXT,)),
    "Unix": lambda moment: moment.unix_milli // 1000,
    "UnixMilli": lambda moment: moment.unix_milli,
    "Year": lambda moment: moment.at.year,
    "Month": lambda moment: _MONTHS[moment.at.month - 1],
    "Day": lambda moment: moment.at.day,
    "YearDay": lambda moment: moment.at.timetuple().tm_yday,
    "Weekday": lambda moment: _DAYS[moment.at.weekday()],
    "Hour": lambda moment: moment.at.hour,
    "Minute": lambda moment: moment.at.minute,
    "Second": lambda moment: moment.at.second,
    "UTC": lambda moment: moment,
}
