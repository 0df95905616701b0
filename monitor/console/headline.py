"""The headline indicator: of the attempts whose borrower had enough credit, the share that was paid out."""

from collections.abc import Mapping
from dataclasses import dataclass

from drawdown.catalogue import Result
from drawdown.outcome import Origin
from drawdown.reasons import Blame, Kind, Reason
from monitor.console.totals import Key, Past, Totals

MINUTE, FIVE_MINUTES, HOUR = 60.0, 300.0, 3600.0

Point = tuple[float | None, float | None, float | None]
"""Shares: paid, technical, policy."""

_DRAWN = (Result.PAID, Result.TECHNICAL, Result.POLICY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How attempts with enough credit came out: shares of `attempts`, None without any.

    `unexplained` is the share of all failed and blocked attempts whose borrower was shown no reason.
    """

    attempts: int = 0
    paid: float | None = None
    technical: float | None = None
    policy: float | None = None
    borrower: float | None = None
    unexplained: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The indicator in the last minute and the last hour, and a line with one `Shares` of a minute each step.

    `origin` tells whose attempts these are: borrowers', or the probes' where no borrower was seen for an hour.
    """

    origin: Origin
    now: Shares
    hour: Shares
    times: tuple[float, ...]
    line: tuple[Point, ...]
    """One for each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Attempts that ended with one reason, in the last five minutes and the last hour, with their shares of all."""

    reason: Reason
    kind: Kind
    blame: Blame
    recent: int
    recent_share: float | None
    hour: int
    hour_share: float | None


def shares(added: Totals, origin: Origin) -> Shares:
    """The shares of what was added."""
    counts = {result: added.result(origin, result) for result in Result}
    attempts = sum(counts.values())
    refused = sum(_counts(added.endings, origin, Kind.FAILED, Kind.BLOCKED).values())
    return Shares(
        attempts=round(attempts),
        paid=_share(counts[Result.PAID], attempts),
        technical=_share(counts[Result.TECHNICAL], attempts),
        policy=_share(counts[Result.POLICY], attempts),
        borrower=_share(counts[Result.BORROWER], attempts),
        unexplained=_share(added.unexplained.get((origin,), 0.0), refused),
    )


def headline(past: Past, reading: Totals) -> Headline:
    """The indicator at `reading`."""
    hour = past.added(reading, seconds=HOUR)
    origin = _whose(hour)
    shown = tuple(point for point in past.readings if point.at >= reading.at - HOUR)
    return Headline(
        origin=origin,
        now=shares(past.added(reading, seconds=MINUTE), origin),
        hour=shares(hour, origin),
        times=tuple(point.at for point in shown),
        line=tuple(_point(past.before(point.at - MINUTE) or point, point, origin) for point in shown),
    )


def _point(earlier: Totals, later: Totals, origin: Origin) -> Point:
    """The shares of one minute. There are hundreds of these a second: only what is drawn is counted."""
    counts = {result: later.result(origin, result) - earlier.result(origin, result) for result in Result}
    attempts = sum(counts.values())
    paid, technical, policy = (_share(counts[result], attempts) for result in _DRAWN)
    return paid, technical, policy


def _whose(added: Totals) -> Origin:
    seen = any(count for (origin, _), count in added.results.items() if origin == Origin.BORROWER)
    probed = any(count for (origin, _), count in added.results.items() if origin == Origin.PROBE)
    return Origin.PROBE if probed and not seen else Origin.BORROWER


def bars(past: Past, reading: Totals, origin: Origin) -> tuple[Bar, ...]:
    """Every way in which an attempt did not end well in the last hour, the most frequent of the last minutes first."""
    recent, hour = past.added(reading, seconds=FIVE_MINUTES), past.added(reading, seconds=HOUR)
    counts, sums = _counts(hour.endings, origin), (_all(recent, origin), _all(hour, origin))
    drawn = [
        _bar(key, recent.endings.get(key, 0.0), count, sums=sums)
        for key, count in counts.items()
        if count > 0 and key[1] != Kind.SUCCEEDED
    ]
    return tuple(sorted(drawn, key=lambda bar: (-bar.recent, -bar.hour, bar.reason)))


def _bar(key: Key, recent: float, hour: float, *, sums: tuple[float, float]) -> Bar:
    _, kind, name = key
    reason = Reason(name)
    return Bar(
        reason=reason,
        kind=Kind(kind),
        blame=reason.blame,
        recent=round(recent),
        recent_share=_share(recent, sums[0]),
        hour=round(hour),
        hour_share=_share(hour, sums[1]),
    )


def _counts(endings: Mapping[Key, float], origin: Origin, *kinds: Kind) -> Mapping[Key, float]:
    wanted = kinds or tuple(Kind)
    return {key: count for key, count in endings.items() if key[0] == origin and key[1] in wanted}


def _all(added: Totals, origin: Origin) -> float:
    return sum(_counts(added.endings, origin).values())


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 5) if whole > 0 else None
