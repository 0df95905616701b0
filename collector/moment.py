"""Times that are reported: how they are read, and how old they may be."""

from datetime import datetime

from collector.report import Refused
from collector.settings import CollectorSettings
from collector.starting import Cause
from drawdown.durations import format_duration, humanize_duration


def seconds_of(at: float | datetime) -> float:
    """Unix seconds."""
    return at.timestamp() if isinstance(at, datetime) else at


def span(seconds: float) -> str:
    """Seconds as people say them, however many."""
    return humanize_duration(min(seconds, 1e10))


def check_age(field: str, at: float, settings: CollectorSettings, *, now: float) -> None:
    """Whether what is said to have been at Unix second `at` can still be taken, or already.

    Raises:
        Refused: by the name of `field`.
    """
    oldest, ahead = settings.max_age, settings.max_ahead
    if at < now - oldest:
        message = f"lies {span(now - at)} back; at most {format_duration(oldest)} is taken"
        raise Refused(field, message, cause=Cause.TOO_OLD)
    if at > now + ahead:
        raise Refused(field, f"lies {span(at - now)} ahead; check the sender's clock, and that it counts seconds")
