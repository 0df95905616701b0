"""Times as partners write them."""

import re
from datetime import UTC, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))
_UNIX = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?", re.ASCII)
_WALL = "%Y-%m-%d %H:%M:%S"


def unix_seconds(text: str) -> float | None:
    """`1764000000` or `1764000000.125`; None when it is neither."""
    return float(text) if _UNIX.fullmatch(text) else None


def china_seconds(text: str) -> float | None:
    """`2026-11-24 18:00:00`, in China's time, as Unix seconds; None when it is no such time."""
    try:
        return datetime.strptime(text, _WALL).replace(tzinfo=_CHINA).timestamp()
    except (ValueError, OverflowError):
        return None


def china_text(now: float) -> str:
    """The reverse of `china_seconds`, cut to whole seconds."""
    return datetime.fromtimestamp(now, _CHINA).strftime(_WALL)


def iso_text(now: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
